import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Page } from '~/api/paging'
import { StateBadge, TlpBadge } from '~/ui/Badge'
import { Button } from '~/ui/Button'
import { EmptyState, ErrorState, Skeleton } from '~/ui/states'
import { Value, visible } from '~/ui/Value'
import { call } from '../api'
import { useClaims } from '../review/useClaims'
import type { Claim, Label, Report } from '../types'

interface Grouped {
  id: string
  name: string
  meta_category?: string
  description?: string
  comment?: string
  label: Label
}

const ALL = {}

/** Claims grouped by a template: a file with its hashes, an address with its port. */
export function Objects({ report }: { report: Report }) {
  const { t } = useTranslation()
  const objects = useQuery({
    queryKey: ['objects', report.id],
    queryFn: ({ signal }) =>
      call.get<Page<Grouped>>('/reports/{id}/objects', { path: { id: report.id }, signal }),
  })
  const claims = useClaims(report.id, ALL)
  const byObject = useMemo(() => {
    const out = new Map<string, Claim[]>()
    for (const claim of claims.rows) {
      if (!claim.object) continue
      const list = out.get(claim.object)
      if (list) list.push(claim)
      else out.set(claim.object, [claim])
    }
    return out
  }, [claims.rows])
  if (objects.error) return <ErrorState problem={objects.error} onRetry={() => void objects.refetch()} />
  if (objects.isPending) {
    return (
      <div className="tab-scroll">
        <div className="object-list">
          {[0, 1, 2].map((i) => (
            <div key={i} className="card">
              <header>
                <Skeleton width={22} />
              </header>
            </div>
          ))}
        </div>
      </div>
    )
  }
  const all = objects.data.items
  if (all.length === 0) {
    return <EmptyState title={t('reports.no_objects')}>{t('reports.no_objects_hint')}</EmptyState>
  }
  return (
    <div className="tab-scroll">
      <ul className="object-list">
        {all.map((object) => (
          <li key={object.id} className="card">
            <header>
              <h3>
                {visible(object.name)} <span className="muted">{object.meta_category}</span>
              </h3>
              <TlpBadge level={object.label.tlp} />
            </header>
            <div className="body">
              {object.comment ? <p className="muted">{visible(object.comment)}</p> : null}
              <dl className="facts object-facts">
                {(byObject.get(object.id) ?? []).map((claim) => (
                  <Fact key={claim.id} claim={claim} />
                ))}
              </dl>
            </div>
          </li>
        ))}
      </ul>
      {claims.hasMore ? (
        <Button onClick={claims.loadMore} busy={claims.loadingMore}>
          {t('reports.more_rows')}
        </Button>
      ) : null}
    </div>
  )
}

function Fact({ claim }: { claim: Claim }) {
  const first = claim.values[0]
  return (
    <>
      <dt>{claim.relation || claim.type}</dt>
      <dd className="inline">
        <StateBadge state={claim.state} compact />
        {first ? (
          <>
            <Value value={first.value} type={first.type} struck={claim.state === 'rejected'} />
            {first.id ? (
              <Link
                to="/observables/$id"
                params={{ id: first.id }}
                className="go"
                aria-label={first.defanged}
              >
                →
              </Link>
            ) : null}
          </>
        ) : (
          <span>{visible(claim.stated)}</span>
        )}
      </dd>
    </>
  )
}
