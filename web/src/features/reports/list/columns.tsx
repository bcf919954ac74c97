import { Link } from '@tanstack/react-router'
import type { useTranslation } from 'react-i18next'
import { Badge, type Pain, PainLevel, TlpBadge } from '~/ui/Badge'
import type { GridColumn } from '~/ui/grid/columns'
import { Asset } from '~/ui/icons'
import { Tag } from '~/ui/Tag'
import { Tip } from '~/ui/Tooltip'
import { RelativeTime, ThreeDates } from '~/ui/time'
import { visible } from '~/ui/Value'
import { Counts } from '../Counts'
import { ProgressBadge } from '../ProgressBadge'
import { usePersonName } from '../people'
import { titleOf } from '../titles'
import type { Report } from '../types'

type T = ReturnType<typeof useTranslation>['t']

/** The columns of the list of reports; `sort` names are the API's. */
export function reportColumns(t: T): GridColumn<Report>[] {
  return [
    {
      id: 'title',
      header: t('reports.title'),
      grow: true,
      width: 250,
      minWidth: 160,
      fixed: true,
      card: 'title',
      cell: (row) => (
        <Link
          to="/reports/$id"
          params={{ id: row.id }}
          className={`report-title ${row.deleted ? 'struck' : ''}`}
          title={titleOf(row, t)}
          tabIndex={-1}
        >
          {titleOf(row, t)}
        </Link>
      ),
    },
    {
      id: 'publisher',
      header: t('reports.publisher'),
      width: 112,
      cell: (row) => <span title={row.source_name}>{visible(row.publisher || row.source_name)}</span>,
    },
    {
      id: 'progress',
      header: t('reports.progress'),
      width: 104,
      cardBare: true,
      cell: (row) => <ProgressBadge progress={row.progress} />,
    },
    {
      id: 'claims',
      header: t('reports.claims'),
      width: 122,
      cardBare: true,
      cell: (row) => <Counts counts={row.counts} />,
    },
    {
      id: 'pain',
      header: t('reports.pain'),
      width: 58,
      card: 'none',
      cell: (row) =>
        row.counts && row.counts.pain > 0 ? <PainLevel level={row.counts.pain as Pain} /> : null,
    },
    {
      id: 'own',
      header: t('reports.own'),
      width: 60,
      cardBare: true,
      cell: (row) =>
        row.counts && row.counts.own > 0 ? (
          <Tip text={t('reports.own_hits', { count: row.counts.own })}>
            <span>
              <Badge tone="warning" icon={<Asset className="icon" aria-hidden="true" />}>
                {row.counts.own.toLocaleString()}
              </Badge>
            </span>
          </Tip>
        ) : null,
    },
    {
      id: 'tlp',
      header: 'TLP',
      width: 104,
      cardBare: true,
      cell: (row) => <TlpBadge level={row.label.tlp} />,
    },
    {
      id: 'published',
      header: t('reports.col_published'),
      width: 112,
      sort: 'published',
      cardBare: true,
      cell: (row) => <ThreeDates published={row.published} observed={row.observed} arrived={row.created} />,
    },
    {
      id: 'arrived',
      header: t('reports.col_arrived'),
      width: 112,
      sort: 'arrived',
      hidden: true,
      card: 'none',
      cell: (row) => <RelativeTime at={row.created} />,
    },
    {
      id: 'assignee',
      header: t('reports.assignee'),
      width: 110,
      hidden: true,
      cell: (row) => (row.assignee ? <Assignee id={row.assignee} /> : null),
    },
    {
      id: 'tags',
      header: t('reports.tags'),
      width: 118,
      cardBare: true,
      cell: (row) => (row.tags.length > 0 ? <Tags tags={row.tags} /> : null),
    },
    {
      id: 'kind',
      header: t('reports.kind'),
      width: 90,
      hidden: true,
      cell: (row) => t(`reports.kind_${row.kind}`),
    },
    {
      id: 'lang',
      header: t('reports.lang'),
      width: 70,
      hidden: true,
      cell: (row) => <span className="muted">{row.lang}</span>,
    },
    {
      id: 'source',
      header: t('reports.source'),
      width: 150,
      hidden: true,
      cell: (row) => <span title={row.source_name}>{row.source_name}</span>,
    },
  ]
}

function Assignee({ id }: { id: string }) {
  const name = usePersonName(id)
  return <span title={name}>{name}</span>
}

/** As many tags as one line takes; the rest are a number with its names on hover. */
function Tags({ tags }: { tags: Report['tags'] }) {
  const shown = tags.slice(0, 2)
  const rest = tags.slice(2)
  return (
    <span className="tag-line">
      {shown.map((tag) => (
        <Tag key={tag.name} text={tag.name} colour={tag.colour} />
      ))}
      {rest.length > 0 ? (
        <Tip text={rest.map((tag) => tag.name).join(', ')}>
          <span className="muted num">+{rest.length}</span>
        </Tip>
      ) : null}
    </span>
  )
}
