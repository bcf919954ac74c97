import {
  type Claim,
  type Correction,
  call,
  type Label,
  type ReviewState,
  type ScoreTerm,
  type Sentence,
  type Summary,
  type ValueRef,
} from '~/api/intel'
import type { Page } from '~/api/paging'

/** What one publisher says of a value by one source, claims of equal state and to_ids summed. */
export interface Evidence {
  readonly publisher: string
  readonly source: string
  readonly source_name: string
  readonly reliability?: string
  readonly state: ReviewState
  readonly to_ids: boolean
  readonly confidence: number
  readonly pain: number
  readonly claims: number
  readonly reports: number
  readonly first: string
  readonly last: string
  readonly expires?: string
}

export interface Observable extends Summary {
  readonly id: string
  readonly terms: readonly ScoreTerm[]
  readonly false_positives: number
  readonly last_sighting?: string
  readonly expires?: string
  readonly evidence: readonly Evidence[]
}

export interface Passage extends Sentence {
  readonly claim: string
  readonly report: string
  readonly title: string
  readonly name: string
}

export interface Relative extends ValueRef {
  readonly reports: number
}

export const RELATIONS = ['same_file', 'domain', 'containing', 'inside', 'siblings'] as const
export type Relation = (typeof RELATIONS)[number]

export const SIGHTING_KINDS = ['seen', 'false_positive', 'expired'] as const
export type SightingKind = (typeof SIGHTING_KINDS)[number]

export interface Sighting {
  readonly id: string
  readonly kind: SightingKind
  readonly seen: string
  readonly count: number
  readonly origin?: string
  readonly organisation: string
  readonly label: Label
  readonly created: string
}

export interface Note {
  readonly id: string
  readonly kind: 'note' | 'opinion'
  readonly body: string
  readonly author?: string
  readonly by: string
  readonly label: Label
  readonly created: string
}

export const observableKey = (id: string) => ['observables', 'one', id] as const

export const getObservable = (id: string, signal: AbortSignal) =>
  call.get<Observable>('/observables/{id}', { path: { id }, signal })

/** Further pages may hold rows though one is empty, where a condition is computed: read on. */
export async function listObservables(
  q: string,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<Page<Summary>> {
  let at = cursor
  for (let tries = 0; ; tries++) {
    const page = await call.get<Page<Summary>>('/observables', {
      query: { q: q || undefined, cursor: at, limit: 100 },
      signal,
    })
    if (page.items.length > 0 || !page.next || tries === 20) return page
    at = page.next
  }
}

/** The claims on a value, newest first; `q` narrows them in the search language. */
export const listClaims = (
  id: string,
  q: string | undefined,
  cursor: string | undefined,
  signal?: AbortSignal,
  limit = 100,
) => call.get<Page<Claim>>('/observables/{id}/claims', { path: { id }, query: { q, cursor, limit }, signal })

export const listAround = (id: string, relation: Relation, cursor: string | undefined, signal: AbortSignal) =>
  call.get<Page<Relative>>('/observables/{id}/around', {
    path: { id },
    query: { relation, cursor, limit: 20 },
    signal,
  })

export const listSightings = (id: string, cursor: string | undefined, signal: AbortSignal) =>
  call.get<Page<Sighting>>('/observables/{id}/sightings', {
    path: { id },
    query: { cursor, limit: 20 },
    signal,
  })

export const addSighting = (
  id: string,
  body: { kind: SightingKind; count: number; seen?: string; origin?: string },
) => call.post<Sighting>('/observables/{id}/sightings', { path: { id }, body })

export const listNotes = (id: string, cursor: string | undefined, signal: AbortSignal) =>
  call.get<Page<Note>>('/observables/{id}/notes', { path: { id }, query: { cursor, limit: 20 }, signal })

export const addNote = (id: string, body: string) =>
  call.post<Note>('/observables/{id}/notes', { path: { id }, body: { body } })

export const listCorrections = (value: string, cursor: string | undefined, signal: AbortSignal) =>
  call.get<Page<Correction>>('/corrections', { query: { value, cursor, limit: 20 }, signal })

export const liftCorrection = (id: string) =>
  call.post<{ undo: readonly string[] }>('/corrections/{id}/lift', { path: { id } })
