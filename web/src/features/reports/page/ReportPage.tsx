import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useCursorPages } from '~/api/paging'
import { useCan } from '~/api/session'
import { usePageName } from '~/shell/crumbs'
import { openExport } from '~/shell/exporting/openExport'
import { Page } from '~/shell/Page'
import { Button } from '~/ui/Button'
import { Notice } from '~/ui/Notice'
import { ErrorState, Skeleton } from '~/ui/states'
import { Tabs } from '~/ui/Tabs'
import { toastProblem } from '~/ui/Toast'
import { call, restoreReport } from '../api'
import { Review } from '../review/Review'
import type { ReportSearch, ReportTab } from '../search'
import { titleOf } from '../titles'
import '../reports.css'
import './page.css'
import '../review/review.css'
import type { Doc, Report } from '../types'
import { Files } from './Files'
import { Header } from './Header'
import { History } from './History'
import { Notes } from './Notes'
import { Objects } from './Objects'
import { reportKey, useLiveReport, usePresence, useReport } from './queries'
import { Statements } from './Statements'
import { Summary } from './Summary'

/** One report: what it says, what was decided, and all that came with it. */
export function ReportPage(props: {
  id: string
  search: ReportSearch
  /** Changes what is named and keeps the rest. */
  onSearch: (patch: ReportSearch, replace?: boolean) => void
}) {
  const { id, search, onSearch } = props
  const { t } = useTranslation()
  const report = useReport(id)
  const present = usePresence(id)
  const others = useLiveReport(id)
  usePageName(report.data && titleOf(report.data, t))
  if (report.error && !report.data) {
    return <ErrorState page problem={report.error} onRetry={() => void report.refetch()} />
  }
  if (!report.data) {
    return (
      <Page layout="full">
        <div className="report-head" role="status" aria-label={t('ui.loading')}>
          <Skeleton width={48} />
          <Skeleton width={70} />
        </div>
      </Page>
    )
  }
  return <Loaded report={report.data} present={present} others={others} search={search} onSearch={onSearch} />
}

function Loaded(props: {
  report: Report
  present: ReturnType<typeof usePresence>
  others: ReturnType<typeof useLiveReport>
  search: ReportSearch
  onSearch: (patch: ReportSearch, replace?: boolean) => void
}) {
  const { report, present, others, search, onSearch } = props
  const { t } = useTranslation()
  const can = useCan()
  const client = useQueryClient()
  const tab = search.tab ?? 'review'
  const documents = useCursorPages<Doc>({
    key: ['documents', report.id, 'pages'],
    fetchPage: (_, signal) => call.get('/reports/{id}/documents', { path: { id: report.id }, signal }),
  })
  return (
    <Page layout="full">
      <div className="report-page">
        <Header
          report={report}
          present={present}
          others={others}
          onExport={() => openExport({ q: `report:${report.id}`, title: report.title.slice(0, 120) })}
        />
        {report.deleted ? (
          <Notice
            tone="warning"
            action={
              can('intel.delete') ? (
                <Button
                  small
                  onClick={() => {
                    restoreReport(report.id).then(
                      (now) => client.setQueryData(reportKey(report.id), now),
                      toastProblem,
                    )
                  }}
                >
                  {t('reports.restore')}
                </Button>
              ) : undefined
            }
          >
            {t('reports.is_deleted')}
          </Notice>
        ) : null}
        <Tabs<ReportTab>
          aria-label={t('reports.tabs')}
          value={tab}
          onValue={(next) => onSearch({ tab: next === 'review' ? undefined : next })}
          tabs={[
            {
              id: 'review',
              label: t('reports.tab_review'),
              count: report.counts?.claims,
              panel: <Review key={report.id} report={report} search={search} onSearch={onSearch} />,
            },
            { id: 'summary', label: t('reports.tab_summary'), panel: <Summary report={report} /> },
            { id: 'objects', label: t('reports.tab_objects'), panel: <Objects report={report} /> },
            { id: 'notes', label: t('reports.tab_notes'), panel: <Notes report={report} /> },
            { id: 'history', label: t('reports.tab_history'), panel: <History report={report} /> },
            {
              id: 'files',
              label: t('reports.tab_files'),
              count: documents.loading ? undefined : documents.rows.length,
              panel: (
                <Files
                  report={report}
                  pages={documents}
                  onRead={(document) =>
                    onSearch({ doc: document.id, tab: undefined, claim: undefined, part: undefined })
                  }
                />
              ),
            },
            { id: 'statements', label: t('reports.tab_statements'), panel: <Statements report={report} /> },
          ]}
        />
      </div>
    </Page>
  )
}
