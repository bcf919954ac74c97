import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { toast, toastProblem } from '~/ui/Toast'
import { deletePlaybook, editPlaybook, type Playbook, playbooksKey, restorePlaybook } from './api'

/** What can be done with one playbook or with many; all of it can be taken back. */
export function usePlaybookActions() {
  const { t } = useTranslation()
  const client = useQueryClient()
  const refresh = () => client.invalidateQueries({ queryKey: playbooksKey })
  const run = async (
    rows: readonly Playbook[],
    act: (row: Playbook) => Promise<unknown>,
    title: (count: number) => string,
    back: (row: Playbook) => Promise<unknown>,
  ): Promise<boolean> => {
    const done: Playbook[] = []
    let problem: unknown
    for (const row of rows) {
      try {
        await act(row)
        done.push(row)
      } catch (cause) {
        problem = cause
      }
    }
    await refresh()
    if (problem !== undefined) toastProblem(problem)
    if (done.length > 0) {
      toast({
        title: title(done.length),
        tone: 'success',
        undo: () => void Promise.all(done.map(back)).catch(toastProblem).then(refresh),
      })
    }
    return problem === undefined
  }
  return {
    enable: (rows: readonly Playbook[], enabled: boolean) =>
      run(
        rows.filter((row) => row.enabled !== enabled),
        (row) => editPlaybook(row.id, { enabled }),
        (count) => t(enabled ? 'playbooks.did_enable' : 'playbooks.did_disable', { count }),
        (row) => editPlaybook(row.id, { enabled: row.enabled }),
      ),
    remove: (rows: readonly Playbook[]) =>
      run(
        rows,
        (row) => deletePlaybook(row.id),
        (count) => t('playbooks.did_delete', { count }),
        async (row) => {
          await restorePlaybook(row.id)
          if (row.enabled) await editPlaybook(row.id, { enabled: true })
        },
      ),
    restore: (rows: readonly Playbook[]) =>
      run(
        rows,
        (row) => restorePlaybook(row.id),
        (count) => t('playbooks.did_restore', { count }),
        (row) => deletePlaybook(row.id),
      ),
  }
}
