import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { ListBadges, OwnBadge } from '~/ui/known/badges'
import { Score } from '~/ui/known/Score'
import { ValueLink } from '~/ui/known/ValueLink'
import { Tip } from '~/ui/Tooltip'
import { RelativeTime, ThreeDates } from '~/ui/time'
import { visible } from '~/ui/Value'
import { gridSort, type HomeReports, type HomeSources, type HomeValues } from './api'

function Part(props: { title: string; lead: string; all: ReactNode; children: ReactNode }) {
  return (
    <section className="home-part" aria-label={props.title}>
      <header>
        <h2>{props.title}</h2>
        {props.all}
        <p>{props.lead}</p>
      </header>
      <ul>{props.children}</ul>
    </section>
  )
}

function useShown() {
  const { t } = useTranslation()
  return (count: number, more?: boolean) =>
    t('home.all', { shown: count.toLocaleString() + (more ? '+' : '') })
}

/** The first reports of a number. */
export function ReportPart(props: { part: HomeReports; title: string; lead: string; ours?: boolean }) {
  const { t } = useTranslation()
  const all = useShown()
  const { part } = props
  if (part.count === 0) return null
  return (
    <Part
      title={props.title}
      lead={props.lead}
      all={
        <Link to="/reports" search={{ q: part.q, sort: gridSort(part.sort) }}>
          {all(part.count)}
        </Link>
      }
    >
      {part.items.map((each) => (
        <li key={each.id}>
          <div className="what">
            <Link to="/reports/$id" params={{ id: each.id }} className="row-link" title={visible(each.title)}>
              <bdi>{visible(each.title) || t('exports.untitled')}</bdi>
            </Link>
            <span className="of">
              {visible(each.publisher || each.source_name)}
              {' · '}
              <ThreeDates published={each.published} observed={each.observed} arrived={each.created} />
            </span>
          </div>
          {props.ours && each.counts ? (
            <Tip text={t('home.own_claims', { count: each.counts.own })}>
              <span className="num ours">{each.counts.own.toLocaleString()}</span>
            </Tip>
          ) : each.counts && each.counts.claims > 0 ? (
            <Tip text={t('home.waiting', { count: each.counts.proposed })}>
              <span className="num waiting">
                <b>{each.counts.proposed.toLocaleString()}</b>
                <span className="muted"> / {each.counts.claims.toLocaleString()}</span>
              </span>
            </Tip>
          ) : (
            <span className="muted">–</span>
          )}
        </li>
      ))}
    </Part>
  )
}

/** Values that publishers who do not copy each other agree on. */
export function Overlaps({ part }: { part: HomeValues }) {
  const { t } = useTranslation()
  const all = useShown()
  if (part.count === 0) return null
  return (
    <Part
      title={t('home.overlaps')}
      lead={t('home.overlaps_lead')}
      all={
        <Link to="/observables" search={{ q: part.q }}>
          {all(part.count, part.more)}
        </Link>
      }
    >
      {part.items.map((each) => (
        <li key={each.id ?? each.value}>
          <div className="what">
            <ValueLink value={each} plain />
            <span className="of inline">
              <span>
                {t('observables.known_by', {
                  count: each.publishers,
                  shown: each.publishers.toLocaleString(),
                })}
              </span>
              <RelativeTime at={each.last} />
              <OwnBadge own={each.own} />
              <ListBadges lists={each.lists} />
            </span>
          </div>
          <Score score={each.score} />
        </li>
      ))}
    </Part>
  )
}

/** Sources that bring nothing because something is wrong. */
export function Failing({ part }: { part: HomeSources }) {
  const { t } = useTranslation()
  const all = useShown()
  if (part.count === 0) return null
  return (
    <Part
      title={t('home.failing')}
      lead={t('home.failing_lead')}
      all={
        <Link to="/sources" search={{ status: 'failing' }}>
          {all(part.count, part.more)}
        </Link>
      }
    >
      {part.items.map((each) => (
        <li key={each.id}>
          <div className="what">
            <Link to="/sources/$id" params={{ id: each.id }} className="row-link">
              <bdi>{visible(each.name)}</bdi>
            </Link>
            <span className="of clip" title={each.error}>
              {visible(each.error ?? '')}
            </span>
          </div>
          <span className="muted">
            <RelativeTime at={each.since} />
          </span>
        </li>
      ))}
    </Part>
  )
}
