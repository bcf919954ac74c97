import { useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, type Schema } from '~/api/client'
import { useLiveEvents } from '~/api/events'
import { useCursorPages } from '~/api/paging'
import { useCan } from '~/api/session'
import { keysOf } from '~/commands'
import { useCommands } from '~/commands/useCommands'
import { useAttempt } from '~/shell/attempt'
import { JobProgress } from '~/shell/job'
import { Page } from '~/shell/Page'
import { Badge, type BadgeTone } from '~/ui/Badge'
import { Button } from '~/ui/Button'
import { Dialog } from '~/ui/Dialog'
import { ClearFilters, FilterSelect, FilterText } from '~/ui/Filters'
import type { GridColumn } from '~/ui/grid/columns'
import { DataGrid } from '~/ui/grid/DataGrid'
import { Add, Asset as AssetIcon, Delete, Retry, Undo, Upload } from '~/ui/icons'
import { EmptyState } from '~/ui/states'
import { Tag } from '~/ui/Tag'
import { toast } from '~/ui/Toast'
import { RelativeTime } from '~/ui/time'
import { Value } from '~/ui/Value'
import { AssetForm } from './AssetForm'
import { AssetImport } from './AssetImport'
import { KINDS, type Kind, LEVELS, typeOfAsset } from './kinds'

export type Asset = Schema<'Asset'>

export interface AssetSearch {
  q?: string | undefined
  kind?: Kind | undefined
  tag?: string | undefined
  deleted?: boolean | undefined
}

export const assetsKey = ['assets'] as const
const rowId = (row: Asset) => row.id

/** What is ours: claims that concern it come first. */
export function Assets(props: { search: AssetSearch; onSearch: (search: AssetSearch) => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const can = useCan()
  const manage = can('assets.manage')
  const { attempt } = useAttempt(assetsKey)
  const { search, onSearch } = props
  const [editing, setEditing] = useState<Asset | 'new'>()
  const [importing, setImporting] = useState(false)
  const [job, setJob] = useState<string>()
  const { q, kind, tag, deleted } = search
  const pages = useCursorPages<Asset>({
    key: [...assetsKey, { q, kind, tag, deleted }],
    fetchPage: (cursor, signal) =>
      api.get('/assets', {
        query: {
          limit: 100,
          ...(cursor ? { cursor } : {}),
          ...(q ? { q } : {}),
          ...(kind ? { kind } : {}),
          ...(tag ? { tag } : {}),
          ...(deleted ? { deleted } : {}),
        },
        signal,
      }),
  })
  useLiveEvents(['asset'], () => void client.invalidateQueries({ queryKey: assetsKey }))
  const columns = useMemo(() => assetColumns(t), [t])
  const restore = (rows: readonly Asset[]) =>
    attempt(async () => {
      for (const row of rows) await api.post('/assets/{id}/restore', { path: { id: row.id } })
      toast({ title: t('assets.restored', { count: rows.length }), tone: 'success' })
    })
  const remove = (rows: readonly Asset[]) =>
    attempt(async () => {
      for (const row of rows)
        await api.delete('/assets/{id}', { path: { id: row.id }, query: { version: row.version } })
      toast({ title: t('assets.deleted', { count: rows.length }), undo: () => void restore(rows) })
    })
  const make = manage ? () => setEditing('new') : undefined
  useCommands('admin', make ? { 'admin.new': make } : {})
  return (
    <Page
      layout="full"
      lead={t('assets.lead')}
      actions={
        make ? (
          <>
            <Button
              icon={<Retry className="icon" />}
              title={t('assets.rematch_hint')}
              onClick={() => void attempt(async () => setJob((await api.post('/assets/rematch')).id))}
            >
              {t('assets.rematch')}
            </Button>
            <Button icon={<Upload className="icon" />} onClick={() => setImporting(true)}>
              {t('assets.import')}
            </Button>
            <Button
              tone="primary"
              icon={<Add className="icon" />}
              keys={keysOf('admin.new') ?? ''}
              onClick={make}
            >
              {t('assets.new')}
            </Button>
          </>
        ) : undefined
      }
    >
      <DataGrid<Asset>
        id="assets"
        label={t('assets.title')}
        columns={columns}
        rowId={rowId}
        pages={pages}
        onOpen={(row) => manage && !row.deleted && setEditing(row)}
        {...(manage
          ? {
              bulk: (chosen) =>
                deleted ? (
                  <Button
                    small
                    icon={<Undo className="icon" />}
                    onClick={() => void restore(chosen.rows).then(chosen.clear)}
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
                ),
            }
          : {})}
        toolbar={
          <>
            <FilterText
              value={q ?? ''}
              label={t('assets.find')}
              onValue={(next) => onSearch({ ...search, q: next || undefined })}
            />
            <FilterSelect<Kind>
              label={t('assets.kind')}
              any={t('assets.any_kind')}
              value={kind}
              options={KINDS.map((each) => ({ value: each, label: t(`assets.kind_${each}`) }))}
              onValue={(next) => onSearch({ ...search, kind: next })}
            />
            <FilterText
              value={tag ?? ''}
              label={t('assets.tag')}
              onValue={(next) => onSearch({ ...search, tag: next || undefined })}
            />
            <FilterSelect<'deleted'>
              label={t('users.state')}
              any={t('assets.in_use')}
              value={deleted ? 'deleted' : undefined}
              options={[{ value: 'deleted', label: t('assets.only_deleted') }]}
              onValue={(next) => onSearch({ ...search, deleted: next ? true : undefined })}
            />
            <ClearFilters active={Boolean(q || kind || tag || deleted)} onClear={() => onSearch({})} />
          </>
        }
        empty={
          <EmptyState
            title={t(q || kind || tag || deleted ? 'ui.nothing_found' : 'assets.empty')}
            icon={<AssetIcon className="icon" aria-hidden="true" />}
          >
            {q || kind || tag || deleted ? null : t('assets.empty_why')}
          </EmptyState>
        }
      />
      {editing ? (
        <AssetForm item={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} />
      ) : null}
      {importing ? <AssetImport onClose={() => setImporting(false)} /> : null}
      {job ? (
        <Dialog
          open
          onClose={() => setJob(undefined)}
          title={t('assets.rematch')}
          description={t('assets.rematch_hint')}
        >
          <JobProgress id={job} onEnd={() => void client.invalidateQueries({ queryKey: assetsKey })} />
        </Dialog>
      ) : null}
    </Page>
  )
}

const levelTones: Record<number, BadgeTone> = { 3: 'warning', 4: 'danger' }

function assetColumns(t: ReturnType<typeof useTranslation>['t']): GridColumn<Asset>[] {
  const level = (n: number) => LEVELS[n] ?? '0'
  return [
    {
      id: 'value',
      header: t('assets.value'),
      width: 200,
      grow: true,
      fixed: true,
      card: 'title',
      cell: (row) =>
        typeOfAsset(row) ? (
          <Value plain value={row.value} type={typeOfAsset(row)} />
        ) : (
          <span title={row.value}>{row.value}</span>
        ),
    },
    {
      id: 'name',
      header: t('assets.name'),
      width: 130,
      grow: true,
      cell: (row) => (row.name === row.value ? '' : row.name),
    },
    { id: 'kind', header: t('assets.kind'), width: 90, cell: (row) => t(`assets.kind_${row.kind}`) },
    {
      id: 'criticality',
      header: t('assets.criticality'),
      width: 100,
      cardBare: true,
      cell: (row) =>
        row.criticality > 0 ? (
          <Badge tone={levelTones[row.criticality] ?? 'neutral'}>
            {t(`assets.level_${level(row.criticality)}`)}
          </Badge>
        ) : (
          <span className="muted">–</span>
        ),
    },
    {
      id: 'reports',
      header: t('assets.hits'),
      width: 80,
      align: 'end',
      cell: (row) =>
        row.reports ? (
          <Link to="/reports" search={{ q: `own:${row.id}` } as never} className="num">
            {row.reports.toLocaleString()}
          </Link>
        ) : (
          <span className="muted num">0</span>
        ),
    },
    {
      id: 'tags',
      header: t('assets.tags'),
      width: 120,
      cell: (row) => (
        <span className="inline">
          {row.tags.map((each) => (
            <Tag key={each} text={each} />
          ))}
        </span>
      ),
    },
    {
      id: 'comment',
      header: t('assets.comment'),
      width: 120,
      grow: true,
      card: 'none',
      cell: (row) => <span title={row.comment}>{row.comment}</span>,
    },
    {
      id: 'modified',
      hidden: true,
      header: t('organisations.modified'),
      width: 130,
      card: 'none',
      cell: (row) => <RelativeTime at={row.modified} />,
    },
  ]
}
