import { api, type Schema } from '~/api/client'
import { exportsKey } from '~/api/exporting'

export type Fetch = Schema<'Fetch'>
/** A stable export with its token, which the server tells this once. */
export type WithToken = Schema<'Token'>
export type ExportDraft = Schema<'CreateExportInput'>
export type Recalled = Schema<'Recalled'>

export const exportKey = (id: string) => [...exportsKey, 'one', id] as const

export const getExport = (id: string, signal: AbortSignal) =>
  api.get('/exports/{id}', { path: { id }, signal })

export const createExport = (body: ExportDraft) => api.post('/exports', { body })

export const editExport = (id: string, body: Schema<'EditExportInput'>) =>
  api.patch('/exports/{id}', { path: { id }, body })

export const deleteExport = (id: string) => api.delete('/exports/{id}', { path: { id } })

export const rotateExport = (id: string) => api.post('/exports/{id}/rotate', { path: { id } })

export const listFetches = (id: string | undefined, cursor: string | undefined, signal: AbortSignal) =>
  id === undefined
    ? api.get('/exports/fetches', { query: { limit: 50, ...(cursor ? { cursor } : {}) }, signal })
    : api.get('/exports/{id}/fetches', {
        path: { id },
        query: { limit: 50, ...(cursor ? { cursor } : {}) },
        signal,
      })

export const recallValue = (body: { value: string; reason: string; comment?: string }) =>
  api.post('/exports/recall', { body })
