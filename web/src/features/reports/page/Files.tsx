import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { CursorPages } from '~/api/paging'
import { Badge } from '~/ui/Badge'
import { buttonClass } from '~/ui/Button'
import { defang } from '~/ui/defang'
import type { GridColumn } from '~/ui/grid/columns'
import { DataGrid } from '~/ui/grid/DataGrid'
import { Download, Warning as WarningIcon } from '~/ui/icons'
import { EmptyState } from '~/ui/states'
import { Tip } from '~/ui/Tooltip'
import { RelativeTime } from '~/ui/time'
import { Value, visible } from '~/ui/Value'
import { bytes } from '../drop/send'
import type { Doc, Report } from '../types'

const rowId = (row: Doc) => row.id

/** The files and pages of a report, newest versions first; originals are only ever downloaded. */
export function Files(props: { report: Report; pages: CursorPages<Doc>; onRead: (document: Doc) => void }) {
  const { t } = useTranslation()
  const { report, onRead } = props
  const columns = useMemo(() => fileColumns(t, report.id), [t, report.id])
  return (
    <DataGrid
      id="report-files"
      label={t('reports.files')}
      columns={columns}
      rowId={rowId}
      pages={props.pages}
      onOpen={(row) => {
        if (row.text_size > 0) onRead(row)
      }}
      empty={<EmptyState title={t('reports.no_files')}>{t('reports.no_files_hint')}</EmptyState>}
    />
  )
}

function fileColumns(t: ReturnType<typeof useTranslation>['t'], report: string): GridColumn<Doc>[] {
  return [
    {
      id: 'name',
      header: t('reports.file_name'),
      grow: true,
      width: 220,
      fixed: true,
      card: 'title',
      cell: (row) => (
        <span title={visible(row.name)} className={row.parent ? 'nested' : ''}>
          {visible(row.name || (row.url ? defang(row.url, 'url') : row.media_type))}
        </span>
      ),
    },
    {
      id: 'version',
      header: t('reports.file_version'),
      width: 92,
      cardBare: true,
      cell: (row) =>
        row.current ? (
          <Badge tone="success">{t('reports.file_current')}</Badge>
        ) : (
          <Badge>{t('reports.file_older')}</Badge>
        ),
    },
    { id: 'type', header: t('reports.file_type'), width: 130, cell: (row) => <span>{row.media_type}</span> },
    {
      id: 'size',
      header: t('reports.file_size'),
      width: 80,
      align: 'end',
      cell: (row) => bytes(row.size),
    },
    {
      id: 'text',
      header: t('reports.file_text'),
      width: 80,
      align: 'end',
      cell: (row) => (row.text_size > 0 ? bytes(row.text_size) : '–'),
    },
    {
      id: 'parser',
      header: t('reports.file_parser'),
      width: 130,
      cell: (row) => (
        <span className="muted">{[row.parser, row.charset, row.lang].filter(Boolean).join(' · ')}</span>
      ),
    },
    {
      id: 'warnings',
      header: t('reports.file_warnings'),
      width: 88,
      cardBare: true,
      cell: (row) =>
        row.warnings && row.warnings.length > 0 ? (
          <Tip
            text={
              <ul>
                {row.warnings.slice(0, 12).map((warning) => (
                  <li key={`${warning.place}${warning.reason}`}>
                    {warning.place ? `${visible(warning.place)}: ` : ''}
                    {visible(warning.reason)}
                  </li>
                ))}
              </ul>
            }
          >
            <span>
              <Badge tone="warning" icon={<WarningIcon className="icon" aria-hidden="true" />}>
                {row.warnings.length}
              </Badge>
            </span>
          </Tip>
        ) : null,
    },
    {
      id: 'arrived',
      header: t('reports.col_arrived'),
      width: 104,
      cell: (row) => <RelativeTime at={row.created} />,
    },
    {
      id: 'hash',
      header: 'SHA-256',
      width: 150,
      hidden: true,
      card: 'none',
      cell: (row) => <Value value={row.sha256} type="file:sha-256" />,
    },
    {
      id: 'original',
      header: t('reports.file_original'),
      width: 120,
      cardBare: true,
      cell: (row) => (
        <Tip text={t('reports.file_original_hint')}>
          <a
            className={buttonClass('quiet', true)}
            href={`/api/v1/reports/${report}/documents/${row.id}/original`}
            download
          >
            <Download className="icon" aria-hidden="true" />
            {t('reports.file_download')}
          </a>
        </Tip>
      ),
    },
  ]
}
