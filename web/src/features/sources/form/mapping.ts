/** How a list is read: the options of the server's list parser that the form has fields for. */
export const FORMATS = ['text', 'csv', 'json', 'ndjson'] as const
export const MAPPED = [
  'value',
  'type',
  'comment',
  'tags',
  'first_seen',
  'last_seen',
  'confidence',
  'to_ids',
] as const

export type Mapping = Record<string, unknown>

export function mappingOf(value: unknown): Mapping {
  return isRecord(value) ? value : { format: 'text', map: {} }
}

/** A mapping with one property changed; empty ones are left out. */
export function withProperty(mapping: Mapping, name: string, value: unknown): Mapping {
  const { [name]: _, ...rest } = mapping
  const empty =
    value === '' || value === false || value === undefined || (Array.isArray(value) && value.length === 0)
  return empty && name !== 'map' ? rest : { ...rest, [name]: value }
}

export function withField(mapping: Mapping, name: string, value: string): Mapping {
  const { [name]: _, ...rest } = isRecord(mapping.map) ? mapping.map : {}
  return { ...mapping, map: value ? { ...rest, [name]: value } : rest }
}

export function fieldOf(mapping: Mapping, name: string): string {
  return isRecord(mapping.map) ? String(mapping.map[name] ?? '') : ''
}

/** "IP = ip-dst" a line, as a person types the translation of a list's own words for types. */
export function typesText(mapping: Mapping): string {
  if (!isRecord(mapping.types)) return ''
  return Object.entries(mapping.types)
    .map(([word, type]) => `${word} = ${String(type)}`)
    .join('\n')
}

export function parseTypes(text: string): Record<string, string> | undefined {
  const out: Record<string, string> = {}
  for (const line of text.split('\n')) {
    const at = line.lastIndexOf('=')
    const word = (at < 0 ? line : line.slice(0, at)).trim()
    if (word) out[word] = at < 0 ? '' : line.slice(at + 1).trim()
  }
  return Object.keys(out).length > 0 ? out : undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
