import { useTranslation } from 'react-i18next'
import { Badge } from '~/ui/Badge'
import { Notice } from '~/ui/Notice'
import { codeText } from '~/ui/problemText'
import { ErrorState, Progress } from '~/ui/states'
import { RelativeTime } from '~/ui/time'
import { Value, visible } from '~/ui/Value'
import type { DryItem } from '../api'

const SHOWN = 60

/** What a visit would bring: nothing of it is kept. */
export function DryRun(props: {
  push: boolean
  running: boolean
  items: readonly DryItem[] | undefined
  problem: unknown
  onRetry: () => void
}) {
  const { t } = useTranslation()
  return (
    <section className="dry" aria-label={t('sources.dry_run')} aria-live="polite">
      <h2>{t('sources.dry_run')}</h2>
      <Body {...props} />
    </section>
  )
}

function Body(props: Parameters<typeof DryRun>[0]) {
  const { t } = useTranslation()
  if (props.push) return <p className="muted">{t('sources.dry_push')}</p>
  if (props.running) return <Progress label={t('sources.dry_running')} />
  if (props.problem) return <ErrorState inset problem={props.problem} onRetry={props.onRetry} />
  if (!props.items) return <p className="muted">{t('sources.dry_hint')}</p>
  if (props.items.length === 0) return <p className="muted">{t('sources.dry_nothing')}</p>
  const claims = props.items.reduce((sum, item) => sum + item.claims, 0)
  return (
    <>
      <p className="muted">
        {t('sources.dry_items', { count: props.items.length })} · {t('sources.dry_claims', { count: claims })}
      </p>
      <ol className="dry-items">
        {props.items.map((item) => (
          <li key={item.key}>
            <Item item={item} open={props.items?.length === 1} />
          </li>
        ))}
      </ol>
    </>
  )
}

function Item({ item, open }: { item: DryItem; open: boolean }) {
  const { t } = useTranslation()
  return (
    <details open={open || item.problem !== undefined}>
      <summary>
        <span className="title" title={visible(item.title || item.key)}>
          {visible(item.title || item.key)}
        </span>
        <span className="inline">
          {item.published ? <RelativeTime at={item.published} /> : null}
          {item.problem ? (
            <Badge tone="danger">{t('sources.dry_refused')}</Badge>
          ) : (
            <Badge tone={item.claims > 0 ? 'success' : 'neutral'}>
              {t('sources.dry_claims', { count: item.claims })}
            </Badge>
          )}
        </span>
      </summary>
      {item.title || item.url ? <p className="muted key">{visible(item.url || item.key)}</p> : null}
      {item.problem ? (
        <Notice tone="danger">
          {codeText(item.problem.code, item.problem.params ?? {}) ??
            item.problem.detail ??
            item.problem.title}
        </Notice>
      ) : null}
      {item.refused.slice(0, 5).map((each) => (
        <Notice key={each.place + each.code + each.item} tone="warning">
          {visible(each.place || each.item)}: {codeText(each.code, each.params ?? {}) ?? each.reason}
        </Notice>
      ))}
      {item.sample.length > 0 ? (
        <table className="plain-table">
          <thead>
            <tr>
              <th>{t('observables.type')}</th>
              <th>{t('observables.value')}</th>
            </tr>
          </thead>
          <tbody>
            {item.sample.slice(0, SHOWN).map((claim, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a fixed list; the same may be stated twice
              <tr key={i}>
                <td className="nowrap">
                  <span className="mono">{claim.type}</span>
                </td>
                <td>
                  {claim.values.length > 0 ? (
                    claim.values.map((each) => (
                      <div key={each.type + each.value}>
                        <Value wrap value={each.value} type={each.type} plain />
                      </div>
                    ))
                  ) : (
                    <Value wrap value={claim.stated} type={claim.type} plain />
                  )}
                  {(claim.lists?.length ?? 0) > 0 ? (
                    <Badge tone="warning">{t('known.lists', { count: claim.lists?.length ?? 0 })}</Badge>
                  ) : null}
                  {claim.comment ? <span className="muted"> {visible(claim.comment)}</span> : null}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      {item.claims > SHOWN ? (
        <p className="muted">{t('sources.dry_more', { count: item.claims - SHOWN })}</p>
      ) : null}
      {item.suppressed > 0 ? (
        <p className="muted">{t('sources.dry_suppressed', { count: item.suppressed })}</p>
      ) : null}
    </details>
  )
}
