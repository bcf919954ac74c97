import { isComposing } from '~/ui/ime'
import { chordOf, chords } from './keys'
import type { Command, CommandContext, ScopeId } from './types'

export type Handlers = Partial<Record<string, () => void>>

interface Layer {
  scope: ScopeId
  handlers: Handlers
}

type Finding = { run: () => void } | 'prefix' | undefined

const SEQUENCE_MS = 1500

/**
 * Turns key presses into commands. Layers are asked from the one raised last down to `global`;
 * the first that knows the keys, or a longer sequence that begins with them, takes the press.
 */
export class ShortcutEngine {
  #layers: Layer[] = []
  #pending: string[] = []
  #timer: ReturnType<typeof setTimeout> | undefined
  #watchers = new Set<() => void>()
  #context: CommandContext | undefined

  constructor(private readonly commands: readonly Command[]) {}

  setContext(context: CommandContext): void {
    this.#context = context
  }

  get context(): CommandContext | undefined {
    return this.#context
  }

  /** Adds a layer on top; the answer takes it away and `raise` lifts it to the top again. */
  push(scope: ScopeId, handlers: Handlers): { raise: () => void; remove: () => void } {
    const layer: Layer = { scope, handlers }
    this.#layers.push(layer)
    this.#changed()
    const remove = () => {
      this.#layers = this.#layers.filter((each) => each !== layer)
      this.#changed()
    }
    const raise = () => {
      if (this.#layers.at(-1) === layer || !this.#layers.includes(layer)) return
      this.#layers = [...this.#layers.filter((each) => each !== layer), layer]
    }
    return { raise, remove }
  }

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** The chords pressed so far of a sequence, as a stable string; empty when none. */
  pending = (): string => this.#pending.join(' ')

  /** Which scopes are heard now, topmost first, `global` last. */
  scopes(): ScopeId[] {
    return [...new Set([...this.#layers.map((layer) => layer.scope).reverse(), 'global' as const])]
  }

  /** What can be done now: run by the command itself or bound by a page, and allowed. */
  available(): { command: Command; run: () => void }[] {
    const out: { command: Command; run: () => void }[] = []
    for (const command of this.commands) {
      const run = this.#runner(command)
      if (run) out.push({ command, run })
    }
    return out
  }

  run(id: string): boolean {
    const command = this.commands.find((each) => each.id === id)
    const run = command && this.#runner(command)
    run?.()
    return run !== undefined
  }

  /** Handles a key press; true when it was taken. */
  handle(event: KeyboardEvent): boolean {
    if (event.defaultPrevented || isComposing(event)) return false
    const chord = chordOf(event)
    if (!chord) return false
    const place = placeOf(event.target)
    if (place === 'overlay') return false
    if (place === 'button' && (chord === 'Enter' || chord === 'Space')) return false
    const sequence = [...this.#pending, chord]
    let found = this.#find(sequence, place === 'text')
    if (!found && this.#pending.length > 0) {
      this.#setPending([])
      found = this.#find([chord], place === 'text')
      sequence.splice(0, sequence.length, chord)
    }
    if (!found) return false
    event.preventDefault()
    if (found === 'prefix') this.#setPending(sequence)
    else {
      this.#setPending([])
      found.run()
    }
    return true
  }

  #find(sequence: readonly string[], typing: boolean): Finding {
    const text = sequence.join(' ')
    for (const scope of this.scopes()) {
      let prefix = false
      for (const command of this.commands) {
        if (command.scope !== scope || (typing && !command.inInputs)) continue
        for (const keys of command.keys) {
          const own = chords(keys).join(' ')
          const run = own === text || own.startsWith(`${text} `) ? this.#runner(command) : undefined
          if (!run) continue
          if (own === text) return { run }
          prefix = true
        }
      }
      if (prefix) return 'prefix'
    }
    return undefined
  }

  #runner(command: Command): (() => void) | undefined {
    const context = this.#context
    if (command.when && !(context && command.when(context))) return undefined
    for (const layer of [...this.#layers].reverse()) {
      if (layer.scope !== command.scope) continue
      const bound = layer.handlers[command.id]
      if (bound) return bound
    }
    const run = command.run
    return run && context ? () => run(context) : undefined
  }

  #setPending(sequence: string[]) {
    clearTimeout(this.#timer)
    this.#pending = sequence
    if (sequence.length > 0) this.#timer = setTimeout(() => this.#setPending([]), SEQUENCE_MS)
    this.#changed()
  }

  #changed() {
    for (const watcher of this.#watchers) watcher()
  }
}

/** Where a key press happens, as far as shortcuts care. */
export function placeOf(target: EventTarget | null): 'text' | 'overlay' | 'button' | 'page' {
  if (!(target instanceof Element)) return 'page'
  if (target.closest('[role="dialog"],[role="alertdialog"],[role="menu"],[role="listbox"]')) return 'overlay'
  if (target instanceof HTMLElement && target.isContentEditable) return 'text'
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return 'text'
  if (target instanceof HTMLInputElement) {
    return ['checkbox', 'radio', 'button', 'submit', 'range'].includes(target.type) ? 'button' : 'text'
  }
  const role = target.getAttribute('role')
  if (target instanceof HTMLButtonElement || target instanceof HTMLAnchorElement) return 'button'
  if (role === 'checkbox' || role === 'switch' || role === 'tab' || role === 'combobox') return 'button'
  return 'page'
}
