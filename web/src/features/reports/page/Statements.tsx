import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCursorPages } from '~/api/paging'
import { Button } from '~/ui/Button'
import { Drawer } from '~/ui/Dialog'
import type { GridColumn } from '~/ui/grid/columns'
import { DataGrid } from '~/ui/grid/DataGrid'
import { CopyRaw } from '~/ui/icons'
import { EmptyState } from '~/ui/states'
import { TextDocument } from '~/ui/text/TextDocument'
import { RelativeTime } from '~/ui/time'
import { copyText, visible } from '~/ui/Value'
import { call } from '../api'
import type { Report } from '../types'

interface Statement {
  id: string
  stix_id: string
  type: string
  source: string
  modified?: string
  body: unknown
}

const rowId = (row: Statement) => row.id + row.stix_id
const NO_SPANS: readonly never[] = []

/** The STIX objects of a report as the source stated them, whole. */
export function Statements({ report }: { report: Report }) {
  const { t } = useTranslation()
  const [open, setOpen] = useState<Statement>()
  const pages = useCursorPages<Statement>({
    key: ['statements', report.id],
    fetchPage: (cursor, signal) =>
      call.get('/reports/{id}/statements', {
        path: { id: report.id },
        query: { cursor, limit: 100 },
        signal,
      }),
  })
  const columns = useMemo(
    (): GridColumn<Statement>[] => [
      { id: 'type', header: t('review.type'), width: 170, cell: (row) => <span>{row.type}</span> },
      {
        id: 'name',
        header: t('reports.name'),
        grow: true,
        width: 260,
        card: 'title',
        cell: (row) => <span title={nameOf(row)}>{nameOf(row)}</span>,
      },
      {
        id: 'stix_id',
        header: 'STIX id',
        width: 330,
        fixed: true,
        cell: (row) => <span className="mono">{row.stix_id}</span>,
      },
      {
        id: 'modified',
        header: t('reports.modified'),
        width: 120,
        cell: (row) => <RelativeTime at={row.modified} />,
      },
    ],
    [t],
  )
  const text = open ? JSON.stringify(open.body, null, 2) : ''
  return (
    <>
      <DataGrid
        id="report-statements"
        label={t('reports.statements')}
        columns={columns}
        rowId={rowId}
        pages={pages}
        onOpen={setOpen}
        empty={<EmptyState title={t('reports.no_statements')}>{t('reports.no_statements_hint')}</EmptyState>}
      />
      <Drawer
        open={open !== undefined}
        onClose={() => setOpen(undefined)}
        title={open?.type ?? ''}
        description={open?.stix_id}
        width={720}
        footer={
          <Button icon={<CopyRaw className="icon" />} onClick={() => void copyText(text, t('ui.copied_raw'))}>
            {t('ui.copy_raw')}
          </Button>
        }
      >
        <div className="raw">
          <TextDocument
            text={inert(text)}
            spans={NO_SPANS}
            label={t('reports.statements')}
            mono
            keyboard={false}
          />
        </div>
      </Drawer>
    </>
  )
}

function nameOf({ body }: Statement): string {
  if (typeof body !== 'object' || body === null) return ''
  const { name, value, pattern, path, key, relationship_type } = body as Partial<Record<string, unknown>>
  const found = [name, value, pattern, path, key, relationship_type].find(
    (each) => typeof each === 'string' && each !== '',
  )
  return typeof found === 'string' ? visible(inert(found)).slice(0, 300) : ''
}

/** Shown so that no program makes links of what stands in it; the copy is exact. */
export function inert(text: string): string {
  return text.replace(/\b(h)tt(ps?:\/\/)/gi, '$1xx$2').replace(/\b(f)t(p:\/\/)/gi, '$1x$2')
}
