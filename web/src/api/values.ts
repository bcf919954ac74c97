import type { ValueRef } from '~/api/intel'
import { Problem } from '~/api/problem'

/** How long a query that names values may get: the server reads 16 KiB and 512 parts. */
const MAX_BYTES = 15_000
const MAX_VALUES = 400

/** Writes a text so that the search language reads it back as one value (package query, Quote). */
export function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

/** The query that selects just these values. Throws a Problem where they are too many for one. */
export function queryOfValues(values: readonly ValueRef[]): string {
  const query = values.map((v) => `value:${quoted(v.value)}`).join(' OR ')
  if (values.length > MAX_VALUES || new TextEncoder().encode(query).length > MAX_BYTES) {
    throw new Problem({ status: 413, code: 'too_many_values', params: { max: MAX_VALUES } })
  }
  return query
}
