import type { useTranslation } from 'react-i18next'
import { Badge } from '~/ui/Badge'
import type { GridColumn } from '~/ui/grid/columns'
import { RelativeTime } from '~/ui/time'
import { visible } from '~/ui/Value'
import type { Item } from './api'
import { reasonOf } from './reason'

export function itemColumns(t: ReturnType<typeof useTranslation>['t']): GridColumn<Item>[] {
  return [
    {
      id: 'item',
      header: t('quarantine.item'),
      width: 260,
      grow: true,
      fixed: true,
      card: 'title',
      cell: (row) => <span title={row.item}>{visible(row.item || row.place || row.id)}</span>,
    },
    {
      id: 'reason',
      header: t('quarantine.reason'),
      width: 380,
      grow: true,
      cardBare: true,
      cell: (row) => <Reason item={row} />,
    },
    {
      id: 'stage',
      header: t('quarantine.stage'),
      width: 100,
      cardBare: true,
      cell: (row) => <Badge>{t(`quarantine.stage_${row.stage}`)}</Badge>,
    },
    {
      id: 'source',
      header: t('reports.source'),
      width: 160,
      cell: (row) => <span title={row.source_name}>{visible(row.source_name ?? '–')}</span>,
    },
    {
      id: 'place',
      header: t('quarantine.place'),
      width: 140,
      card: 'none',
      cell: (row) => <span title={row.place}>{visible(row.place)}</span>,
    },
    {
      id: 'code',
      header: t('quarantine.code'),
      width: 150,
      hidden: true,
      cell: (row) => <code>{row.code}</code>,
    },
    {
      id: 'created',
      header: t('quarantine.when'),
      width: 118,
      cell: (row) => <RelativeTime at={row.created} />,
    },
    {
      id: 'state',
      header: t('quarantine.state'),
      width: 100,
      hidden: true,
      cell: (row) => t(`quarantine.state_${row.state}`),
    },
  ]
}

/** In the language at hand: a cell is drawn again when it changes. */
function Reason({ item }: { item: Item }) {
  const text = reasonOf(item)
  return <span title={text}>{text}</span>
}
