import type { Lookup } from '~/api/intel'

/** The most values that one list may hold. */
export const MAX_LIST = 100_000

/** What was pasted: values, one or more a line, or a text in which they stand. */
export type Pasted = { kind: 'values'; values: string[] } | { kind: 'text'; text: string }

// Between values of one line. Chinese lists use their own comma and semicolon.
const BETWEEN = /[\s,;|，；、]+/u
const OPEN = /^["'“”‘’`<「]+/u
const CLOSE = /["'“”‘’`>」]+$/u

/** Tells a list from prose: prose has words that can be no value. */
export function readPaste(text: string): Pasted {
  const values: string[] = []
  let words = 0
  for (const raw of text.split(/\r?\n/)) {
    const line = raw
      .replace(/^\s*[-*•]\s+/u, '')
      .replace(/(^|\s)#.*$/u, '')
      .trim()
    if (!line) continue
    for (const part of line.split(BETWEEN)) {
      const word = unquote(part)
      if (!word) continue
      if (!likeValue(word)) words++
      values.push(word)
    }
  }
  if (values.length > 0 && words * 5 <= values.length) return { kind: 'values', values: unique(values) }
  return { kind: 'text', text }
}

const unquote = (word: string) => word.replace(OPEN, '').replace(CLOSE, '')

/** Only roughly: the server says what is a value; this tells words from the rest. */
function likeValue(word: string): boolean {
  return (
    /[.．。@:/\\]|\[|\(dot|\{/iu.test(word) ||
    /^[0-9a-f]{32,128}$/i.test(word) ||
    /^(cve-\d{4}-\d{4,}|t\d{4}(\.\d{3})?|as\d+|(bc1|0x)[0-9a-z]{20,}|[13][0-9a-z]{25,34})$/i.test(word)
  )
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)]
}

export const SHOWS = ['known', 'unknown', 'bad'] as const
export type Show = (typeof SHOWS)[number]

/** Known here, not known, or no value at all. */
export function standing(row: Lookup): Show {
  if (row.code) return 'bad'
  return row.known ? 'known' : 'unknown'
}

export const SORTS = ['value', 'type', 'score', 'publishers', 'reports', 'last'] as const
type Sort = (typeof SORTS)[number]

const keys: Record<Sort, (row: Lookup) => string | number> = {
  value: (row) => row.value,
  type: (row) => row.type,
  score: (row) => row.score,
  publishers: (row) => row.publishers,
  reports: (row) => row.reports,
  last: (row) => row.last ?? '',
}

/** Orders looked-up rows; equal ones keep the order of the list. */
export function sortRows(rows: readonly Lookup[], by: string, descending: boolean): Lookup[] {
  const key = SORTS.find((each) => each === by)
  if (!key) return [...rows]
  const of = keys[key]
  const turn = descending ? -1 : 1
  return [...rows].sort((a, b) => {
    const [x, y] = [of(a), of(b)]
    return x < y ? -turn : x > y ? turn : 0
  })
}

const HEAD = ['value', 'type', 'known', 'score', 'publishers', 'reports', 'last_seen', 'warninglists', 'own']

/** The table as CSV: values defanged, and nothing that a spreadsheet would run as a formula. */
export function toCsv(rows: readonly Lookup[]): string {
  const lines = rows.map((row) =>
    [
      row.defanged,
      row.type,
      standing(row),
      row.code ? '' : row.score,
      row.code ? '' : row.publishers,
      row.code ? '' : row.reports,
      row.last ?? '',
      (row.lists ?? []).map((list) => list.name).join('; '),
      row.own ?? '',
    ]
      .map(cell)
      .join(','),
  )
  return `${[HEAD.join(','), ...lines].join('\r\n')}\r\n`
}

function cell(value: string | number): string {
  if (typeof value === 'number') return String(value)
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
