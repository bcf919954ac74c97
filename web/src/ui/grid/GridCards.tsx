import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { Checkbox } from '../Checkbox'
import { Skeleton } from '../states'
import { GridFoot } from './GridFoot'
import type { GridViewProps } from './GridRows'

/** The same rows where there is no room for columns: a card each. */
export function GridCards<T extends object>(props: GridViewProps<T>) {
  const { pages, ids, scrollTo } = props
  const scroll = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: pages.rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => 74,
    getItemKey: (index) => ids[index] ?? index,
    overscan: 8,
  })
  const items = virtual.getVirtualItems()
  useEffect(() => {
    scrollTo.current = (index) => virtual.scrollToIndex(index, { align: 'auto' })
  })
  const last = items.at(-1)?.index ?? -1
  const { hasMore, loadingMore, loadMore, problem } = pages
  useEffect(() => {
    if (hasMore && !loadingMore && !problem && last >= pages.rows.length - 15) loadMore()
  }, [hasMore, loadingMore, loadMore, problem, last, pages.rows.length])
  return (
    <div className="grid-scroll" ref={scroll} tabIndex={0} data-stale={pages.stale || undefined}>
      {pages.loading ? (
        <div className="grid-cards">
          {[0, 1, 2, 3, 4, 5].map((i) => (
            <div className="grid-card" key={i}>
              <div className="content">
                <Skeleton width={26} />
                <Skeleton width={18} />
              </div>
            </div>
          ))}
        </div>
      ) : (
        <ul className="grid-cards" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {items.map((item) => (
            <li
              key={item.key}
              data-index={item.index}
              ref={virtual.measureElement}
              style={{ position: 'absolute', insetInline: 0, transform: `translateY(${item.start}px)` }}
            >
              <Card index={item.index} {...props} />
            </li>
          ))}
        </ul>
      )}
      <GridFoot pages={pages} />
    </div>
  )
}

function Card<T extends object>(props: GridViewProps<T> & { index: number }) {
  const { t } = useTranslation()
  const { index, selection, ids, shown } = props
  const row = props.pages.rows[index]
  if (!row) return null
  const selected = selection.ids.has(ids[index] ?? '')
  const title = shown.filter((column) => column.card === 'title')
  const lines = shown.filter((column) => (column.card ?? 'line') === 'line')
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the title inside is the control; the card only widens it
    // biome-ignore lint/a11y/useKeyWithClickEvents: see above
    <div
      className="grid-card"
      data-selected={selected || undefined}
      onClick={(event) => props.onRowClick(event, index)}
    >
      {props.bulk ? (
        <Checkbox
          aria-label={t('grid.select_row')}
          checked={selected}
          onToggle={(on, shift) => props.onToggle(index, on, shift)}
        />
      ) : null}
      <div className="content">
        {title.map((column) => (
          <div className="title" key={column.id}>
            {column.cell(row)}
          </div>
        ))}
        <div className="line">
          {lines.map((column) => {
            const cell = column.cell(row)
            if (cell === null || cell === undefined || cell === '') return null
            return (
              <span key={column.id}>
                {column.cardBare ? null : <span className="of">{column.header}</span>}
                {cell}
              </span>
            )
          })}
        </div>
      </div>
    </div>
  )
}
