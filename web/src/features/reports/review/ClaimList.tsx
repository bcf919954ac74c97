import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useId, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { CursorPages } from '~/api/paging'
import { GridFoot } from '~/ui/grid/GridFoot'
import { EmptyState, ErrorState, Skeleton } from '~/ui/states'
import type { Claim } from '../types'
import { ClaimRow, type RowActions } from './ClaimRow'

const SKELETONS = Array.from({ length: 9 }, (_, i) => i)
const ROW = 47

/** The claims of a report, any number of them: only those in sight are in the page. */
export function ClaimList(props: {
  pages: CursorPages<Claim>
  activeId: string | undefined
  selected: ReadonlySet<string>
  mayReview: boolean
  actions: RowActions
  filtered: boolean
  onFocus: () => void
  /** Moves by rows; beyond an end means that end. */
  onMove: (by: number) => void
  onClearFilter: () => void
}) {
  const { t } = useTranslation()
  const { pages, activeId, selected } = props
  const { rows, hasMore, loadingMore, loadMore, problem } = pages
  const base = useId()
  const scroll = useRef<HTMLDivElement>(null)
  const active = activeId === undefined ? -1 : rows.findIndex((claim) => claim.id === activeId)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 8,
  })
  const items = virtual.getVirtualItems()
  const last = items.at(-1)?.index ?? -1
  // Only a row that is in the page can be pointed at.
  const shown = items.some((item) => item.index === active)
  useEffect(() => {
    if (hasMore && !loadingMore && !problem && last >= rows.length - 60) loadMore()
  }, [hasMore, loadingMore, loadMore, problem, last, rows.length])
  useEffect(() => {
    if (active >= 0) virtual.scrollToIndex(active, { align: 'auto' })
  }, [active, virtual])

  if (problem && rows.length === 0) return <ErrorState problem={problem} onRetry={pages.retry} />
  if (!pages.loading && rows.length === 0) {
    return props.filtered ? (
      <EmptyState
        title={t('review.none_match')}
        actions={
          <button type="button" className="btn" onClick={props.onClearFilter}>
            {t('query.clear')}
          </button>
        }
      />
    ) : (
      <EmptyState title={t('review.none')}>{t('review.none_hint')}</EmptyState>
    )
  }
  return (
    <div
      ref={scroll}
      className="claim-scroll"
      data-stale={pages.stale || undefined}
      role="grid"
      aria-label={t('review.claims')}
      aria-rowcount={hasMore ? -1 : rows.length}
      aria-multiselectable
      aria-busy={pages.loading}
      aria-activedescendant={shown ? `${base}-${active}` : undefined}
      tabIndex={0}
      onFocus={props.onFocus}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return
        const page = Math.max(1, Math.floor(event.currentTarget.clientHeight / ROW) - 1)
        const moves: Record<string, number> = {
          ArrowDown: 1,
          ArrowUp: -1,
          PageDown: page,
          PageUp: -page,
          Home: -rows.length,
          End: rows.length,
        }
        const by = moves[event.key]
        if (by === undefined) return
        event.preventDefault()
        props.onMove(by)
      }}
    >
      {pages.loading ? (
        SKELETONS.map((i) => (
          <div key={i} className="claim-skeleton" aria-hidden="true">
            <Skeleton width={18 + ((i * 7) % 12)} />
            <Skeleton width={38 + ((i * 11) % 20)} />
          </div>
        ))
      ) : (
        <div role="rowgroup" className="claim-body" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const claim = rows[item.index]
            if (!claim) return null
            return (
              <div
                key={item.key}
                role="presentation"
                className="claim-place"
                data-index={item.index}
                ref={virtual.measureElement}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <ClaimRow
                  id={`${base}-${item.index}`}
                  claim={claim}
                  index={item.index}
                  active={item.index === active}
                  selected={selected.has(claim.id)}
                  choosing={selected.size > 0}
                  mayReview={props.mayReview}
                  actions={props.actions}
                />
              </div>
            )
          })}
        </div>
      )}
      <GridFoot pages={pages} />
    </div>
  )
}
