import { useTranslation } from 'react-i18next'
import { Problem } from '~/api/problem'
import { Badge } from '~/ui/Badge'
import { Notice } from '~/ui/Notice'
import { problemText } from '~/ui/problemText'
import { visible } from '~/ui/Value'
import type { PreviewItem } from './send'

const SHOWN = 200

/** What would come in, without anything being kept. */
export function Preview({ items, more }: { items: readonly PreviewItem[]; more: boolean }) {
  const { t } = useTranslation()
  return (
    <section className="preview" aria-label={t('drop.preview')} aria-live="polite">
      {items.map((item, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two files may have one name
        <div key={i} className="preview-item">
          <h3>{visible(item.title || item.name || t('reports.untitled'))}</h3>
          {item.code ? (
            <Notice tone="warning">
              {problemText(
                new Problem({
                  status: 400,
                  code: item.code,
                  detail: item.message ?? '',
                  params: item.params ?? {},
                }),
              )}
            </Notice>
          ) : (
            <>
              <p className="inline">
                <b>{t('drop.found', { count: item.claims.length })}</b>
                {types(item).map(([type, n]) => (
                  <Badge key={type}>
                    {type} {n}
                  </Badge>
                ))}
                {item.suppressed > 0 ? (
                  <span className="muted">{t('drop.suppressed', { count: item.suppressed })}</span>
                ) : null}
              </p>
              <ul className="preview-values">
                {item.claims.slice(0, SHOWN).map((claim, at) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a list may state a value twice
                  <li key={at}>
                    <span className="claim-type">{claim.type}</span>
                    <bdi className="mono">{visible(claim.defanged)}</bdi>
                    {claim.own ? <Badge tone="danger">{t('review.own')}</Badge> : null}
                    {claim.listed ? <Badge tone="warning">{t('drop.listed')}</Badge> : null}
                  </li>
                ))}
              </ul>
              {item.claims.length > SHOWN ? (
                <p className="muted">{t('drop.more_values', { count: item.claims.length - SHOWN })}</p>
              ) : null}
            </>
          )}
          {item.refused.length > 0 ? (
            <Notice tone="warning">
              {t('drop.refused', { count: item.refused.length })}{' '}
              {item.refused
                .slice(0, 3)
                .map((each) => `${visible(each.value)}: ${each.message ?? each.code ?? ''}`)
                .join('; ')}
            </Notice>
          ) : null}
        </div>
      ))}
      {more ? <p className="muted">{t('drop.preview_part')}</p> : null}
    </section>
  )
}

function types(item: PreviewItem): [string, number][] {
  const counts = new Map<string, number>()
  for (const claim of item.claims) counts.set(claim.type, (counts.get(claim.type) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1]).slice(0, 8)
}
