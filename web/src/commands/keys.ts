/**
 * Keys as they are written in commands: a sequence of chords with spaces between ("g h"), a
 * chord of modifiers and a key with plus signs ("Mod+Enter", "Shift+a"). Mod is Command on a
 * Mac and Control elsewhere. Letters are lower case; signs such as "?" stand for themselves,
 * whatever Shift they need on some keyboard.
 */
export type Keys = string

const MODIFIERS = ['Mod', 'Alt', 'Shift']

export const isMac = typeof navigator !== 'undefined' && /Mac|iP(hone|ad|od)/.test(navigator.platform)

/** The chords of a sequence. */
export function chords(keys: Keys): string[] {
  return keys.split(' ').filter(Boolean)
}

interface KeyPress {
  key: string
  code: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
  shiftKey: boolean
}

/** The chord a key press makes, empty for a modifier alone or a dead key. */
export function chordOf(event: KeyPress, mac: boolean = isMac): string {
  const key = keyName(event)
  if (!key) return ''
  const shiftCounts = key.length > 1 || /[a-z]/.test(key)
  const held: Record<string, boolean> = {
    Mod: mac ? event.metaKey : event.ctrlKey,
    Alt: event.altKey,
    Shift: event.shiftKey && shiftCounts,
  }
  // Control on a Mac and the system key elsewhere belong to the system.
  if (mac ? event.ctrlKey : event.metaKey) return ''
  return [...MODIFIERS.filter((m) => held[m]), key].join('+')
}

function keyName(event: KeyPress): string {
  const { key, code } = event
  if (key === ' ') return 'Space'
  if (
    ['Shift', 'Control', 'Alt', 'Meta', 'Dead', 'Process', 'Unidentified', 'AltGraph', 'CapsLock'].includes(
      key,
    )
  ) {
    return ''
  }
  if (key.length > 1) return key
  if (/^[\x21-\x7e]$/.test(key)) return key.toLowerCase()
  // Another script on the keyboard (Cyrillic, Greek), or Option on a Mac: take the place of the key.
  const place = /^(?:Key([A-Z])|Digit([0-9]))$/.exec(code)
  return (place?.[1]?.toLowerCase() ?? place?.[2]) || ''
}

const LABELS: Record<string, string> = {
  Enter: '↵',
  Escape: 'Esc',
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Backspace: '⌫',
  Space: '␣',
}

/** What to print for each chord of a sequence. */
export function keyLabels(keys: Keys, mac: boolean = isMac): string[] {
  return chords(keys).map((chord) => {
    const parts = chord === '+' ? ['+'] : chord.split('+')
    const names = parts.map((part) => {
      if (part === 'Mod') return mac ? '⌘' : 'Ctrl'
      if (part === 'Alt') return mac ? '⌥' : 'Alt'
      if (part === 'Shift') return '⇧'
      return LABELS[part] ?? (part.length === 1 ? part.toUpperCase() : part)
    })
    return names.join(mac ? '' : names.length > 1 ? ' ' : '')
  })
}

/** Why a spelling of keys is wrong, undefined when it is right. Tests run it on every command. */
export function keysFault(keys: Keys): string | undefined {
  const list = chords(keys)
  if (list.length === 0) return 'empty'
  for (const chord of list) {
    const parts = chord.split('+')
    const key = parts.pop() ?? ''
    const order = parts.map((part) => MODIFIERS.indexOf(part))
    if (order.includes(-1)) return `unknown modifier in ${chord}`
    if (order.some((n, i) => i > 0 && n <= (order[i - 1] ?? -1)))
      return `write modifiers as Mod+Alt+Shift in ${chord}`
    if (!key) return `no key in ${chord}`
    if (key.length === 1 && key !== key.toLowerCase()) return `lower case, with Shift+, in ${chord}`
    if (parts.includes('Shift') && key.length === 1 && !/[a-z]/.test(key))
      return `no Shift with a sign, in ${chord}`
  }
  return undefined
}
