import { useVirtualizer } from '@tanstack/react-virtual'
import { type CSSProperties, type MouseEvent, type RefObject, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { Checkbox } from '../Checkbox'
import { densityPreference, usePreference } from '../preferences'
import { Skeleton } from '../states'
import type { GridColumn } from './columns'
import type { DataGridProps } from './DataGrid'
import { GridFoot } from './GridFoot'
import { columnStyle, GridHead } from './GridHead'
import type { Selection } from './selection'
import type { GridCursor } from './useGridCursor'
import type { GridModel } from './useGridTable'

export interface GridViewProps<T extends object> extends DataGridProps<T> {
  base: string
  model: GridModel<T>
  shown: readonly GridColumn<T>[]
  ids: readonly string[]
  selection: Selection
  cursor: GridCursor
  onRowClick: (event: MouseEvent, index: number) => void
  onToggle: (index: number, on: boolean, range: boolean) => void
  onToggleAll: () => void
  scrollTo: RefObject<(index: number) => void>
  pageRows: RefObject<number>
}

const SKELETONS = Array.from({ length: 14 }, (_, i) => i)

/** Rows in columns; only those in sight are in the page. */
export function GridRows<T extends object>(props: GridViewProps<T>) {
  const { pages, model, shown, ids, selection, cursor, base, pageRows, scrollTo } = props
  const scroll = useRef<HTMLDivElement>(null)
  const rowHeight = useRowHeight(scroll)
  const rows = model.table.getRowModel().rows
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => ids[index] ?? index,
    overscan: 12,
    scrollPaddingStart: 30,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes are read anew when the row height changes
  useEffect(() => virtual.measure(), [rowHeight, virtual])
  const items = virtual.getVirtualItems()
  useEffect(() => {
    scrollTo.current = (index) => virtual.scrollToIndex(index, { align: 'auto' })
    pageRows.current = Math.max(1, Math.floor((scroll.current?.clientHeight ?? 400) / rowHeight) - 1)
  })
  const last = items.at(-1)?.index ?? -1
  const { hasMore, loadingMore, loadMore, problem } = pages
  useEffect(() => {
    if (hasMore && !loadingMore && !problem && last >= rows.length - 30) loadMore()
  }, [hasMore, loadingMore, loadMore, problem, last, rows.length])

  const selectable = props.bulk !== undefined
  const width = shown.reduce((sum, c) => sum + columnStyle(c, model).width, selectable ? 38 : 0)
  const all = ids.length > 0 && selection.ids.size === ids.length
  const active = cursor.index >= 0 ? `${base}-${cursor.index}` : undefined
  return (
    <div className="grid-scroll" ref={scroll} data-stale={pages.stale || undefined}>
      <div
        role="grid"
        className="grid-table"
        aria-label={props.label}
        aria-rowcount={pages.total !== undefined ? pages.total + 1 : hasMore ? -1 : rows.length + 1}
        aria-colcount={shown.length + (selectable ? 1 : 0)}
        aria-multiselectable={selectable || undefined}
        aria-busy={pages.loading || pages.stale}
        aria-activedescendant={active}
        tabIndex={0}
        style={{ '--grid-width': `${width}px` } as CSSProperties}
        onFocus={cursor.claim}
        onKeyDown={cursor.onKeyDown}
      >
        <GridHead
          model={model}
          columns={shown}
          sort={props.sort ?? null}
          onSort={props.onSort}
          selectable={selectable}
          allSelected={all}
          someSelected={selection.ids.size > 0}
          onToggleAll={props.onToggleAll}
        />
        <div
          className="grid-body"
          role="rowgroup"
          style={{ height: pages.loading ? SKELETONS.length * rowHeight : virtual.getTotalSize() }}
        >
          {pages.loading
            ? SKELETONS.map((i) => <SkeletonRow key={i} index={i} height={rowHeight} {...props} />)
            : items.map((item) => <Row key={item.key} index={item.index} start={item.start} {...props} />)}
        </div>
      </div>
      <GridFoot pages={pages} />
    </div>
  )
}

function Row<T extends object>(props: GridViewProps<T> & { index: number; start: number }) {
  const { t } = useTranslation()
  const { index, model, shown, ids, selection, cursor } = props
  const row = model.table.getRowModel().rows[index]
  if (!row) return null
  const selected = selection.ids.has(ids[index] ?? '')
  return (
    // The grid itself holds the focus and the keys (aria-activedescendant).
    // biome-ignore lint/a11y/useKeyWithClickEvents: Enter on the grid does what a click on the row does
    <div
      id={`${props.base}-${index}`}
      role="row"
      className="grid-row"
      aria-rowindex={index + 2}
      aria-selected={props.bulk ? selected : undefined}
      data-cursor={cursor.index === index || undefined}
      data-clickable={props.onOpen ? '' : undefined}
      style={{ transform: `translateY(${props.start}px)` }}
      onClick={(event) => props.onRowClick(event, index)}
    >
      {props.bulk ? (
        <div className="grid-td check-cell" role="gridcell" style={{ width: 38 }}>
          <Checkbox
            tabIndex={-1}
            aria-label={t('grid.select_row')}
            checked={selected}
            onToggle={(on, shift) => props.onToggle(index, on, shift)}
          />
        </div>
      ) : null}
      {shown.map((column) => (
        <div
          key={column.id}
          role="gridcell"
          className={`grid-td ${column.align ?? ''}`}
          style={columnStyle(column, model)}
        >
          {column.cell(row.original)}
        </div>
      ))}
    </div>
  )
}

function SkeletonRow<T extends object>(props: GridViewProps<T> & { index: number; height: number }) {
  return (
    <div
      className="grid-row"
      role="row"
      aria-hidden="true"
      style={{ transform: `translateY(${props.index * props.height}px)` }}
    >
      {props.bulk ? <div className="grid-td" role="gridcell" style={{ width: 38 }} /> : null}
      {props.shown.map((column, i) => (
        <div
          key={column.id}
          role="gridcell"
          className={`grid-td ${column.align ?? ''}`}
          style={columnStyle(column, props.model)}
        >
          <Skeleton width={6 + ((props.index * 7 + i * 5) % 14)} />
        </div>
      ))}
    </div>
  )
}

/** The row height of the density in force, from the token --row. */
function useRowHeight(scroll: RefObject<HTMLDivElement | null>): number {
  usePreference(densityPreference)
  if (typeof window === 'undefined') return 34
  const element = scroll.current ?? document.documentElement
  return Number.parseFloat(getComputedStyle(element).getPropertyValue('--row')) || 34
}
