import type { useTranslation } from 'react-i18next'
import type { Summary } from '~/api/intel'
import type { GridColumn } from '~/ui/grid/columns'
import { ExpiredBadge, ListBadges, OwnBadge } from '~/ui/known/badges'
import { Score } from '~/ui/known/Score'
import { StateCounts } from '~/ui/known/StateCounts'
import { ValueLink } from '~/ui/known/ValueLink'
import { RelativeTime } from '~/ui/time'

type T = ReturnType<typeof useTranslation>['t']

const figure = (n: number | undefined) =>
  n ? <span className="num">{n.toLocaleString()}</span> : <span className="muted">–</span>

/** The columns of a table of values. */
export function summaryColumns(t: T): GridColumn<Summary>[] {
  return [
    {
      id: 'value',
      header: t('observables.value'),
      width: 280,
      grow: true,
      fixed: true,
      card: 'title',
      cell: (row) => <ValueLink value={row} />,
    },
    {
      id: 'type',
      header: t('observables.type'),
      width: 116,
      cardBare: true,
      cell: (row) => <span className="nowrap muted">{row.type}</span>,
    },
    { id: 'score', header: t('known.score'), width: 104, cell: (row) => <Score score={row.score} /> },
    {
      id: 'publishers',
      header: t('observables.publishers'),
      width: 92,
      align: 'end',
      cell: (row) => figure(row.publishers),
    },
    {
      id: 'reports',
      header: t('observables.reports'),
      width: 78,
      align: 'end',
      cell: (row) => figure(row.reports),
    },
    {
      id: 'states',
      header: t('observables.review'),
      width: 116,
      cell: (row) => <StateCounts states={row.states} />,
    },
    {
      id: 'flags',
      header: t('observables.flags'),
      width: 150,
      cardBare: true,
      cell: (row) => (
        <span className="inline flags">
          <OwnBadge own={row.own} />
          <ListBadges lists={row.lists} />
          <ExpiredBadge expired={row.expired} />
        </span>
      ),
    },
    { id: 'last', header: t('observables.last'), width: 104, cell: (row) => <RelativeTime at={row.last} /> },
    {
      id: 'first',
      header: t('observables.first'),
      width: 104,
      hidden: true,
      card: 'none',
      cell: (row) => <RelativeTime at={row.first} />,
    },
    {
      id: 'claims',
      header: t('observables.claims'),
      width: 80,
      align: 'end',
      hidden: true,
      card: 'none',
      cell: (row) => figure(row.claims),
    },
    {
      id: 'sightings',
      header: t('observables.sightings'),
      width: 90,
      align: 'end',
      hidden: true,
      card: 'none',
      cell: (row) => figure(row.sightings),
    },
  ]
}
