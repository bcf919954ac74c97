import { api, type Schema } from '~/api/client'

export type Pack = Schema<'Pack'>
export type Lookup = Schema<'Lookup'>

export const packsKey = ['packs'] as const

export const listPacks = (signal: AbortSignal) => api.get('/packs', { signal })
export const getPack = (id: string, signal: AbortSignal) => api.get('/packs/{id}', { path: { id }, signal })
export const editPacks = (
  ids: readonly string[],
  change: { enabled?: boolean; category?: 'false_positive' | 'known' },
) => api.patch('/packs', { body: { ids, ...change } })
export const removePacks = (ids: readonly string[]) => api.post('/packs/remove', { body: { ids } })
export const listSkipped = (signal: AbortSignal) => api.get('/packs/skipped', { signal })

export const listEntries = (id: string, q: string, cursor: string | undefined, signal: AbortSignal) =>
  api.get('/packs/{id}/entries', {
    path: { id },
    query: { limit: 200, ...(q ? { q } : {}), ...(cursor ? { cursor } : {}) },
    signal,
  })

/** Sends an archive; the answer is the job that installs it. */
export const installPacks = (file: File) => {
  // The archive's bytes as they are: the description of the API calls them a text.
  const body = new Blob([file], { type: 'application/octet-stream' }) as unknown as string
  return api.post('/packs', { query: { name: file.name }, body })
}

/** What is known of one value, with the lists that hold it. */
export const lookUp = async (value: string, signal: AbortSignal): Promise<Lookup | undefined> =>
  (await api.post('/lookup', { body: { values: [value] }, signal })).items[0]
