import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useCan } from '~/api/session'
import { gridSort, type HomeData, type HomeReports } from './api'

/** The numbers of the day; each opens the table that it counts. */
export function Figures({ data }: { data: HomeData }) {
  const { t } = useTranslation()
  const can = useCan()
  const review = can('intel.review')
  const { overlaps, failing } = data
  return (
    <nav className="home-figures" aria-label={t('home.figures')}>
      <ReportFigure part={data.to_review} text={t('home.figure_to_review')} />
      {review ? <ReportFigure part={data.mine} text={t('home.figure_mine')} /> : null}
      <ReportFigure part={data.assets} text={t('home.figure_assets')} tone="ours" />
      <Link
        to="/observables"
        search={{ q: overlaps.q }}
        className="home-figure"
        data-none={overlaps.count === 0 || undefined}
      >
        <Figure count={overlaps.count} more={overlaps.more} text={t('home.figure_overlaps')} />
      </Link>
      <Link
        to="/sources"
        search={{ status: 'failing' }}
        className={`home-figure ${failing.count > 0 ? 'bad' : ''}`}
        data-none={failing.count === 0 || undefined}
      >
        <Figure count={failing.count} more={failing.more} text={t('home.figure_failing')} />
      </Link>
      <ReportFigure part={data.arrived} text={t('home.figure_arrived')} />
    </nav>
  )
}

function ReportFigure({ part, text, tone }: { part: HomeReports; text: string; tone?: 'ours' }) {
  return (
    <Link
      to="/reports"
      search={{ q: part.q, sort: gridSort(part.sort) }}
      className={`home-figure ${part.count > 0 ? (tone ?? '') : ''}`}
      data-none={part.count === 0 || undefined}
    >
      <Figure count={part.count} text={text} />
    </Link>
  )
}

function Figure({
  count,
  more,
  text,
}: {
  count: number
  more?: boolean | undefined
  text: string
}): ReactNode {
  return (
    <>
      <b className="num">
        {count.toLocaleString()}
        {more ? '+' : ''}
      </b>
      <span>{text}</span>
    </>
  )
}
