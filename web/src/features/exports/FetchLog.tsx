import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { exportsKey } from '~/api/exporting'
import { useCursorPages } from '~/api/paging'
import { Badge } from '~/ui/Badge'
import type { GridColumn } from '~/ui/grid/columns'
import { DataGrid } from '~/ui/grid/DataGrid'
import { EmptyState } from '~/ui/states'
import { RelativeTime } from '~/ui/time'
import { type Fetch, listFetches } from './api'
import { isFormat } from './format'

const rowId = (row: Fetch) => row.id

/** Who took a stable export and when; without an id, who exported a selection by hand. */
export function FetchLog({ id }: { id: string | undefined }) {
  const { t } = useTranslation()
  const pages = useCursorPages<Fetch>({
    key: [...exportsKey, 'fetches', id ?? ''],
    fetchPage: (cursor, signal) => listFetches(id, cursor, signal),
  })
  const columns = useMemo(() => fetchColumns(t, id === undefined), [t, id])
  return (
    <DataGrid
      id={id === undefined ? 'fetches.direct' : 'fetches'}
      label={t('exports.fetches')}
      columns={columns}
      rowId={rowId}
      pages={pages}
      empty={<EmptyState title={t('exports.no_fetches')}>{t('exports.no_fetches_why')}</EmptyState>}
    />
  )
}

function fetchColumns(t: ReturnType<typeof useTranslation>['t'], direct: boolean): GridColumn<Fetch>[] {
  const columns: GridColumn<Fetch>[] = [
    {
      id: 'who',
      header: t('fetch.who'),
      width: 240,
      grow: true,
      fixed: true,
      card: 'title',
      cell: (row) => <span title={row.who}>{row.who || '–'}</span>,
    },
    { id: 'at', header: t('fetch.at'), width: 160, cell: (row) => <RelativeTime at={row.at} absolute /> },
    {
      id: 'status',
      header: t('fetch.status'),
      width: 140,
      cardBare: true,
      cell: (row) => <FetchStatus status={row.status} />,
    },
    {
      id: 'rows',
      header: t('fetch.rows'),
      width: 100,
      align: 'end',
      cell: (row) => <span className="num">{row.rows.toLocaleString()}</span>,
    },
    {
      id: 'address',
      header: t('fetch.address'),
      width: 160,
      cell: (row) => <span className="mono">{row.address}</span>,
    },
  ]
  if (!direct) return columns
  return [
    ...columns,
    {
      id: 'format',
      header: t('exports.format'),
      width: 140,
      cell: (row) => (isFormat(row.format) ? t(`format.${row.format}`) : row.format),
    },
    {
      id: 'query',
      header: t('exports.query'),
      width: 220,
      grow: true,
      cell: (row) =>
        row.query ? <code title={row.query}>{row.query}</code> : <span className="muted">–</span>,
    },
  ]
}

function FetchStatus({ status }: { status: number }) {
  const { t } = useTranslation()
  if (status === 200) return <Badge tone="success">{t('fetch.taken')}</Badge>
  if (status === 304) return <Badge>{t('fetch.unchanged')}</Badge>
  if (status === 499) return <Badge tone="warning">{t('fetch.cut_off')}</Badge>
  return <Badge tone="danger">{status}</Badge>
}
