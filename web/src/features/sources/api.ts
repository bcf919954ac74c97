import { api, type Schema } from '~/api/client'

export type Source = Schema<'Source'>
export type SourceDraft = Schema<'SourceDraft'>
export type SourceEdit = Schema<'EditSourceInput'>
export type SourceKind = Schema<'Kind'>
export type Preset = Schema<'Preset'>
export type Run = Schema<'Run'>
export type RunLine = Schema<'LogLine'>
export type DryItem = Schema<'DryItem'>
export type Correction = Schema<'Correction'>

export const sourcesKey = ['sources'] as const
export const listKey = ['sources', 'list'] as const
export const sourceKey = (id: string) => ['sources', 'one', id] as const
export const runsKey = (id: string) => ['sources', 'runs', id] as const

export interface SourceFilter {
  q?: string | undefined
  kind?: string | undefined
  status?: Source['health']['status'] | undefined
  tag?: string | undefined
  deleted?: 'true' | undefined
}

export const listSources = (filter: SourceFilter, cursor: string | undefined, signal: AbortSignal) => {
  const { deleted, ...rest } = filter
  const query = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
  return api.get('/sources', {
    query: { limit: 100, ...query, ...(deleted ? { deleted: true } : {}), ...(cursor ? { cursor } : {}) },
    signal,
  })
}

export const listKinds = (signal: AbortSignal) => api.get('/sources/kinds', { signal })
export const listPresets = (signal: AbortSignal) => api.get('/sources/presets', { signal })
export const installPreset = (preset: string) =>
  api.post('/sources/presets/{preset}/install', { path: { preset } })

export const getSource = (id: string, signal: AbortSignal) =>
  api.get('/sources/{id}', { path: { id }, signal })
export const createSource = (body: SourceDraft) => api.post('/sources', { body })
export const editSource = (id: string, body: SourceEdit) => api.patch('/sources/{id}', { path: { id }, body })
export const deleteSource = (id: string) => api.delete('/sources/{id}', { path: { id } })
export const restoreSource = (id: string) => api.post('/sources/{id}/restore', { path: { id } })
export const runSource = (id: string) => api.post('/sources/{id}/run', { path: { id } })
export const forgetSource = (id: string) => api.post('/sources/{id}/forget', { path: { id } })

export const previewSource = (draft: SourceDraft, source: string | undefined) =>
  api.post('/sources/preview', { body: { draft, limit: 5, ...(source ? { source } : {}) } })

export const listRuns = (id: string, cursor: string | undefined, signal: AbortSignal, limit = 50) =>
  api.get('/sources/{id}/runs', { path: { id }, query: { limit, ...(cursor ? { cursor } : {}) }, signal })
export const getRun = (id: string, run: string, signal: AbortSignal) =>
  api.get('/sources/{id}/runs/{run}', { path: { id, run }, signal })

export const listReportsOf = (id: string, cursor: string | undefined, signal: AbortSignal) =>
  api.get('/reports', {
    query: { q: `source:${id}`, limit: 50, sort: 'arrived', ...(cursor ? { cursor } : {}) },
    signal,
  })

export const listCorrectionsOf = (id: string, cursor: string | undefined, signal: AbortSignal) =>
  api.get('/corrections', { query: { source: id, limit: 50, ...(cursor ? { cursor } : {}) }, signal })

export const countQuarantine = (id: string, signal: AbortSignal) =>
  api.get('/quarantine/counts', { query: { source: id }, signal })
