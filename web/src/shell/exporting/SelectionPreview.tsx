import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { countExport, heldQuery, type Selection, useSettled } from '~/api/exporting'
import { Problem } from '~/api/problem'
import { Notice } from '~/ui/Notice'
import { problemText } from '~/ui/problemText'
import { Skeleton } from '~/ui/states'
import './exporting.css'

/** The reasons in the order in which the server looks for them. */
const REASONS = [
  'ceiling',
  'rejected',
  'proposed',
  'not_to_ids',
  'expired',
  'no_value',
  'listed',
  'own',
  'query',
] as const
export type HeldReason = (typeof REASONS)[number]

export function isHeldReason(reason: string | undefined): reason is HeldReason {
  return REASONS.some((each) => each === reason)
}

/** How much would leave now, and what is held back and why; each number opens its rows. */
export function SelectionPreview({ selection, onLeave }: { selection: Selection; onLeave?: () => void }) {
  const { t } = useTranslation()
  const settled = useSettled(selection)
  const counts = useQuery({
    queryKey: ['exports', 'count', settled],
    queryFn: ({ signal }) => countExport(settled, signal),
    placeholderData: (before) => before,
    staleTime: 10_000,
    retry: false,
  })
  if (counts.error) {
    return <Notice tone="danger">{problemText(Problem.from(counts.error))}</Notice>
  }
  const held = REASONS.filter((reason) => (counts.data?.held[reason] ?? 0) > 0)
  const old = counts.isPlaceholderData || settled !== selection
  return (
    <section className="leaving" aria-live="polite" aria-busy={old} data-stale={old || undefined}>
      <p className="leaves">
        {counts.data ? (
          <>
            <b className="num">{counts.data.rows.toLocaleString()}</b>{' '}
            {t('exports.leave', { count: counts.data.rows })}
          </>
        ) : (
          <Skeleton width={18} />
        )}
      </p>
      {counts.data && held.length > 0 ? (
        <dl>
          {held.map((reason) => {
            const q = heldQuery(settled, reason)
            const count = (counts.data.held[reason] ?? 0).toLocaleString()
            return (
              <div key={reason}>
                <dt>{t(`held.${reason}`)}</dt>
                <dd className="num">
                  {q ? (
                    <Link to="/observables" search={{ q }} {...(onLeave ? { onClick: onLeave } : {})}>
                      {count}
                    </Link>
                  ) : (
                    count
                  )}
                </dd>
              </div>
            )
          })}
        </dl>
      ) : counts.data ? (
        <p className="muted">{t('exports.none_held')}</p>
      ) : null}
    </section>
  )
}
