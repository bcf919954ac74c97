import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { codeText } from '~/ui/problemText'
import { toast, toastProblem } from '~/ui/Toast'
import { discardItems, type Meant, quarantineKey, reopenItems, replayItems } from './api'

/** What can be done with items; giving up can be taken back where the items are known. */
export function useItemActions() {
  const { t } = useTranslation()
  const client = useQueryClient()
  const refresh = () => client.invalidateQueries({ queryKey: quarantineKey })
  const act = async (
    work: () => ReturnType<typeof replayItems>,
    title: (count: number) => string,
    undo?: () => void,
  ): Promise<boolean> => {
    try {
      const done = await work()
      const why = done.problem
      if (why) {
        toast({
          title: title(done.count),
          tone: 'warning',
          detail: codeText(why.code, why.params ?? {}) ?? why.detail ?? why.title,
        })
      } else {
        toast({ title: title(done.count), tone: 'success', ...(undo && done.count > 0 ? { undo } : {}) })
      }
      return true
    } catch (cause) {
      toastProblem(cause)
      return false
    } finally {
      await refresh()
    }
  }
  const reopen = (meant: Meant): Promise<boolean> =>
    act(
      () => reopenItems(meant),
      (count) => t('quarantine.did_reopen', { count }),
    )
  return {
    replay: (meant: Meant) =>
      act(
        () => replayItems(meant),
        (count) => t('quarantine.did_replay', { count }),
      ),
    discard: (meant: Meant) =>
      act(
        () => discardItems(meant),
        (count) => t('quarantine.did_discard', { count }),
        'ids' in meant ? () => void reopen(meant) : undefined,
      ),
    reopen,
  }
}
