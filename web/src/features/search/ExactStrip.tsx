import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Schema } from '~/api/client'
import type { Lookup } from '~/api/intel'
import { useCan } from '~/api/session'
import { Badge } from '~/ui/Badge'
import { Button, buttonClass } from '~/ui/Button'
import { Add, ChevronRight } from '~/ui/icons'
import { ExpiredBadge, ListBadges, OwnBadge } from '~/ui/known/badges'
import { Score } from '~/ui/known/Score'
import { StateCounts } from '~/ui/known/StateCounts'
import { RelativeTime } from '~/ui/time'
import { Value, visible } from '~/ui/Value'
import { AddList } from './AddList'

/** The answer to one value, first of all: what it is worth, or that nobody stated it. */
export function ExactStrip({ exact, lookedAt }: { exact: Lookup; lookedAt: Schema<'LookedAt'> | undefined }) {
  const { t } = useTranslation()
  const can = useCan()
  const [adding, setAdding] = useState(false)
  return (
    <section className="exact" data-known={exact.known || undefined} aria-label={t('search.exact')}>
      <div className="exact-value">
        <span className="kind">{exact.type}</span>
        <h2>
          <Value value={exact.value} type={exact.type} wrap toolsShown />
        </h2>
        {exact.unicode ? <span className="muted">{visible(exact.unicode)}</span> : null}
      </div>
      <div className="exact-line">
        {exact.known ? (
          <>
            <Score score={exact.score} large />
            <span>
              {t('observables.known_in', {
                known: t('observables.known_by', {
                  count: exact.publishers,
                  shown: exact.publishers.toLocaleString(),
                }),
                reports: t('observables.in_reports', {
                  count: exact.reports,
                  shown: exact.reports.toLocaleString(),
                }),
              })}
            </span>
            <StateCounts states={exact.states} />
          </>
        ) : (
          <Badge>{t('search.not_known')}</Badge>
        )}
        <OwnBadge own={exact.own} />
        <ListBadges lists={exact.lists} whole />
        {exact.to_ids ? <Badge tone="info">{t('observables.to_ids')}</Badge> : null}
        <ExpiredBadge expired={exact.expired} />
        {exact.known ? (
          <span className="muted">
            {t('observables.last')} <RelativeTime at={exact.last} />
          </span>
        ) : null}
        {exact.known && exact.id ? (
          <Link
            to="/observables/$id"
            params={{ id: exact.id }}
            className={buttonClass('primary', true, 'push')}
          >
            {t('search.open')}
            <ChevronRight className="icon" />
          </Link>
        ) : null}
        {!exact.known && can('intel.write') ? (
          <Button small className="push" icon={<Add className="icon" />} onClick={() => setAdding(true)}>
            {t('search.add')}
          </Button>
        ) : null}
      </div>
      {!exact.known && lookedAt ? (
        <p className="muted">
          {t('search.looked_at', {
            reports: t('observables.in_reports', {
              count: lookedAt.reports,
              shown: lookedAt.reports.toLocaleString(),
            }),
            lists: t('search.lists', { count: lookedAt.lists, shown: lookedAt.lists.toLocaleString() }),
          })}
        </p>
      ) : null}
      {adding ? <AddList values={[exact.value]} onClose={() => setAdding(false)} /> : null}
    </section>
  )
}
