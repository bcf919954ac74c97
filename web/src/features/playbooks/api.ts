import { api, type Schema } from '~/api/client'

export type Playbook = Schema<'Playbook'>
export type Checked = Schema<'CheckPlaybookOut'>
export type Imported = Schema<'Imported'>

export const playbooksKey = ['playbooks'] as const
export const playbookKey = (id: string) => ['playbooks', 'one', id] as const

export interface PlaybooksSearch {
  q?: string | undefined
  enabled?: 'true' | 'false' | undefined
  deleted?: 'true' | undefined
}

export const listPlaybooks = (search: PlaybooksSearch, cursor: string | undefined, signal: AbortSignal) =>
  api.get('/playbooks', {
    query: {
      limit: 100,
      ...(search.q ? { q: search.q } : {}),
      ...(search.enabled ? { enabled: search.enabled } : {}),
      ...(search.deleted ? { deleted: true } : {}),
      ...(cursor ? { cursor } : {}),
    },
    signal,
  })
export const getPlaybook = (id: string, signal: AbortSignal) =>
  api.get('/playbooks/{id}', { path: { id }, signal })
export const createPlaybook = (body: string, enabled: boolean) =>
  api.post('/playbooks', { body: { body, enabled } })
export const editPlaybook = (id: string, body: Schema<'EditPlaybookInput'>) =>
  api.patch('/playbooks/{id}', { path: { id }, body })
export const deletePlaybook = (id: string) => api.delete('/playbooks/{id}', { path: { id } })
export const restorePlaybook = (id: string) => api.post('/playbooks/{id}/restore', { path: { id } })
export const checkPlaybook = (body: string, signal: AbortSignal) =>
  api.post('/playbooks/check', { body: { body }, signal })
export const importPlaybooks = (body: string, dryRun: boolean) =>
  api.post('/playbooks/import', { query: { dry_run: dryRun }, body: { body } })
