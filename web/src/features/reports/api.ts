import { api } from '~/api/client'
import type { Page } from '~/api/paging'
import type { Claim, ClaimTally, Label, Person, Progress, Reach, Report, ReviewState } from './types'

interface CallOptions {
  path?: Record<string, string>
  query?: Record<string, unknown>
  body?: unknown
  signal?: AbortSignal | undefined
  idempotencyKey?: string
  headers?: Record<string, string>
}
type Call = <T>(path: string, options?: CallOptions) => Promise<T>

// openapi.json does not name these operations yet.
export const call = api as unknown as Record<'get' | 'post' | 'patch' | 'delete', Call>

export const listReports = (query: Record<string, unknown>, signal?: AbortSignal) =>
  call.get<Page<Report>>('/reports', { query, signal })

export const reviewQueue = (cursor: string | undefined, signal?: AbortSignal) =>
  call.get<Page<Report>>('/reports/queue', { query: { cursor, limit: 50 }, signal })

export const getReport = (id: string, signal?: AbortSignal) =>
  call.get<Report>('/reports/{id}', { path: { id }, signal })

/** What of a report may be changed. Fields left out stay. */
export interface ReportEdit {
  version?: number
  title?: string
  summary?: string
  url?: string
  lang?: string
  publisher?: string
  published?: string
  observed?: string
  progress?: Progress
  assignee?: string
  tags?: Report['tags']
  label?: Label
}

export const editReport = (id: string, body: ReportEdit) =>
  call.patch<Report>('/reports/{id}', { path: { id }, body })

export const deleteReport = (id: string) => call.delete<undefined>('/reports/{id}', { path: { id } })

export const restoreReport = (id: string) => call.post<Report>('/reports/{id}/restore', { path: { id } })

export const finishReport = (id: string) =>
  call.post<{ report: Report; next?: Report }>('/reports/{id}/finish', { path: { id } })

export const bePresent = (id: string) =>
  call.post<{ present: readonly Person[] }>('/reports/{id}/presence', { path: { id } })

export const leave = (id: string) => call.delete<undefined>('/reports/{id}/presence', { path: { id } })

/** Which claims of a report: a filter of the list and of decisions on all that match. */
export interface ClaimFilter {
  q?: string | undefined
  state?: ReviewState | undefined
  document?: string | undefined
  from?: number | undefined
  to?: number | undefined
}

export interface ClaimPage extends Page<Claim> {
  tally?: ClaimTally
}

export const listClaims = (
  report: string,
  filter: ClaimFilter,
  page: { cursor?: string | undefined; limit: number },
  signal?: AbortSignal,
) =>
  call.get<ClaimPage>('/reports/{id}/claims', { path: { id: report }, query: { ...filter, ...page }, signal })

export const getClaim = (id: string, signal?: AbortSignal) =>
  call.get<Claim>('/claims/{id}', { path: { id }, signal })

/** One decision on claims; what follows the state is for rejections. */
export interface Decision {
  state: ReviewState
  reach?: Reach | undefined
  reason?: string | undefined
  comment?: string | undefined
  expires?: string | undefined
}

/** What lists need to show a changed claim without reading it again. */
export interface Changed {
  id: string
  version: number
  state: ReviewState
  to_ids: boolean
  deleted: boolean
}

/** What an action did; `undo` given to undoActions takes it back. */
export interface Done {
  changed: readonly Changed[]
  corrections: readonly string[]
  undo: readonly string[]
}

export const reviewClaims = (claims: readonly Claim[], decision: Decision) =>
  call.post<Done>('/claims/review', {
    body: { claims: claims.map((c) => c.id), versions: claims.map((c) => c.version), ...decision },
  })

export const setToIds = (claims: readonly Claim[], on: boolean) =>
  call.post<Done>('/claims/to-ids', { body: { claims: claims.map((c) => c.id), to_ids: on } })

export const deleteClaims = (claims: readonly Claim[]) =>
  call.post<Done>('/claims/delete', { body: { claims: claims.map((c) => c.id) } })

// The server takes so many in one call.
const UNDO_AT_ONCE = 10_000

/** Takes actions back, the newest first, in as many calls as they need. */
export async function undoActions(undo: readonly string[]): Promise<Done> {
  const all: { changed: Changed[]; corrections: string[]; undo: string[] } = {
    changed: [],
    corrections: [],
    undo: [],
  }
  for (let end = undo.length; end > 0; end -= UNDO_AT_ONCE) {
    const part = undo.slice(Math.max(0, end - UNDO_AT_ONCE), end)
    const done = await call.post<Done>('/undo', { body: { undo: part } })
    all.changed.push(...done.changed)
    all.corrections.push(...done.corrections)
    all.undo.push(...done.undo)
  }
  return all
}

/** Decides on all claims that match, in as many steps as the server asks for. */
export async function reviewMatching(
  report: string,
  filter: ClaimFilter,
  decision: Decision,
  step: (changed: number) => void,
): Promise<Done> {
  const { state, ...where } = filter
  const all: { changed: Changed[]; corrections: string[]; undo: string[] } = {
    changed: [],
    corrections: [],
    undo: [],
  }
  for (;;) {
    const done = await call.post<Done & { more: boolean }>('/reports/{id}/claims/review', {
      path: { id: report },
      body: { ...where, ...(state ? { states: [state] } : {}), ...decision },
    })
    all.changed.push(...done.changed)
    all.corrections.push(...done.corrections)
    all.undo.push(...done.undo)
    step(all.changed.length)
    if (!done.more || done.changed.length === 0) return all
  }
}

/** What of a claim may be changed. */
export interface ClaimEdit {
  type?: string
  value?: string
  category?: string
  comment?: string
  to_ids?: boolean
  confidence?: number
  first_seen?: string
  last_seen?: string
  expires?: string
  label?: Label
}

export const editClaim = (id: string, version: number, edit: ClaimEdit) =>
  call.patch<Done & { claim: Claim }>('/claims/{id}', { path: { id }, body: { version, ...edit } })
