import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type DragEvent, useCallback, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLiveEvents } from '~/api/events'
import { useCursorPages } from '~/api/paging'
import { useCan } from '~/api/session'
import { keysOf } from '~/commands'
import { useCommands } from '~/commands/useCommands'
import { Page } from '~/shell/Page'
import { Button } from '~/ui/Button'
import { formatSort, parseSort } from '~/ui/grid/columns'
import { DataGrid } from '~/ui/grid/DataGrid'
import { SavedViews } from '~/ui/grid/SavedViews'
import { Add, Retry, Review, Upload } from '~/ui/icons'
import { EmptyState } from '~/ui/states'
import { toast, toastProblem } from '~/ui/Toast'
import { listReports, reviewQueue } from '../api'
import { DropDialog, type DropStart } from '../drop/DropDialog'
import type { ReportsSearch } from '../search'
import type { Report } from '../types'
import '../reports.css'
import { BulkActions } from './bulk'
import { reportColumns } from './columns'
import { ReportFilters } from './filters'

const rowId = (report: Report) => report.id
const KINDS = ['report'] as const

/** All reports, to find, to sort out, and to add. */
export function ReportList({ search }: { search: ReportsSearch }) {
  const { t } = useTranslation()
  const can = useCan()
  const navigate = useNavigate()
  const client = useQueryClient()
  const [adding, setAdding] = useState<DropStart>()
  const [news, setNews] = useState(0)
  const { q, sort } = search
  const pages = useCursorPages<Report>({
    key: ['reports', 'list', q ?? '', sort ?? ''],
    fetchPage: (cursor, signal) =>
      listReports({ q, sort: sort ? apiSort(sort) : undefined, cursor, limit: 100 }, signal),
  })
  // Reading a busy list again by itself would move rows under the hand: say that there is more.
  useLiveEvents(
    KINDS,
    useCallback(() => setNews((n) => n + 1), []),
  )
  const set = (next: ReportsSearch) => void navigate({ to: '/reports', search: { q, sort, ...next } })
  const columns = useMemo(() => reportColumns(t), [t])
  const refresh = () => {
    setNews(0)
    void client.invalidateQueries({ queryKey: ['reports', 'list'] })
  }
  const startReview = async () => {
    try {
      const next = (await reviewQueue(undefined, new AbortController().signal)).items[0]
      if (next) await navigate({ to: '/reports/$id', params: { id: next.id } })
      else toast({ title: t('reports.queue_empty'), tone: 'success' })
    } catch (cause) {
      toastProblem(cause)
    }
  }
  const write = can('intel.write')
  useCommands('reports', {
    'reports.review_next': () => void startReview(),
    'reports.refresh': refresh,
    'reports.add': write ? () => setAdding({}) : undefined,
  })
  const onDrop = (event: DragEvent) => {
    const files = [...event.dataTransfer.files]
    if (!write || files.length === 0) return
    event.preventDefault()
    setAdding({ files })
  }
  return (
    <Page layout="full">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping files is a short cut; the button does the same */}
      <div
        className="fill"
        onDragOver={(event) => {
          if (write && event.dataTransfer.types.includes('Files')) event.preventDefault()
        }}
        onDrop={onDrop}
      >
        <DataGrid
          id="reports"
          label={t('nav.reports')}
          columns={columns}
          rowId={rowId}
          pages={pages}
          sort={parseSort(sort)}
          onSort={(next) => set({ sort: formatSort(next) })}
          onOpen={(row) => void navigate({ to: '/reports/$id', params: { id: row.id } })}
          bulk={(chosen) => <BulkActions chosen={chosen} />}
          toolbar={
            <>
              <ReportFilters q={q ?? ''} onQuery={(next) => set({ q: next || undefined })}>
                <SavedViews
                  page="reports"
                  search={{ q, sort }}
                  onApply={(view) => void navigate({ to: '/reports', search: view })}
                />
              </ReportFilters>
              <span className="push inline">
                {news > 0 ? (
                  <Button small tone="quiet" icon={<Retry className="icon" />} onClick={refresh}>
                    {t('reports.news')}
                  </Button>
                ) : null}
                {can('intel.review') ? (
                  <Button
                    small
                    icon={<Review className="icon" />}
                    keys={keysOf('reports.review_next') ?? ''}
                    onClick={() => void startReview()}
                  >
                    {t('reports.review_next')}
                  </Button>
                ) : null}
                {write ? (
                  <Button
                    small
                    tone="primary"
                    icon={<Add className="icon" />}
                    keys={keysOf('reports.add') ?? ''}
                    onClick={() => setAdding({})}
                  >
                    {t('reports.add')}
                  </Button>
                ) : null}
              </span>
            </>
          }
          empty={
            q ? (
              <EmptyState
                title={t('reports.none_match')}
                actions={<Button onClick={() => set({ q: undefined })}>{t('query.clear')}</Button>}
              />
            ) : (
              <EmptyState
                title={t('reports.none')}
                icon={<Upload className="icon" aria-hidden="true" />}
                actions={
                  write ? (
                    <Button tone="primary" onClick={() => setAdding({})}>
                      {t('reports.add')}
                    </Button>
                  ) : undefined
                }
              >
                {t('reports.none_hint')}
              </EmptyState>
            )
          }
        />
      </div>
      {adding ? <DropDialog start={adding} onClose={() => setAdding(undefined)} /> : null}
    </Page>
  )
}

/** The grid says "-published" for newest first; the API takes "published" for it and a minus for oldest first. */
export function apiSort(sort: string): string {
  return sort.startsWith('-') ? sort.slice(1) : `-${sort}`
}
