import { quoteValue } from './terms'

/** The fields of the search language, as internal/query lists them; texts are query.field_<name>. */
export const QUERY_FIELDS = [
  'type',
  'value',
  'domain',
  'net',
  'report',
  'source',
  'publisher',
  'kind',
  'lang',
  'title',
  'tag',
  'tlp',
  'state',
  'progress',
  'assignee',
  'to_ids',
  'pain',
  'category',
  'comment',
  'published',
  'observed',
  'arrived',
  'expired',
  'own',
  'listed',
  'score',
  'publishers',
  'plane',
  'object',
  'deleted',
] as const

export type QueryField = (typeof QUERY_FIELDS)[number]

const YES_NO = ['yes', 'no']

/** Values of fields that have few. */
const VALUES: Partial<Record<QueryField, readonly string[]>> = {
  kind: ['report', 'event', 'feed', 'batch'],
  tlp: ['clear', 'green', 'amber', 'amber+strict', 'red', '<=green', '<=amber'],
  state: ['proposed', 'accepted', 'rejected'],
  progress: ['to_review', 'in_review', 'reviewed'],
  assignee: ['me', 'none'],
  plane: ['traffic', 'files', 'intranet', 'extranet'],
  pain: ['1', '2', '3', '4', '5', '6', '>=3', '>=4'],
  score: ['>=80', '>=50', '<20'],
  publishers: ['>=2', '>=3'],
  to_ids: YES_NO,
  expired: YES_NO,
  own: ['yes'],
  listed: YES_NO,
  deleted: ['yes'],
  lang: ['en', 'zh'],
  type: [
    'domain-name',
    'ipv4-addr',
    'ipv6-addr',
    'url',
    'email-addr',
    'file:md5',
    'file:sha-1',
    'file:sha-256',
    'file:name',
    'vulnerability',
    'attack-pattern',
  ],
}

const DATED = new Set<string>(['published', 'observed', 'arrived'])

export interface Suggestion {
  /** What replaces the stretch. */
  insert: string
  /** A field's name, so that its explanation can stand beside it. */
  field?: QueryField
}

export interface Completion {
  from: number
  to: number
  /** Set when a value is being written. */
  field: string | undefined
  /** What of the value stands there already. */
  typed: string
  items: Suggestion[]
}

const DAY = 86_400_000

function dates(now: number): string[] {
  const day = (back: number) => new Date(now - back * DAY).toISOString().slice(0, 10)
  return [`>=${day(1)}`, `>=${day(7)}`, `>=${day(30)}`, `>=${day(365)}`, day(0).slice(0, 7)]
}

/** What may stand at the caret: fields of these while a name is written, then the field's values. */
export function complete(
  text: string,
  caret: number,
  fields: readonly QueryField[],
  found: readonly string[] = [],
  now: number = Date.now(),
): Completion {
  const from = wordStart(text, caret)
  const word = text.slice(from, caret)
  const sign = /^-/.test(word) ? 1 : 0
  const body = word.slice(sign)
  const colon = body.indexOf(':')
  const name = colon > 0 ? body.slice(0, colon).toLowerCase() : undefined
  if (name === undefined || !fields.some((each) => each === name)) {
    const typed = body.toLowerCase()
    const items = fields
      .filter((field) => field.startsWith(typed))
      .map((field): Suggestion => ({ insert: `${word.slice(0, sign)}${field}:`, field }))
    return { from, to: caret, field: undefined, typed: body, items }
  }
  const typed = body.slice(colon + 1).replace(/^"/, '')
  const known = DATED.has(name) ? dates(now) : (VALUES[name as QueryField] ?? [])
  const lower = typed.toLowerCase()
  const values = [...new Set([...known.filter((value) => value.startsWith(lower)), ...found])]
  return {
    from: from + sign + colon + 1,
    to: caret,
    field: name,
    typed,
    // What stands there whole already needs no suggestion.
    items: values.filter((value) => value !== typed).map((value) => ({ insert: `${quoteValue(value)} ` })),
  }
}

/** Where the word at the caret begins: after a space or a parenthesis outside quotes. */
function wordStart(text: string, caret: number): number {
  let start = 0
  let quoted = false
  for (let i = 0; i < caret; i++) {
    const c = text[i] ?? ''
    if (c === '"') quoted = !quoted
    else if (!quoted && (/\s/.test(c) || c === '(')) start = i + 1
  }
  return start
}
