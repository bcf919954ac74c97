import { exportsKey, type StableExport } from '~/api/exporting'
import { call, type Done, type Tlp, type ValueRef } from '~/api/intel'
import type { Page } from '~/api/paging'

export interface Fetch {
  readonly id: string
  readonly export?: string
  readonly account?: string
  readonly who: string
  readonly address: string
  readonly format: string
  readonly query: string
  readonly at: string
  readonly status: number
  readonly rows: number
}

/** A stable export with its token, which the server tells this once. */
export interface WithToken {
  readonly token: string
  readonly path: string
  readonly item: StableExport
}

export interface ExportDraft {
  name: string
  format: string
  query: string
  all: boolean
  tlp: Tlp
  expires?: string
}

export interface Recalled {
  readonly value: ValueRef
  readonly claims: number
  readonly corrections: readonly string[]
  readonly undo: Done['undo']
  readonly exports: readonly { readonly export: StableExport; readonly fetches: readonly Fetch[] }[]
}

export const exportKey = (id: string) => [...exportsKey, 'one', id] as const

export const getExport = (id: string, signal: AbortSignal) =>
  call.get<StableExport>('/exports/{id}', { path: { id }, signal })

export const createExport = (body: ExportDraft) => call.post<WithToken>('/exports', { body })

export const editExport = (
  id: string,
  body: Partial<ExportDraft> & { version?: number; enabled?: boolean; never_expires?: boolean },
) => call.patch<StableExport>('/exports/{id}', { path: { id }, body })

export const deleteExport = (id: string) => call.delete<undefined>('/exports/{id}', { path: { id } })

export const rotateExport = (id: string) => call.post<WithToken>('/exports/{id}/rotate', { path: { id } })

export const listFetches = (id: string | undefined, cursor: string | undefined, signal: AbortSignal) =>
  id === undefined
    ? call.get<Page<Fetch>>('/exports/fetches', { query: { cursor, limit: 50 }, signal })
    : call.get<Page<Fetch>>('/exports/{id}/fetches', { path: { id }, query: { cursor, limit: 50 }, signal })

export const recallValue = (body: { value: string; reason: string; comment?: string }) =>
  call.post<Recalled>('/exports/recall', { body })
