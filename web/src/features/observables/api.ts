import { api, type Schema } from '~/api/client'
import type { Summary } from '~/api/intel'
import type { Page } from '~/api/paging'

/** What one publisher says of a value by one source, claims of equal state and to_ids summed. */
export type Evidence = Schema<'Evidence'>
export type Observable = Schema<'Observable'> & { readonly id: string }
export type Relative = Schema<'Relative'>

export const RELATIONS = ['same_file', 'domain', 'containing', 'inside', 'siblings'] as const
export type Relation = (typeof RELATIONS)[number]

export const SIGHTING_KINDS = ['seen', 'false_positive', 'expired'] as const
export type SightingKind = (typeof SIGHTING_KINDS)[number]

export type Sighting = Schema<'Sighting'>
export type Note = Schema<'Note'>

export const observableKey = (id: string) => ['observables', 'one', id] as const

const at = (cursor: string | undefined) => (cursor ? { cursor } : {})

export const getObservable = async (id: string, signal: AbortSignal): Promise<Observable> => ({
  ...(await api.get('/observables/{id}', { path: { id }, signal })),
  id,
})

/** Further pages may hold rows though one is empty, where a condition is computed: read on. */
export async function listObservables(
  q: string,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<Page<Summary>> {
  let next = cursor
  for (let tries = 0; ; tries++) {
    const page = await api.get('/observables', {
      query: { limit: 100, ...(q ? { q } : {}), ...at(next) },
      signal,
    })
    if (page.items.length > 0 || !page.next || tries === 20) return page
    next = page.next
  }
}

/** The claims on a value, newest first; `q` narrows them in the search language. */
export const listClaims = (
  id: string,
  q: string | undefined,
  cursor: string | undefined,
  signal?: AbortSignal,
  limit = 100,
) =>
  api.get('/observables/{id}/claims', {
    path: { id },
    query: { limit, ...(q ? { q } : {}), ...at(cursor) },
    ...(signal ? { signal } : {}),
  })

export const listAround = (id: string, relation: Relation, cursor: string | undefined, signal: AbortSignal) =>
  api.get('/observables/{id}/around', {
    path: { id },
    query: { relation, limit: 20, ...at(cursor) },
    signal,
  })

export const listSightings = (id: string, cursor: string | undefined, signal: AbortSignal) =>
  api.get('/observables/{id}/sightings', {
    path: { id },
    query: { limit: 20, ...at(cursor) },
    signal,
  })

export const addSighting = (
  id: string,
  body: { kind: SightingKind; count: number; seen?: string; origin?: string },
) => api.post('/observables/{id}/sightings', { path: { id }, body })

export const listNotes = (id: string, cursor: string | undefined, signal: AbortSignal) =>
  api.get('/observables/{id}/notes', { path: { id }, query: { limit: 20, ...at(cursor) }, signal })

export const addNote = (id: string, body: string) =>
  api.post('/observables/{id}/notes', { path: { id }, body: { body, kind: 'note' } })

export const listCorrections = (value: string, cursor: string | undefined, signal: AbortSignal) =>
  api.get('/corrections', { query: { value, limit: 20, ...at(cursor) }, signal })

export const liftCorrection = (id: string) => api.post('/corrections/{id}/lift', { path: { id } })
