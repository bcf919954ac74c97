import { useQuery } from '@tanstack/react-query'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCursorPages } from '~/api/paging'
import { Badge } from '~/ui/Badge'
import { Drawer } from '~/ui/Dialog'
import { FilterText } from '~/ui/Filters'
import { Notice } from '~/ui/Notice'
import { ErrorState, Skeleton } from '~/ui/states'
import { RelativeTime } from '~/ui/time'
import { visible } from '~/ui/Value'
import { getPack, listEntries, listSkipped, type Pack, packsKey } from './api'

/** One pack: what it says of itself, and its entries. */
export function PackDrawer({ id, onClose }: { id: string | undefined; onClose: () => void }) {
  const query = useQuery({
    queryKey: [...packsKey, 'one', id],
    enabled: id !== undefined,
    queryFn: ({ signal }) => getPack(id ?? '', signal),
  })
  const pack = query.data
  return (
    <Drawer
      open={id !== undefined}
      onClose={onClose}
      title={pack ? visible(pack.title || pack.name) : '…'}
      description={pack?.description ? visible(pack.description) : undefined}
      width={620}
    >
      {query.error ? <ErrorState inset problem={query.error} onRetry={query.refetch} /> : null}
      {pack ? <Details key={pack.id} pack={pack} /> : query.isPending && id ? <Skeleton width={40} /> : null}
    </Drawer>
  )
}

function Details({ pack }: { pack: Pack }) {
  const { t } = useTranslation()
  return (
    <div className="pack">
      <dl className="facts">
        <dt>{t('packs.kind')}</dt>
        <dd className="inline">
          {t(`packs.kind_${pack.kind}`)}
          <Badge tone={pack.enabled ? 'success' : 'neutral'}>
            {t(pack.enabled ? 'packs.on' : 'packs.off')}
          </Badge>
        </dd>
        <dt>{t('packs.file')}</dt>
        <dd>
          <code>{visible(pack.name)}</code>
        </dd>
        {pack.category ? (
          <>
            <dt>{t('packs.category')}</dt>
            <dd>{t(`packs.category_${pack.category}_long`)}</dd>
          </>
        ) : null}
        {pack.match ? (
          <>
            <dt>{t('packs.match')}</dt>
            <dd>
              <code>{pack.match}</code>
              {pack.matching && pack.matching.length > 0 ? (
                <span className="muted"> {pack.matching.join(', ')}</span>
              ) : null}
            </dd>
          </>
        ) : null}
        <dt>{t('packs.version')}</dt>
        <dd>
          {pack.version} · <RelativeTime at={pack.installed} />
        </dd>
      </dl>
      {pack.kind === 'warninglist' ? <Skipped pack={pack} /> : null}
      <Entries pack={pack} />
    </div>
  )
}

function Skipped({ pack }: { pack: Pack }) {
  const { t } = useTranslation()
  const query = useQuery({
    queryKey: [...packsKey, 'skipped'],
    queryFn: async ({ signal }) => (await listSkipped(signal)).items,
  })
  const mine = (query.data ?? []).filter((each) => each.list === pack.id)
  if (mine.length === 0) return null
  return (
    <Notice tone="warning">
      {t('packs.skipped', { count: mine.length })}
      <ul className="skipped">
        {mine.slice(0, 5).map((each) => (
          <li key={each.entry}>
            <code>{visible(each.entry)}</code> – {each.reason}
          </li>
        ))}
      </ul>
    </Notice>
  )
}

function Entries({ pack }: { pack: Pack }) {
  const { t } = useTranslation()
  const [q, setQ] = useState('')
  const box = useRef<HTMLUListElement>(null)
  const pages = useCursorPages<string>({
    key: [...packsKey, 'entries', pack.id, q],
    fetchPage: (cursor, signal) => listEntries(pack.id, q, cursor, signal),
  })
  const rows = useVirtualizer({
    count: pages.rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => 24,
    overscan: 20,
  })
  const items = rows.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  const { hasMore, loadMore } = pages
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again when the end comes near
  useEffect(() => {
    if (hasMore && last >= pages.rows.length - 20) loadMore()
  }, [last, hasMore, pages.rows.length])
  return (
    <section className="entries">
      <div className="inline spread">
        <h3>
          {t('packs.entries')} <span className="muted num">{pages.total?.toLocaleString()}</span>
        </h3>
        <FilterText value={q} onValue={setQ} label={t('packs.find_entry')} />
      </div>
      {pages.problem && pages.rows.length === 0 ? (
        <ErrorState inset problem={pages.problem} onRetry={pages.retry} />
      ) : pages.loading ? (
        <Skeleton width={30} />
      ) : pages.rows.length === 0 ? (
        <p className="muted">{t('packs.no_entries')}</p>
      ) : (
        <ul ref={box} className="entry-box" aria-label={t('packs.entries')} tabIndex={0}>
          <li aria-hidden="true" style={{ height: rows.getTotalSize() }} />
          {items.map((item) => (
            <li key={item.key} className="entry" style={{ transform: `translateY(${item.start}px)` }}>
              {visible(pages.rows[item.index] ?? '')}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
