import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useExportsOf } from '~/api/exporting'
import { EmptyState, ErrorState, Skeleton } from '~/ui/states'
import { Value } from '~/ui/Value'
import { ValueQuestion } from './ValueQuestion'
import { OnBadge, WhyView } from './WhyView'

/** Whether a value is on each of the stable exports, and why. */
export function WhyOnAll(props: { value: string | undefined; onValue: (value: string | undefined) => void }) {
  const { t } = useTranslation()
  const found = useExportsOf(props.value)
  const known = found.data?.[0]?.why.value
  return (
    <div className="asking">
      <ValueQuestion
        value={props.value}
        onValue={props.onValue}
        label={t('exports.why_label')}
        action={t('exports.why_ask')}
      />
      {!props.value ? (
        <p className="muted">{t('exports.why_hint')}</p>
      ) : found.error ? (
        <ErrorState problem={found.error} onRetry={found.refetch} inset />
      ) : !found.data ? (
        <Skeleton width={40} />
      ) : found.data.length === 0 ? (
        <EmptyState title={t('exports.empty')}>{t('exports.empty_why')}</EmptyState>
      ) : (
        <>
          {known ? <Value value={known.value} type={known.type} wrap /> : null}
          {found.data.map(({ item, why }) => (
            <section className="card" key={item.id} aria-label={item.name}>
              <header>
                <h2>
                  <Link to="/exports/$id" params={{ id: item.id }} search={{ value: props.value }}>
                    {item.name}
                  </Link>
                </h2>
                <OnBadge why={why} />
              </header>
              <div className="body">
                <WhyView why={why} />
              </div>
            </section>
          ))}
        </>
      )}
    </div>
  )
}
