import { api, type Schema } from '~/api/client'

export type Item = Schema<'Quarantine'>
export type Filter = Schema<'QuarantineFilter'>
export type DeadLetter = Schema<'DeadLetter'>
export type Depth = Schema<'Depth'>

export const quarantineKey = ['quarantine'] as const
export const queueKey = ['queue'] as const

export const listItems = (
  filter: Filter & { state?: Item['state'] },
  cursor: string | undefined,
  signal: AbortSignal,
) => {
  const query = Object.fromEntries(Object.entries(filter).filter(([, value]) => value))
  return api.get('/quarantine', { query: { limit: 100, ...query, ...(cursor ? { cursor } : {}) }, signal })
}

export const countItems = (source: string | undefined, signal: AbortSignal) =>
  api.get('/quarantine/counts', { query: source ? { source } : {}, signal })

export const getItem = (id: string, signal: AbortSignal) =>
  api.get('/quarantine/{id}', { path: { id }, signal })

/** Which items an action is for: some by their ids, or all open ones of a filter. */
export type Meant = { ids: readonly string[] } | { filter: Filter }

export const replayItems = (meant: Meant) => api.post('/quarantine/replay', { body: meant })
export const discardItems = (meant: Meant) => api.post('/quarantine/discard', { body: meant })
export const reopenItems = (meant: Meant) => api.post('/quarantine/reopen', { body: meant })

export const sourceName = (id: string, signal: AbortSignal) =>
  api.get('/sources/{id}', { path: { id }, signal })

export const listDepths = (signal: AbortSignal) => api.get('/queue', { signal })
export const listDead = (topic: string | undefined, cursor: string | undefined, signal: AbortSignal) =>
  api.get('/queue/dead', {
    query: { limit: 100, ...(topic ? { topic } : {}), ...(cursor ? { cursor } : {}) },
    signal,
  })
export const replayDead = (topic: string, seqs: readonly string[] | undefined) =>
  api.post('/queue/dead/replay', { body: { topic, ...(seqs ? { seqs } : { all: true }) } })
export const discardDead = (topic: string, seqs: readonly string[]) =>
  api.post('/queue/dead/discard', { body: { topic, seqs } })
