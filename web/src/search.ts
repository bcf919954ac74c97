/** What stands behind the ? of a URL: text only. Pages read and check it in validateSearch. */
export type RawSearch = Record<string, string | string[]>

/**
 * Reads the query plainly, one string per name and a list where a name repeats. The router's
 * own form turns 123 into a number and needs quotes around it, which people do not type.
 */
export function parseSearch(query: string): RawSearch {
  const out: RawSearch = {}
  for (const [name, value] of new URLSearchParams(query)) {
    if (name === '__proto__') continue
    const before = out[name]
    out[name] = before === undefined ? value : [before, value].flat()
  }
  return out
}

export function stringifySearch(search: Record<string, unknown>): string {
  const out = new URLSearchParams()
  for (const [name, value] of Object.entries(search)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined && each !== null && each !== '') out.append(name, String(each))
    }
  }
  const text = out.toString()
  return text ? `?${text}` : ''
}

/** One value of a search, the first where it repeats; undefined when absent. */
export function one(search: Record<string, unknown>, name: string): string | undefined {
  const value = search[name]
  const first: unknown = Array.isArray(value) ? value[0] : value
  return first === undefined || first === null || first === '' ? undefined : String(first)
}

/** All values of a search. */
export function many(search: Record<string, unknown>, name: string): string[] {
  const value = search[name]
  if (value === undefined || value === null || value === '') return []
  return (Array.isArray(value) ? value : [value]).map(String)
}

/** One of a few known values, undefined for anything else. */
export function oneOf<T extends string>(
  search: Record<string, unknown>,
  name: string,
  values: readonly T[],
): T | undefined {
  const value = one(search, name)
  return values.find((each) => each === value)
}
