import type { useTranslation } from 'react-i18next'
import type { Lookup } from '~/api/intel'
import { Badge } from '~/ui/Badge'
import type { GridColumn } from '~/ui/grid/columns'
import { ExpiredBadge, ListBadges, OwnBadge } from '~/ui/known/badges'
import { Score } from '~/ui/known/Score'
import { StateCounts } from '~/ui/known/StateCounts'
import { ValueLink } from '~/ui/known/ValueLink'
import { RelativeTime } from '~/ui/time'
import { standing } from './list'

type T = ReturnType<typeof useTranslation>['t']

const none = <span className="muted">–</span>
const figure = (n: number) => (n > 0 ? <span className="num">{n.toLocaleString()}</span> : none)

/** The columns of a looked-up list. */
export function listColumns(t: T): GridColumn<Lookup>[] {
  return [
    {
      id: 'value',
      header: t('observables.value'),
      sort: 'value',
      width: 300,
      grow: true,
      fixed: true,
      card: 'title',
      cell: (row) => <ValueLink value={row} />,
    },
    {
      id: 'type',
      header: t('observables.type'),
      sort: 'type',
      width: 118,
      cardBare: true,
      cell: (row) => (row.code ? none : <span className="nowrap muted">{row.type}</span>),
    },
    {
      id: 'known',
      header: t('search.known'),
      width: 108,
      cardBare: true,
      cell: (row) => {
        const state = standing(row)
        return (
          <Badge tone={state === 'known' ? 'info' : state === 'bad' ? 'warning' : 'neutral'}>
            {t(`search.is_${state}`)}
          </Badge>
        )
      },
    },
    {
      id: 'score',
      header: t('known.score'),
      sort: 'score',
      width: 104,
      cell: (row) => (row.known ? <Score score={row.score} /> : none),
    },
    {
      id: 'publishers',
      header: t('observables.publishers'),
      sort: 'publishers',
      width: 92,
      align: 'end',
      cell: (row) => figure(row.publishers),
    },
    {
      id: 'reports',
      header: t('observables.reports'),
      sort: 'reports',
      width: 78,
      align: 'end',
      cell: (row) => figure(row.reports),
    },
    {
      id: 'last',
      header: t('observables.last'),
      sort: 'last',
      width: 104,
      cell: (row) => <RelativeTime at={row.last} />,
    },
    {
      id: 'lists',
      header: t('search.warninglist'),
      width: 150,
      cell: (row) => (row.lists && row.lists.length > 0 ? <ListBadges lists={row.lists} /> : none),
    },
    {
      id: 'own',
      header: t('known.own'),
      width: 82,
      cell: (row) => (row.own ? <OwnBadge own={row.own} /> : none),
    },
    {
      id: 'states',
      header: t('observables.review'),
      width: 130,
      card: 'none',
      cell: (row) => (
        <span className="inline flags">
          <StateCounts states={row.states} />
          <ExpiredBadge expired={row.expired} />
        </span>
      ),
    },
    {
      id: 'asked',
      header: t('search.asked'),
      width: 200,
      hidden: true,
      card: 'none',
      cell: (row) => <bdi className="mono">{row.asked}</bdi>,
    },
  ]
}
