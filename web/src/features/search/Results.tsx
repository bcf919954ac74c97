import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Summary } from '~/api/intel'
import { ExpiredBadge, ListBadges, OwnBadge } from '~/ui/known/badges'
import { Score } from '~/ui/known/Score'
import { StateCounts } from '~/ui/known/StateCounts'
import { ValueLink } from '~/ui/known/ValueLink'
import { EmptyState } from '~/ui/states'
import { RelativeTime, ThreeDates } from '~/ui/time'
import { visible } from '~/ui/Value'
import type { Found, Hit } from './api'
import { ExactStrip } from './ExactStrip'
import { Marked } from './Marked'

/** What a question found: the exact answer, then reports and values. */
export function Results({ q, found }: { q: string; found: Found }) {
  const { t } = useTranslation()
  const values = found.observables.filter((each) => !found.exact || each.id !== found.exact.id)
  const none = found.reports.length === 0 && values.length === 0
  return (
    <div className="search-body">
      {found.exact ? <ExactStrip exact={found.exact} lookedAt={found.looked_at} /> : null}
      {found.suggestions.length > 0 ? (
        <p className="search-meant">
          {t('search.meant')}
          {found.suggestions.map((each) => (
            <Link key={each} to="/search" search={{ q: each }}>
              <code>{visible(each)}</code>
            </Link>
          ))}
        </p>
      ) : null}
      {none ? (
        found.exact ? null : (
          <EmptyState title={t('search.none')}>{t('search.none_why')}</EmptyState>
        )
      ) : (
        <div className="search-found">
          {found.reports.length > 0 ? (
            <section aria-label={t('nav.reports')}>
              <header>
                <h2>{t('nav.reports')}</h2>
                <Link to="/reports" search={{ q }}>
                  {found.next_reports ? t('search.all_reports') : t('search.as_table')}
                </Link>
              </header>
              <ol className="hits">
                {found.reports.map((each) => (
                  <ReportHit key={each.id} hit={each} />
                ))}
              </ol>
            </section>
          ) : null}
          {values.length > 0 ? (
            <section aria-label={t('nav.observables')}>
              <header>
                <h2>{t('nav.observables')}</h2>
                <Link to="/observables" search={{ q }}>
                  {found.next_observables ? t('search.all_values') : t('search.as_table')}
                </Link>
              </header>
              <ol className="hits">
                {values.map((each) => (
                  <ValueHit key={each.id ?? each.value} hit={each} />
                ))}
              </ol>
            </section>
          ) : null}
        </div>
      )}
    </div>
  )
}

function ReportHit({ hit }: { hit: Hit }) {
  const { t } = useTranslation()
  return (
    <li className="hit">
      <Link to="/reports/$id" params={{ id: hit.id }} className="row-link">
        {hit.title ? <Marked text={hit.title} marks={hit.title_marks} /> : t('exports.untitled')}
      </Link>
      <span className="of">
        {visible(hit.publisher || hit.source_name)}
        {' · '}
        <ThreeDates published={hit.published} observed={hit.observed} arrived={hit.created} />
        {hit.counts
          ? ` · ${t('search.claims', { count: hit.counts.claims, shown: hit.counts.claims.toLocaleString() })}`
          : ''}
      </span>
      {hit.snippet ? (
        <p className="snippet">
          <Marked text={hit.snippet.text} marks={hit.snippet.marks} />
        </p>
      ) : null}
    </li>
  )
}

function ValueHit({ hit }: { hit: Summary }) {
  const { t } = useTranslation()
  return (
    <li className="hit value-hit">
      <div className="what">
        <ValueLink value={hit} />
        <span className="of inline">
          <span>{hit.type}</span>
          <span>
            {t('observables.known_by', { count: hit.publishers, shown: hit.publishers.toLocaleString() })}
          </span>
          <RelativeTime at={hit.last} />
          <StateCounts states={hit.states} />
          <OwnBadge own={hit.own} />
          <ListBadges lists={hit.lists} />
          <ExpiredBadge expired={hit.expired} />
        </span>
      </div>
      <Score score={hit.score} />
    </li>
  )
}
