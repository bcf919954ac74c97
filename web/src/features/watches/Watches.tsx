import { useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '~/api/client'
import { useLiveEvents } from '~/api/events'
import { useCursorPages } from '~/api/paging'
import { keysOf } from '~/commands'
import { useCommands } from '~/commands/useCommands'
import { useAttempt } from '~/shell/attempt'
import { Page } from '~/shell/Page'
import { Badge } from '~/ui/Badge'
import { Button } from '~/ui/Button'
import { ClearFilters, FilterSelect, FilterText } from '~/ui/Filters'
import type { GridColumn } from '~/ui/grid/columns'
import { DataGrid } from '~/ui/grid/DataGrid'
import { Add, Delete, Undo, Watch as WatchIcon } from '~/ui/icons'
import { EmptyState } from '~/ui/states'
import { toast } from '~/ui/Toast'
import { RelativeTime } from '~/ui/time'
import { QuestionText } from './QuestionText'
import { channelsKey, WATCH_KINDS, type Watch, type WatchKind, watchesKey } from './queries'
import { WatchDrawer } from './WatchDrawer'
import { WatchForm } from './WatchForm'

export interface WatchSearch {
  q?: string | undefined
  kind?: WatchKind | undefined
  deleted?: boolean | undefined
  open?: string | undefined
}

const rowId = (row: Watch) => row.id

/** What a person wants to hear about. */
export function Watches(props: { search: WatchSearch; onSearch: (search: WatchSearch) => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const { attempt } = useAttempt(watchesKey, channelsKey)
  const { search, onSearch } = props
  const [making, setMaking] = useState(false)
  const { q, kind, deleted } = search
  const pages = useCursorPages<Watch>({
    key: [...watchesKey, 'list', { q, kind, deleted }],
    fetchPage: (cursor, signal) =>
      api.get('/watches', {
        query: {
          limit: 100,
          ...(cursor ? { cursor } : {}),
          ...(q ? { q } : {}),
          ...(kind ? { kind } : {}),
          ...(deleted ? { deleted } : {}),
        },
        signal,
      }),
  })
  useLiveEvents(['watch'], () => void client.invalidateQueries({ queryKey: watchesKey }))
  const columns = useMemo(() => watchColumns(t), [t])
  const restore = (rows: readonly Watch[], enabled: boolean) =>
    attempt(async () => {
      for (const row of rows) {
        await api.post('/watches/{id}/restore', { path: { id: row.id } })
        // Restored ones are off; undo brings back what was.
        if (enabled && row.enabled)
          await api.patch('/watches/{id}', { path: { id: row.id }, body: { enabled: true } })
      }
      toast({ title: t('watches.restored', { count: rows.length }), tone: 'success' })
    })
  const remove = (rows: readonly Watch[]) =>
    attempt(async () => {
      for (const row of rows)
        await api.delete('/watches/{id}', { path: { id: row.id }, query: { version: row.version } })
      toast({ title: t('watches.deleted', { count: rows.length }), undo: () => void restore(rows, true) })
    })
  const make = () => setMaking(true)
  useCommands('admin', { 'admin.new': make })
  const filtered = Boolean(q || kind || deleted)
  return (
    <Page
      layout="full"
      lead={t('watches.lead')}
      actions={
        <Button
          tone="primary"
          icon={<Add className="icon" />}
          keys={keysOf('admin.new') ?? ''}
          onClick={make}
        >
          {t('watches.new')}
        </Button>
      }
    >
      <DataGrid
        id="watches"
        label={t('watches.title')}
        columns={columns}
        rowId={rowId}
        pages={pages}
        onOpen={(row) => onSearch({ ...search, open: row.id })}
        bulk={(chosen) =>
          deleted ? (
            <Button
              small
              icon={<Undo className="icon" />}
              onClick={() => void restore(chosen.rows, false).then(chosen.clear)}
            >
              {t('assets.restore')}
            </Button>
          ) : (
            <Button
              small
              tone="danger"
              icon={<Delete className="icon" />}
              onClick={() => void remove(chosen.rows).then(chosen.clear)}
            >
              {t('ui.delete')}
            </Button>
          )
        }
        toolbar={
          <>
            <FilterText
              value={q ?? ''}
              label={t('watches.find')}
              onValue={(next) => onSearch({ ...search, q: next || undefined })}
            />
            <FilterSelect<WatchKind>
              label={t('watches.kind')}
              any={t('assets.any_kind')}
              value={kind}
              options={WATCH_KINDS.map((each) => ({ value: each, label: t(`watches.kind_${each}`) }))}
              onValue={(next) => onSearch({ ...search, kind: next })}
            />
            <FilterSelect<'deleted'>
              label={t('users.state')}
              any={t('assets.in_use')}
              value={deleted ? 'deleted' : undefined}
              options={[{ value: 'deleted', label: t('assets.only_deleted') }]}
              onValue={(next) => onSearch({ ...search, deleted: next ? true : undefined })}
            />
            <ClearFilters active={filtered} onClear={() => onSearch({})} />
          </>
        }
        empty={
          <EmptyState
            title={t(filtered ? 'ui.nothing_found' : 'watches.empty')}
            icon={<WatchIcon className="icon" aria-hidden="true" />}
          >
            {filtered ? null : t('watches.empty_why')}
          </EmptyState>
        }
      />
      {making ? <WatchForm item={undefined} onClose={() => setMaking(false)} /> : null}
      {search.open ? (
        <WatchDrawer
          key={search.open}
          id={search.open}
          onClose={() => onSearch({ ...search, open: undefined })}
        />
      ) : null}
    </Page>
  )
}

/** Whether a watch listens, in a word. */
export function WatchState({ watch }: { watch: Watch }) {
  const { t } = useTranslation()
  if (watch.deleted) return <Badge>{t('assets.only_deleted')}</Badge>
  if (!watch.enabled) return <Badge>{t('watches.off')}</Badge>
  if (watch.error) return <Badge tone="danger">{t('watches.broken')}</Badge>
  if (watch.muted_until && new Date(watch.muted_until).getTime() > Date.now())
    return <Badge tone="warning">{t('watches.muted')}</Badge>
  return <Badge tone="success">{t('watches.on')}</Badge>
}

function watchColumns(t: ReturnType<typeof useTranslation>['t']): GridColumn<Watch>[] {
  return [
    {
      id: 'name',
      header: t('watches.name'),
      width: 160,
      grow: true,
      fixed: true,
      card: 'title',
      cell: (row) => row.name,
    },
    {
      id: 'state',
      header: t('users.state'),
      width: 90,
      cardBare: true,
      cell: (row) => <WatchState watch={row} />,
    },
    { id: 'kind', header: t('watches.kind'), width: 110, cell: (row) => t(`watches.kind_${row.kind}`) },
    {
      id: 'query',
      header: t('watches.query'),
      width: 170,
      grow: true,
      cell: (row) => <QuestionText kind={row.kind} query={row.query} />,
    },
    {
      id: 'hits',
      header: t('watches.hits'),
      width: 70,
      align: 'end',
      cell: (row) => <span className="num">{row.hits.toLocaleString()}</span>,
    },
    {
      id: 'last',
      header: t('watches.last_hit'),
      width: 110,
      cell: (row) => <RelativeTime at={row.last_hit} />,
    },
    {
      id: 'channels',
      header: t('channels.title'),
      width: 100,
      align: 'end',
      cell: (row) =>
        row.channels.length > 0 ? (
          <span className="num">{row.channels.length}</span>
        ) : (
          <span className="muted">{t('watches.console_only')}</span>
        ),
    },
    {
      id: 'created',
      header: t('keys.created'),
      width: 130,
      hidden: true,
      cell: (row) => <RelativeTime at={row.created} />,
    },
  ]
}
