import { visible } from '~/ui/Value'

/** A text with the places found in it; ranges count UTF-16 units, as JavaScript does. */
export function Marked({
  text,
  marks,
}: {
  text: string
  marks: readonly (readonly number[])[] | null | undefined
}) {
  const parts: { at: number; text: string; hit: boolean }[] = []
  let at = 0
  for (const [from = 0, to = 0] of marks ?? []) {
    if (from < at || to <= from) continue
    if (from > at) parts.push({ at, text: text.slice(at, from), hit: false })
    parts.push({ at: from, text: text.slice(from, to), hit: true })
    at = to
  }
  if (at < text.length) parts.push({ at, text: text.slice(at), hit: false })
  return (
    <bdi>
      {parts.map((part) => {
        const shown = visible(part.text.replace(/\s+/gu, ' '))
        return part.hit ? <mark key={part.at}>{shown}</mark> : <span key={part.at}>{shown}</span>
      })}
    </bdi>
  )
}
