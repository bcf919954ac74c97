import { Link } from '@tanstack/react-router'
import type { useTranslation } from 'react-i18next'
import { TlpBadge } from '~/ui/Badge'
import type { GridColumn } from '~/ui/grid/columns'
import { Tag } from '~/ui/Tag'
import { RelativeTime } from '~/ui/time'
import { visible } from '~/ui/Value'
import type { Source } from '../api'
import { ScheduleText } from '../form/ScheduleField'
import { HealthBadge } from '../Health'
import { KindName } from '../KindName'

type T = ReturnType<typeof useTranslation>['t']
type Tlp = 'clear' | 'green' | 'amber' | 'amber+strict' | 'red' | ''

export function sourceColumns(t: T): GridColumn<Source>[] {
  return [
    {
      id: 'name',
      header: t('sources.name'),
      width: 190,
      grow: true,
      fixed: true,
      card: 'title',
      cell: (row) => (
        <Link to="/sources/$id" params={{ id: row.id }} className="row-link" title={row.name} tabIndex={-1}>
          {visible(row.name)}
        </Link>
      ),
    },
    {
      id: 'status',
      header: t('sources.status'),
      width: 104,
      cardBare: true,
      cell: (row) => <HealthBadge source={row} />,
    },
    {
      id: 'error',
      header: t('sources.last_error'),
      width: 200,
      grow: true,
      cell: (row) =>
        row.health.error || row.state.last_error ? (
          <span className="danger-text" title={row.health.error || row.state.last_error}>
            {visible(row.health.error || row.state.last_error || '')}
          </span>
        ) : null,
    },
    {
      id: 'last_run',
      header: t('sources.last_run'),
      width: 104,
      cell: (row) => <RelativeTime at={row.state.last_run} />,
    },
    {
      id: 'next_run',
      header: t('sources.next_run'),
      width: 104,
      cell: (row) =>
        row.enabled && row.state.next_run ? (
          <RelativeTime at={row.state.next_run} />
        ) : (
          <span className="muted">–</span>
        ),
    },
    {
      id: 'last_item',
      header: t('sources.last_item'),
      width: 104,
      cell: (row) => <RelativeTime at={row.state.last_item} />,
    },
    { id: 'kind', header: t('sources.kind'), width: 150, cell: (row) => <KindName kind={row.kind} /> },
    {
      id: 'schedule',
      header: t('schedule.label'),
      width: 150,
      hidden: true,
      card: 'none',
      cell: (row) => <ScheduleText value={row.schedule} />,
    },
    {
      id: 'publisher',
      header: t('sources.publisher'),
      width: 150,
      hidden: true,
      card: 'none',
      cell: (row) => <span title={row.publisher}>{visible(row.publisher)}</span>,
    },
    {
      id: 'reliability',
      header: t('sources.grade'),
      width: 64,
      card: 'none',
      cell: (row) => <span title={t(`sources.grade_${gradeOf(row)}`)}>{gradeOf(row)}</span>,
    },
    {
      id: 'accept',
      header: t('sources.accept'),
      width: 130,
      hidden: true,
      cell: (row) => t(`sources.accept_${row.accept}`),
    },
    {
      id: 'tlp',
      header: 'TLP',
      width: 108,
      hidden: true,
      cardBare: true,
      cell: (row) => <TlpBadge level={(row.claim_label.tlp ?? '') as Tlp} />,
    },
    {
      id: 'tags',
      header: t('sources.tags'),
      width: 150,
      card: 'none',
      hidden: true,
      cell: (row) => (
        <span className="inline nowrap">
          {row.tags.map((tag) => (
            <Tag key={tag} text={tag} />
          ))}
        </span>
      ),
    },
  ]
}

const GRADES = ['A', 'B', 'C', 'D', 'E', 'F'] as const

/** The Admiralty grade; whatever else a newer server says counts as "cannot be judged". */
export function gradeOf(source: Source): (typeof GRADES)[number] {
  return GRADES.find((each) => each === source.reliability) ?? 'F'
}
