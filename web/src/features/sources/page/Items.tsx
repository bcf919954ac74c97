import { Link, useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Report } from '~/api/intel'
import { useCursorPages } from '~/api/paging'
import { TlpBadge } from '~/ui/Badge'
import { buttonClass } from '~/ui/Button'
import type { GridColumn } from '~/ui/grid/columns'
import { DataGrid } from '~/ui/grid/DataGrid'
import { EmptyState } from '~/ui/states'
import { RelativeTime, ThreeDates } from '~/ui/time'
import { visible } from '~/ui/Value'
import { listReportsOf, type Source } from '../api'

const rowId = (row: Report) => row.id
type Tlp = 'clear' | 'green' | 'amber' | 'amber+strict' | 'red' | ''

/** What a source has brought, newest first. */
export function Items({ source }: { source: Source }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const pages = useCursorPages<Report>({
    key: ['reports', 'of-source', source.id],
    fetchPage: (cursor, signal) => listReportsOf(source.id, cursor, signal),
  })
  const columns = useMemo(() => itemColumns(t), [t])
  return (
    <DataGrid
      id="source-reports"
      label={t('sources.tab_reports')}
      columns={columns}
      rowId={rowId}
      pages={pages}
      onOpen={(row) => void navigate({ to: '/reports/$id', params: { id: row.id } })}
      toolbar={
        <Link to="/reports" search={{ q: `source:${source.id}` }} className={buttonClass('quiet', true)}>
          {t('sources.in_reports')}
        </Link>
      }
      empty={<EmptyState title={t('sources.no_reports')}>{t('sources.no_reports_hint')}</EmptyState>}
    />
  )
}

function itemColumns(t: ReturnType<typeof useTranslation>['t']): GridColumn<Report>[] {
  return [
    {
      id: 'title',
      header: t('reports.title'),
      width: 360,
      grow: true,
      fixed: true,
      card: 'title',
      cell: (row) => (
        <Link to="/reports/$id" params={{ id: row.id }} className="row-link" title={row.title} tabIndex={-1}>
          {visible(row.title || t('reports.untitled'))}
        </Link>
      ),
    },
    {
      id: 'progress',
      header: t('reports.progress'),
      width: 110,
      cell: (row) => t(`reports.progress_${row.progress}`),
    },
    {
      id: 'claims',
      header: t('reports.claims'),
      width: 90,
      align: 'end',
      cell: (row) => (
        <span className="num">
          {row.counts
            ? (row.counts.proposed + row.counts.accepted + row.counts.rejected).toLocaleString()
            : '–'}
        </span>
      ),
    },
    {
      id: 'tlp',
      header: 'TLP',
      width: 108,
      cardBare: true,
      cell: (row) => <TlpBadge level={(row.label.tlp ?? '') as Tlp} />,
    },
    {
      id: 'published',
      header: t('dates.published'),
      width: 130,
      cell: (row) => <ThreeDates published={row.published} observed={row.observed} arrived={row.created} />,
    },
    {
      id: 'arrived',
      header: t('dates.arrived'),
      width: 120,
      card: 'none',
      cell: (row) => <RelativeTime at={row.created} />,
    },
  ]
}
