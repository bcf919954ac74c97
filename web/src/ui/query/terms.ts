/** A part of a query at its top level: a word, a phrase, field:value or a group in parentheses. */
export interface Term {
  text: string
  start: number
  end: number
}

/** Cuts a query of the search language at spaces outside quotes and parentheses. */
export function cutTerms(query: string): Term[] {
  const out: Term[] = []
  let start = -1
  let depth = 0
  let quoted = false
  for (let i = 0; i <= query.length; i++) {
    const c = query[i]
    if (c === undefined || (/\s/.test(c) && !quoted && depth === 0)) {
      if (start >= 0) out.push({ text: query.slice(start, i), start, end: i })
      start = -1
      continue
    }
    if (start < 0) start = i
    if (c === '"') quoted = !quoted
    else if (!quoted && c === '(') depth++
    else if (!quoted && c === ')') depth = Math.max(0, depth - 1)
  }
  return out
}

/** Writes a value as the search language reads it: in quotes where it holds spaces or signs. */
export function quoteValue(value: string): string {
  const plain = value.replaceAll('"', '')
  return /[\s()]/.test(plain) || plain === '' ? `"${plain}"` : plain
}

/** The value that the query asks of a field, where it asks for one plainly at the top level. */
export function termOf(query: string, field: string): string | undefined {
  const terms = cutTerms(query)
  // After OR a term stands for itself alone: it is not what the whole query asks.
  if (terms.some(({ text }) => text === 'OR' || text === '||')) return undefined
  const prefix = `${field}:`
  const found = terms.find(({ text }) => text.toLowerCase().startsWith(prefix))
  return found?.text.slice(prefix.length).replaceAll('"', '')
}

/** Sets, replaces or (undefined) takes away what the query asks of a field. */
export function withTerm(query: string, field: string, value: string | undefined): string {
  const prefix = `${field}:`
  const terms = cutTerms(query).map(({ text }) => text)
  const alone = !terms.some((text) => text === 'OR' || text === '||')
  const rest = alone
    ? terms.filter((text) => !text.toLowerCase().startsWith(prefix))
    : [`(${terms.join(' ')})`]
  return [...rest, ...(value === undefined ? [] : [prefix + quoteValue(value)])].join(' ')
}
