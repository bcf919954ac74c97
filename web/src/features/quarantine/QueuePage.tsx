import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCursorPages } from '~/api/paging'
import { Page } from '~/shell/Page'
import { Button } from '~/ui/Button'
import { confirm } from '~/ui/ConfirmDialog'
import { Drawer } from '~/ui/Dialog'
import { FilterSelect } from '~/ui/Filters'
import type { GridColumn } from '~/ui/grid/columns'
import { DataGrid } from '~/ui/grid/DataGrid'
import { Accept, Delete, Retry } from '~/ui/icons'
import { Notice } from '~/ui/Notice'
import { EmptyState, ErrorState, Skeleton } from '~/ui/states'
import { toast, toastProblem } from '~/ui/Toast'
import { RelativeTime } from '~/ui/time'
import { visible } from '~/ui/Value'
import { type DeadLetter, type Depth, discardDead, listDead, listDepths, queueKey, replayDead } from './api'
import { reasonOf } from './reason'
import './quarantine.css'

const rowId = (row: DeadLetter) => `${row.topic} ${row.consumer} ${row.seq}`

/** How full the queues are, and the messages that workers gave up on. */
export function QueuePage({ topic }: { topic: string | undefined }) {
  const { t } = useTranslation()
  const depths = useQuery({
    queryKey: [...queueKey, 'depths'],
    queryFn: async ({ signal }) => (await listDepths(signal)).items,
    refetchInterval: 3000,
  })
  return (
    <Page layout="full">
      <div className="queue-page">
        <section className="depths">
          <h2>{t('queue.depths')}</h2>
          {depths.error && !depths.data ? (
            <ErrorState inset problem={depths.error} onRetry={depths.refetch} />
          ) : depths.data ? (
            <Depths rows={depths.data} />
          ) : (
            <Skeleton width={40} />
          )}
        </section>
        <section className="dead">
          <h2>{t('queue.dead')}</h2>
          <Dead topic={topic} topics={[...new Set((depths.data ?? []).map((each) => each.topic))]} />
        </section>
      </div>
    </Page>
  )
}

function Depths({ rows }: { rows: readonly Depth[] }) {
  const { t } = useTranslation()
  if (rows.length === 0) return <p className="muted">{t('queue.no_topics')}</p>
  return (
    <section className="scroll-x" tabIndex={0} aria-label={t('queue.depths')}>
      <table className="plain-table num">
        <thead>
          <tr>
            <th>{t('queue.topic')}</th>
            <th>{t('queue.consumer')}</th>
            <th className="end">{t('queue.ready')}</th>
            <th className="end">{t('queue.leased')}</th>
            <th className="end">{t('queue.delayed')}</th>
            <th className="end">{t('queue.dead_count')}</th>
            <th className="end">{t('queue.bytes')}</th>
            <th>{t('queue.oldest')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.topic + row.consumer}>
              <td className="mono">{row.topic}</td>
              <td className="mono">{row.consumer}</td>
              <td className="end">{row.ready.toLocaleString()}</td>
              <td className="end">{row.leased.toLocaleString()}</td>
              <td className="end">{row.delayed.toLocaleString()}</td>
              <td className={row.dead > 0 ? 'end hot' : 'end'}>{row.dead.toLocaleString()}</td>
              <td className="end">{bytesText(row.bytes)}</td>
              <td>
                <RelativeTime at={row.oldest} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** "1.4 MB". */
export function bytesText(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  let n = bytes
  let unit = 0
  while (n >= 1000 && unit < units.length - 1) {
    n /= 1000
    unit++
  }
  return `${unit > 0 && n < 10 ? n.toFixed(1) : Math.round(n)} ${units[unit]}`
}

function Dead({ topic, topics }: { topic: string | undefined; topics: readonly string[] }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const client = useQueryClient()
  const [shown, setShown] = useState<DeadLetter>()
  const pages = useCursorPages<DeadLetter>({
    key: [...queueKey, 'dead', topic ?? ''],
    fetchPage: (cursor, signal) => listDead(topic, cursor, signal),
  })
  const columns = useMemo(() => deadColumns(t), [t])
  const run = async (
    rows: readonly DeadLetter[],
    act: (topic: string, seqs: string[]) => Promise<{ count: number }>,
    title: (count: number) => string,
  ): Promise<boolean> => {
    let count = 0
    let ok = true
    try {
      for (const name of new Set(rows.map((row) => row.topic))) {
        const seqs = rows.filter((row) => row.topic === name).map((row) => row.seq)
        count += (await act(name, seqs)).count
      }
    } catch (cause) {
      ok = false
      toastProblem(cause)
    }
    await client.invalidateQueries({ queryKey: queueKey })
    if (count > 0) toast({ title: title(count), tone: 'success' })
    return ok
  }
  const replay = (rows: readonly DeadLetter[]) =>
    run(rows, replayDead, (count) => t('queue.did_replay', { count }))
  const discard = async (rows: readonly DeadLetter[]) => {
    const sure = await confirm({
      title: t('queue.discard_title', { count: rows.length }),
      body: t('queue.discard_body'),
      action: t('quarantine.discard'),
      danger: true,
    })
    return sure && run(rows, discardDead, (count) => t('queue.did_discard', { count }))
  }
  return (
    <>
      <DataGrid
        id="dead-letters"
        label={t('queue.dead')}
        columns={columns}
        rowId={rowId}
        pages={pages}
        onOpen={setShown}
        toolbar={
          <FilterSelect
            label={t('queue.topic')}
            any={t('queue.any_topic')}
            value={topic}
            options={topics.map((each) => ({ value: each, label: each }))}
            onValue={(next) => void navigate({ to: '/sources/queue', search: { topic: next } })}
          />
        }
        bulk={(chosen) => (
          <>
            <Button
              small
              icon={<Retry className="icon" />}
              onClick={() => void replay(chosen.rows).then((ok) => ok && chosen.clear())}
            >
              {t('quarantine.replay')}
            </Button>
            <Button
              small
              tone="danger"
              icon={<Delete className="icon" />}
              onClick={() => void discard(chosen.rows).then((ok) => ok && chosen.clear())}
            >
              {t('quarantine.discard')}
            </Button>
          </>
        )}
        empty={
          <EmptyState title={t('queue.no_dead')} icon={<Accept className="icon" aria-hidden="true" />}>
            {t('queue.no_dead_hint')}
          </EmptyState>
        }
      />
      <Drawer
        open={shown !== undefined}
        onClose={() => setShown(undefined)}
        title={shown ? visible(shown.id) : ''}
        width={640}
        footer={
          shown ? (
            <>
              <Button
                tone="danger"
                onClick={() => void discard([shown]).then((ok) => ok && setShown(undefined))}
              >
                {t('quarantine.discard')}
              </Button>
              <Button
                tone="primary"
                onClick={() => void replay([shown]).then((ok) => ok && setShown(undefined))}
              >
                {t('quarantine.replay')}
              </Button>
            </>
          ) : undefined
        }
      >
        {shown ? <Letter letter={shown} /> : null}
      </Drawer>
    </>
  )
}

function Letter({ letter }: { letter: DeadLetter }) {
  const { t } = useTranslation()
  return (
    <div className="stack letter">
      <Notice tone="danger">{reasonOf(letter)}</Notice>
      <dl className="facts">
        <dt>{t('queue.topic')}</dt>
        <dd className="mono">{letter.topic}</dd>
        <dt>{t('queue.consumer')}</dt>
        <dd className="mono">{letter.consumer}</dd>
        <dt>{t('queue.attempts')}</dt>
        <dd className="num">{letter.attempts}</dd>
        <dt>{t('queue.published')}</dt>
        <dd>
          <RelativeTime at={letter.published} absolute />
        </dd>
        <dt>{t('queue.died')}</dt>
        <dd>
          <RelativeTime at={letter.died} absolute />
        </dd>
      </dl>
      <pre tabIndex={0}>{letter.body}</pre>
    </div>
  )
}

function deadColumns(t: ReturnType<typeof useTranslation>['t']): GridColumn<DeadLetter>[] {
  return [
    {
      id: 'id',
      header: t('queue.message'),
      width: 240,
      grow: true,
      fixed: true,
      card: 'title',
      cell: (row) => <span title={row.id}>{visible(row.id)}</span>,
    },
    { id: 'topic', header: t('queue.topic'), width: 110, cell: (row) => <code>{row.topic}</code> },
    {
      id: 'reason',
      header: t('quarantine.reason'),
      width: 380,
      grow: true,
      cardBare: true,
      cell: (row) => <Reason letter={row} />,
    },
    {
      id: 'attempts',
      header: t('queue.attempts'),
      width: 90,
      align: 'end',
      cell: (row) => <span className="num">{row.attempts}</span>,
    },
    { id: 'died', header: t('queue.died'), width: 118, cell: (row) => <RelativeTime at={row.died} /> },
  ]
}

function Reason({ letter }: { letter: DeadLetter }) {
  const text = reasonOf(letter)
  return <span title={text}>{text}</span>
}
