import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { exportsKey, isOver, listExports, type StableExport, tlpOf } from '~/api/exporting'
import type { CursorPages } from '~/api/paging'
import { Badge, TlpBadge } from '~/ui/Badge'
import { Button } from '~/ui/Button'
import type { GridColumn } from '~/ui/grid/columns'
import { DataGrid } from '~/ui/grid/DataGrid'
import { Export } from '~/ui/icons'
import { EmptyState } from '~/ui/states'
import { RelativeTime } from '~/ui/time'
import { isFormat } from './format'

const rowId = (row: StableExport) => row.id
const NONE: StableExport[] = []

/** The organisation's stable exports, by name. */
export function ExportList({ onNew }: { onNew: (() => void) | undefined }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const query = useQuery({ queryKey: exportsKey, queryFn: ({ signal }) => listExports(signal) })
  const columns = useMemo(() => exportColumns(t), [t])
  const pages: CursorPages<StableExport> = {
    rows: (query.data ?? NONE) as StableExport[],
    total: query.data?.length,
    problem: query.error,
    loading: query.isPending,
    loadingMore: false,
    stale: false,
    hasMore: false,
    loadMore: () => {},
    retry: () => void query.refetch(),
  }
  return (
    <DataGrid
      id="exports"
      label={t('exports.stable')}
      columns={columns}
      rowId={rowId}
      pages={pages}
      onOpen={(row) => void navigate({ to: '/exports/$id', params: { id: row.id } })}
      empty={
        <EmptyState
          title={t('exports.empty')}
          icon={<Export className="icon" aria-hidden="true" />}
          actions={
            onNew ? (
              <Button tone="primary" onClick={onNew}>
                {t('exports.new')}
              </Button>
            ) : undefined
          }
        >
          {t('exports.empty_why')}
        </EmptyState>
      }
    />
  )
}

/** Whether it can be fetched, in a word. */
export function ExportState({ item }: { item: StableExport }) {
  const { t } = useTranslation()
  if (!item.enabled) return <Badge>{t('exports.off')}</Badge>
  if (isOver(item)) return <Badge tone="warning">{t('exports.over')}</Badge>
  return <Badge tone="success">{t('exports.on')}</Badge>
}

function exportColumns(t: ReturnType<typeof useTranslation>['t']): GridColumn<StableExport>[] {
  return [
    {
      id: 'name',
      header: t('exports.name'),
      width: 240,
      grow: true,
      fixed: true,
      card: 'title',
      cell: (row) => (
        <Link to="/exports/$id" params={{ id: row.id }} className="row-link">
          {row.name}
        </Link>
      ),
    },
    {
      id: 'state',
      header: t('exports.state'),
      width: 100,
      cardBare: true,
      cell: (row) => <ExportState item={row} />,
    },
    {
      id: 'format',
      header: t('exports.format'),
      width: 140,
      cell: (row) => (isFormat(row.format) ? t(`format.${row.format}`) : row.format),
    },
    {
      id: 'query',
      header: t('exports.query'),
      width: 260,
      grow: true,
      cell: (row) =>
        row.query ? (
          <code title={row.query}>{row.query}</code>
        ) : (
          <span className="muted">{t('exports.everything')}</span>
        ),
    },
    {
      id: 'rules',
      header: t('exports.takes'),
      width: 150,
      cell: (row) =>
        row.all ? <Badge tone="warning">{t('exports.takes_all')}</Badge> : t('exports.takes_rules'),
    },
    {
      id: 'tlp',
      header: t('exports.ceiling'),
      width: 130,
      cell: (row) => <TlpBadge level={tlpOf(row.tlp)} />,
    },
    {
      id: 'token',
      header: t('exports.token'),
      width: 100,
      card: 'none',
      cell: (row) => <code>{row.token_prefix}…</code>,
    },
    {
      id: 'expires',
      header: t('exports.expires'),
      width: 120,
      cell: (row) =>
        row.expires ? <RelativeTime at={row.expires} /> : <span className="muted">{t('exports.never')}</span>,
    },
    {
      id: 'created',
      header: t('exports.created'),
      width: 130,
      card: 'none',
      cell: (row) => <RelativeTime at={row.created} />,
    },
  ]
}
