import { useQueries } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Problem } from '~/api/problem'
import { Button } from '~/ui/Button'
import { Dialog } from '~/ui/Dialog'
import { Accept, Alert, Busy, Clock } from '~/ui/icons'
import { problemText } from '~/ui/problemText'
import { Progress } from '~/ui/states'
import { type DropMeta, type DropState, dropFile, dropState, type Taken } from './send'

/** Files still to be sent, or what the server has taken already. */
export type Work = { files: readonly File[] } | { taken: readonly Taken[] }

interface Item {
  name: string
  share: number
  taken?: Taken
  problem?: unknown
}

/** Shows how far everything has come: sending, then the server's work on each. */
export function Taking({ work, meta, onClose }: { work: Work; meta: DropMeta; onClose: () => void }) {
  const { t } = useTranslation()
  const items = useSending(work, meta)
  const states = useQueries({
    queries: items.map((item) => ({
      queryKey: ['drop', item.taken?.id ?? ''],
      enabled: item.taken !== undefined,
      queryFn: ({ signal }: { signal: AbortSignal }) => dropState(item.taken?.id ?? '', signal),
      refetchInterval: (query: { state: { data: DropState | undefined; error: unknown } }) =>
        query.state.data && query.state.data.state !== 'queued' ? (false as const) : 700,
    })),
  })
  const ended = (i: number) => {
    const state = states[i]?.data?.state
    return items[i]?.problem !== undefined || (state !== undefined && state !== 'queued')
  }
  const done = items.filter((_, i) => ended(i)).length
  const single = items.length === 1 ? states[0]?.data?.reports[0] : undefined
  return (
    <Dialog
      open
      wide
      sticky
      onClose={onClose}
      title={t('drop.taking')}
      footer={
        <>
          <Button onClick={onClose}>{done < items.length ? t('drop.in_background') : t('ui.close')}</Button>
          {single ? (
            <Link to="/reports/$id" params={{ id: single }} className="btn primary" onClick={onClose}>
              {t('drop.open')}
            </Link>
          ) : null}
        </>
      }
    >
      <div className="stack">
        <Progress
          label={t('drop.progress')}
          value={done + items.reduce((sum, item, i) => sum + (ended(i) ? 0 : item.share * 0.5), 0)}
          max={Math.max(1, items.length)}
          detail={`${done} / ${items.length}`}
        />
        <ul className="taking" aria-live="polite">
          {items.map((item, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two files may have one name
            <li key={i}>
              <State item={item} state={states[i]?.data} onOpen={onClose} />
            </li>
          ))}
        </ul>
      </div>
    </Dialog>
  )
}

function State({ item, state, onOpen }: { item: Item; state: DropState | undefined; onOpen: () => void }) {
  const { t } = useTranslation()
  const bad = item.problem !== undefined || state?.state === 'failed' || state?.state === 'quarantined'
  const done = state?.state === 'done'
  const Icon = bad ? Alert : done ? Accept : item.taken ? Clock : Busy
  let words: string
  if (item.problem !== undefined) words = problemText(Problem.from(item.problem))
  else if (state?.state === 'failed') {
    words = problemText(
      new Problem({ status: 500, code: state.code ?? 'internal', detail: state.message ?? '' }),
    )
  } else if (state?.state === 'quarantined') words = t('drop.quarantined')
  else if (done) words = state.reports.length > 0 ? '' : t('drop.nothing_new')
  else if (item.taken) words = t('drop.queued')
  else
    words = item.share > 0 ? t('drop.sending', { percent: Math.round(item.share * 100) }) : t('drop.waiting')
  return (
    <>
      <Icon className={`icon ${bad ? 'bad' : done ? 'good' : item.taken ? '' : 'spin'}`} aria-hidden="true" />
      <span className="grow">{item.name || t('drop.text')}</span>
      {words ? <span className="muted">{words}</span> : null}
      {done
        ? state.reports.map((id) => (
            <Link key={id} to="/reports/$id" params={{ id }} onClick={onOpen}>
              {t('drop.open')}
            </Link>
          ))
        : null}
    </>
  )
}

/** Sends files one after another; what was taken stays taken when a later one fails. */
function useSending(work: Work, meta: DropMeta): readonly Item[] {
  const [items, setItems] = useState<Item[]>(() =>
    'files' in work
      ? work.files.map((file) => ({ name: file.name, share: 0 }))
      : work.taken.map((taken) => ({ name: taken.name ?? taken.url ?? '', share: 1, taken })),
  )
  const begun = useRef(false)
  useEffect(() => {
    if (begun.current || !('files' in work)) return
    begun.current = true
    const set = (at: number, part: Partial<Item>) =>
      setItems((before) => before.map((item, i) => (i === at ? { ...item, ...part } : item)))
    const run = async () => {
      for (const [at, file] of work.files.entries()) {
        try {
          const answer = await dropFile(file, meta, (share) => set(at, { share }))
          const [taken] = answer.items
          set(at, taken ? { share: 1, taken } : { share: 1 })
        } catch (problem) {
          set(at, { problem })
        }
      }
    }
    // It goes on when the dialog is closed: what was begun is finished.
    void run()
  }, [work, meta])
  return items
}
