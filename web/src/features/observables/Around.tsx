import { useTranslation } from 'react-i18next'
import { useCursorPages } from '~/api/paging'
import { Button } from '~/ui/Button'
import { ValueLink } from '~/ui/known/ValueLink'
import { ErrorState, Skeleton } from '~/ui/states'
import { listAround, type Observable, observableKey, type Relation, type Relative } from './api'

const NAMES = new Set(['domain-name', 'hostname', 'url', 'email-addr'])

/** The relations that a value of a type can have, in the order in which they say most. */
export function relationsOf(type: string): Relation[] {
  const out: Relation[] = []
  if (type.startsWith('file')) out.push('same_file')
  if (NAMES.has(type)) out.push('domain')
  if (type.startsWith('ipv')) out.push('containing', 'inside')
  return [...out, 'siblings']
}

/** Values that belong to this one: same file, same domain, networks, the same reports. */
export function Around({ item }: { item: Observable }) {
  const relations = relationsOf(item.type)
  return (
    <div className="side-stack">
      {relations.map((relation) => (
        <Related key={relation} id={item.id} relation={relation} />
      ))}
    </div>
  )
}

function Related({ id, relation }: { id: string; relation: Relation }) {
  const { t } = useTranslation()
  const pages = useCursorPages<Relative>({
    key: [...observableKey(id), 'around', relation],
    fetchPage: (cursor, signal) => listAround(id, relation, cursor, signal),
  })
  return (
    <section className="related" aria-label={t(`around.${relation}`)}>
      <h4 title={t(`around.${relation}_hint`)}>{t(`around.${relation}`)}</h4>
      {pages.problem && pages.rows.length === 0 ? (
        <ErrorState problem={pages.problem} onRetry={pages.retry} inset />
      ) : pages.loading ? (
        <Skeleton width={24} />
      ) : pages.rows.length === 0 ? (
        <p className="muted">{t('around.none')}</p>
      ) : (
        <>
          <ul>
            {pages.rows.map((each) => (
              <li key={each.id ?? each.value}>
                <ValueLink value={each} plain />
                <span className="muted num" title={t('around.reports', { count: each.reports })}>
                  <span className="sr-only">{t('around.reports', { count: each.reports })}</span>
                  <span aria-hidden="true">{each.reports.toLocaleString()}</span>
                </span>
              </li>
            ))}
          </ul>
          {pages.hasMore ? (
            <Button small tone="quiet" busy={pages.loadingMore} onClick={pages.loadMore}>
              {t('observables.more')}
            </Button>
          ) : null}
        </>
      )}
    </section>
  )
}
