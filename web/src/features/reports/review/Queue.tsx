import { Link } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useCursorPages } from '~/api/paging'
import { useMe } from '~/api/session'
import { GridFoot } from '~/ui/grid/GridFoot'
import { ErrorState, Skeleton } from '~/ui/states'
import { RelativeTime } from '~/ui/time'
import { visible } from '~/ui/Value'
import { reviewQueue } from '../api'
import { Counts } from '../Counts'
import { usePersonName } from '../people'
import { titleOf } from '../titles'
import type { Report } from '../types'

/** The reports that wait, one's own first, then oldest first. */
export function Queue({ open }: { open: string }) {
  const { t } = useTranslation()
  const end = useRef<HTMLDivElement>(null)
  const pages = useCursorPages<Report>({
    key: ['reports', 'queue'],
    fetchPage: (cursor, signal) => reviewQueue(cursor, signal),
  })
  const { hasMore, loadingMore, loadMore } = pages
  useEffect(() => {
    const node = end.current
    if (!node || !hasMore || loadingMore) return
    const observer = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting) loadMore()
    })
    observer.observe(node)
    return () => observer.disconnect()
  }, [hasMore, loadingMore, loadMore])
  return (
    <nav className="queue" aria-label={t('review.queue')}>
      <h2>{t('review.queue')}</h2>
      {pages.problem && pages.rows.length === 0 ? (
        <ErrorState inset problem={pages.problem} onRetry={pages.retry} />
      ) : pages.loading ? (
        [0, 1, 2, 3, 4].map((i) => (
          <div key={i} className="queue-item">
            <Skeleton width={20} />
            <Skeleton width={12} />
          </div>
        ))
      ) : pages.rows.length === 0 ? (
        <p className="muted queue-empty">{t('reports.queue_empty')}</p>
      ) : (
        <ul>
          {pages.rows.map((report) => (
            <li key={report.id}>
              <QueueItem report={report} here={report.id === open} />
            </li>
          ))}
        </ul>
      )}
      <div ref={end} />
      <GridFoot pages={pages} />
    </nav>
  )
}

function QueueItem({ report, here }: { report: Report; here: boolean }) {
  const { t } = useTranslation()
  const me = useMe()
  const name = usePersonName(report.assignee)
  const mine = report.assignee !== undefined && report.assignee === String(me?.id)
  return (
    <Link
      to="/reports/$id"
      params={{ id: report.id }}
      className="queue-item"
      aria-current={here ? 'page' : undefined}
      title={titleOf(report, t)}
    >
      <span className="queue-title">{titleOf(report, t)}</span>
      <span className="queue-line">
        <span className="queue-who">{visible(report.publisher || report.source_name)}</span>
        <RelativeTime at={report.published ?? report.created} />
      </span>
      <span className="queue-line">
        <Counts counts={report.counts} />
        {report.assignee ? <span className={mine ? 'queue-mine' : 'muted'}>{name}</span> : null}
      </span>
    </Link>
  )
}
