import { api, type Schema } from '~/api/client'

export type HomeData = Schema<'HomeOut'>
export type HomeReports = Schema<'HomeReports'>
export type HomeValues = Schema<'HomeValues'>
export type HomeSources = Schema<'HomeSources'>
type Source = Schema<'Source'>

export const homeKey = ['home'] as const

export const readHome = (signal: AbortSignal) => api.get('/home', { signal })

/** Makes the source that brings the sample library, unless it is there, and lets it run. */
export async function loadSamples(name: string): Promise<Source> {
  const found = await api.get('/sources', { query: { kind: 'sample', limit: 1 } })
  const source =
    found.items[0] ?? (await api.post('/sources', { body: { kind: 'sample', name, enabled: true } }))
  await api.post('/sources/{id}/run', { path: { id: source.id } })
  return source
}

/** The grid of reports spells an order in the URL the other way round than the API does. */
export function gridSort(sort: string): string {
  return sort.startsWith('-') ? sort.slice(1) : `-${sort}`
}
