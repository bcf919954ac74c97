import { keyLabels } from '~/commands/keys'

/** Shows the keys of a command, e.g. "g h" or "Mod+Enter", as this machine's keyboard names them. */
export function KeyHint({ keys }: { keys: string }) {
  return (
    <span className="key-hint" aria-hidden="true">
      {keyLabels(keys).map((label, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the steps of one sequence never reorder
        <kbd key={i}>{label}</kbd>
      ))}
    </span>
  )
}
