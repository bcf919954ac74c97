import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, type Schema } from '~/api/client'
import { useCursorPages } from '~/api/paging'
import { useAttempt } from '~/shell/attempt'
import { Badge, type BadgeTone } from '~/ui/Badge'
import { Button } from '~/ui/Button'
import { Drawer } from '~/ui/Dialog'
import type { GridColumn } from '~/ui/grid/columns'
import { DataGrid } from '~/ui/grid/DataGrid'
import { Menu } from '~/ui/Menu'
import { Notice } from '~/ui/Notice'
import { EmptyState, ErrorState, Skeleton } from '~/ui/states'
import { Tabs } from '~/ui/Tabs'
import { toast } from '~/ui/Toast'
import { RelativeTime } from '~/ui/time'
import { Value } from '~/ui/Value'
import { QuestionText } from './QuestionText'
import { useChannels, type Watch, watchesKey } from './queries'
import { WatchState } from './Watches'
import { WatchForm } from './WatchForm'
import './watches.css'

type Tab = 'hits' | 'notices'
type Hit = Schema<'Hit'>
type NoticeRow = Schema<'Notice'>
const HOUR = 3_600_000

/** One watch: what it found, what became of its messages, and how to change or silence it. */
export function WatchDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation()
  const [tab, setTab] = useState<Tab>('hits')
  const [editing, setEditing] = useState(false)
  const found = useQuery({
    queryKey: [...watchesKey, 'one', id],
    queryFn: ({ signal }) => api.get('/watches/{id}', { path: { id }, signal }),
  })
  const watch = found.data
  if (watch && editing) return <WatchForm item={watch} onClose={() => setEditing(false)} />
  return (
    <Drawer open onClose={onClose} title={watch?.name ?? t('watches.one')} width={680}>
      {found.error ? (
        <ErrorState inset problem={found.error} onRetry={found.refetch} />
      ) : watch ? (
        <div className="watch-page">
          <About watch={watch} onEdit={() => setEditing(true)} />
          <Tabs<Tab>
            value={tab}
            onValue={setTab}
            aria-label={watch.name}
            tabs={[
              { id: 'hits', label: t('watches.hits'), count: watch.hits, panel: <Hits id={id} /> },
              { id: 'notices', label: t('watches.notices'), panel: <Notices id={id} /> },
            ]}
          />
        </div>
      ) : (
        <Skeleton width={40} />
      )}
    </Drawer>
  )
}

function About({ watch, onEdit }: { watch: Watch; onEdit: () => void }) {
  const { t } = useTranslation()
  const { attempt, busy } = useAttempt(watchesKey)
  const channels = useChannels().data?.items ?? []
  const path = { id: watch.id }
  const muted = watch.muted_until && new Date(watch.muted_until).getTime() > Date.now()
  const setEnabled = (enabled: boolean) =>
    attempt(async () => {
      await api.patch('/watches/{id}', { path, body: { enabled } })
      toast({
        title: t(enabled ? 'watches.enabled' : 'watches.disabled'),
        undo: () => void setEnabled(!enabled),
      })
    })
  const unmute = () => attempt(() => api.patch('/watches/{id}', { path, body: { unmute: true } }))
  const mute = (hours: number) =>
    attempt(async () => {
      await api.patch('/watches/{id}', {
        path,
        body: { muted_until: new Date(Date.now() + hours * HOUR).toISOString() },
      })
      toast({ title: t('watches.muted_done'), undo: () => void unmute() })
    })
  const names = watch.channels.map((each) => channels.find((c) => c.id === each)?.name ?? each)
  return (
    <div className="stack">
      <dl className="facts">
        <dt>{t('users.state')}</dt>
        <dd>
          <WatchState watch={watch} /> {muted ? <RelativeTime at={watch.muted_until} absolute /> : null}
        </dd>
        <dt>{t(`watches.kind_${watch.kind}`)}</dt>
        <dd>
          <QuestionText kind={watch.kind} query={watch.query} />
        </dd>
        <dt>{t('watches.send_to')}</dt>
        <dd>{names.length > 0 ? names.join(', ') : t('watches.console_only')}</dd>
        <dt>{t('watches.last_hit')}</dt>
        <dd>
          <RelativeTime at={watch.last_hit} />
        </dd>
      </dl>
      {watch.error ? <Notice tone="danger">{watch.error}</Notice> : null}
      {watch.deleted ? null : (
        <div className="inline">
          <Button onClick={onEdit}>{t('watches.edit')}</Button>
          <Button disabled={busy} onClick={() => void setEnabled(!watch.enabled)}>
            {t(watch.enabled ? 'watches.disable' : 'watches.enable')}
          </Button>
          {muted ? (
            <Button disabled={busy} onClick={() => void unmute()}>
              {t('watches.unmute')}
            </Button>
          ) : (
            <Menu
              align="start"
              trigger={<Button disabled={busy}>{t('watches.mute')}</Button>}
              entries={[1, 24, 168].map((hours) => ({
                id: String(hours),
                label: t(`watches.mute_${hours as 1 | 24 | 168}`),
                run: () => void mute(hours),
              }))}
            />
          )}
        </div>
      )}
    </div>
  )
}

const hitId = (row: Hit) => row.seq

function Hits({ id }: { id: string }) {
  const { t } = useTranslation()
  const pages = useCursorPages<Hit>({
    key: [...watchesKey, 'hits', id],
    fetchPage: (cursor, signal) =>
      api.get('/watches/{id}/hits', {
        path: { id },
        query: { limit: 50, ...(cursor ? { cursor } : {}) },
        signal,
      }),
  })
  const columns = useMemo((): GridColumn<Hit>[] => {
    return [
      {
        id: 'value',
        header: t('watches.found'),
        width: 240,
        grow: true,
        fixed: true,
        card: 'title',
        cell: (row) => <HitValue hit={row} />,
      },
      {
        id: 'report',
        header: t('watches.report'),
        width: 220,
        grow: true,
        cell: (row) => <HitReport id={row.report} />,
      },
      { id: 'at', header: t('audit.at'), width: 100, cell: (row) => <RelativeTime at={row.at} /> },
    ]
  }, [t])
  return (
    <DataGrid
      id="watch-hits"
      label={t('watches.hits')}
      columns={columns}
      rowId={hitId}
      pages={pages}
      keyboard={false}
      empty={<EmptyState title={t('watches.no_hits')}>{t('watches.no_hits_why')}</EmptyState>}
    />
  )
}

function HitValue({ hit }: { hit: Hit }) {
  const { t } = useTranslation()
  const claim = useQuery({
    queryKey: ['claims', 'one', hit.claim],
    enabled: hit.claim !== undefined,
    staleTime: 60_000,
    queryFn: ({ signal }) => api.get('/claims/{id}', { path: { id: hit.claim ?? '' }, signal }),
  }).data
  if (!hit.claim) return <span className="muted">{t('watches.report_itself')}</span>
  if (!claim) return <Skeleton width={18} />
  const [first] = claim.values
  return first ? <Value plain value={first.value} type={first.type} /> : null
}

function HitReport({ id }: { id: string | undefined }) {
  const report = useQuery({
    queryKey: ['reports', 'title', id],
    enabled: id !== undefined,
    staleTime: 60_000,
    queryFn: ({ signal }) => api.get('/reports/{id}', { path: { id: id ?? '' }, signal }),
  }).data
  if (!id) return null
  return (
    <Link to="/reports/$id" params={{ id }} title={report?.title}>
      {report?.title ?? id}
    </Link>
  )
}

const noticeId = (row: NoticeRow) => row.id
const tones: Record<NoticeRow['state'], BadgeTone> = {
  queued: 'info',
  sent: 'success',
  failed: 'danger',
  suppressed: 'neutral',
}

function Notices({ id }: { id: string }) {
  const { t } = useTranslation()
  const channels = useChannels().data?.items
  const pages = useCursorPages<NoticeRow>({
    key: [...watchesKey, 'notices', id],
    fetchPage: (cursor, signal) =>
      api.get('/watches/{id}/notices', {
        path: { id },
        query: { limit: 50, ...(cursor ? { cursor } : {}) },
        signal,
      }),
  })
  const columns = useMemo((): GridColumn<NoticeRow>[] => {
    const name = (channel: string) => channels?.find((each) => each.id === channel)?.name ?? channel
    return [
      {
        id: 'channel',
        header: t('channels.one'),
        width: 120,
        grow: true,
        fixed: true,
        card: 'title',
        cell: (row) => name(row.channel),
      },
      {
        id: 'state',
        header: t('users.state'),
        width: 90,
        cardBare: true,
        cell: (row) => <Badge tone={tones[row.state]}>{t(`watches.notice_${row.state}`)}</Badge>,
      },
      {
        id: 'hits',
        header: t('watches.hits'),
        width: 60,
        align: 'end',
        cell: (row) => <span className="num">{row.hits}</span>,
      },
      {
        id: 'attempts',
        header: t('watches.attempts'),
        width: 80,
        align: 'end',
        cell: (row) => <span className="num">{row.attempts}</span>,
      },
      {
        id: 'error',
        header: t('watches.error'),
        width: 110,
        grow: true,
        cell: (row) => <span title={row.error}>{row.error}</span>,
      },
      {
        id: 'at',
        header: t('audit.at'),
        width: 120,
        cell: (row) => <RelativeTime at={row.ended ?? row.created} />,
      },
    ]
  }, [t, channels])
  return (
    <DataGrid
      id="watch-notices"
      label={t('watches.notices')}
      columns={columns}
      rowId={noticeId}
      pages={pages}
      keyboard={false}
      empty={<EmptyState title={t('watches.no_notices')} />}
    />
  )
}
