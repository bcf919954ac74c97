import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { toast, toastProblem } from '~/ui/Toast'
import { deleteSource, editSource, restoreSource, runSource, type Source, sourceKey, sourcesKey } from './api'

/** Runs `act` on each, one after the other; what failed stops nothing. Answers those that went through. */
async function each(sources: readonly Source[], act: (source: Source) => Promise<unknown>) {
  const done: Source[] = []
  let problem: unknown
  for (const source of sources) {
    try {
      await act(source)
      done.push(source)
    } catch (cause) {
      problem = cause
    }
  }
  return { done, problem }
}

export const refreshSources = (client: QueryClient) => client.invalidateQueries({ queryKey: sourcesKey })

/** What can be done with one source or with many; all but a visit can be taken back. */
export function useSourceActions() {
  const { t } = useTranslation()
  const client = useQueryClient()
  const run = async (
    sources: readonly Source[],
    act: (source: Source) => Promise<unknown>,
    title: (count: number) => string,
    back?: (source: Source) => Promise<unknown>,
  ): Promise<boolean> => {
    const { done, problem } = await each(sources, act)
    await refreshSources(client)
    if (problem !== undefined) toastProblem(problem)
    if (done.length > 0) {
      toast({
        title: title(done.length),
        tone: 'success',
        ...(back
          ? {
              undo: () =>
                void each(done, back).then((again) => {
                  if (again.problem !== undefined) toastProblem(again.problem)
                  void refreshSources(client)
                }),
            }
          : {}),
      })
    }
    return problem === undefined
  }
  const enable = (sources: readonly Source[], enabled: boolean) =>
    run(
      sources.filter((source) => source.enabled !== enabled),
      (source) => editSource(source.id, { enabled }),
      (count) => t(enabled ? 'sources.did_enable' : 'sources.did_disable', { count }),
      (source) => editSource(source.id, { enabled: source.enabled }),
    )
  return {
    enable,
    visit: (sources: readonly Source[]) =>
      run(
        sources,
        async (source) => client.setQueryData(sourceKey(source.id), await runSource(source.id)),
        (count) => t('sources.did_run', { count }),
      ),
    remove: (sources: readonly Source[]) =>
      run(
        sources,
        (source) => deleteSource(source.id),
        (count) => t('sources.did_delete', { count }),
        async (source) => {
          await restoreSource(source.id)
          if (source.enabled) await editSource(source.id, { enabled: true })
        },
      ),
    restore: (sources: readonly Source[]) =>
      run(
        sources,
        (source) => restoreSource(source.id),
        (count) => t('sources.did_restore', { count }),
        (source) => deleteSource(source.id),
      ),
  }
}
