import { type DragEvent, type KeyboardEvent, type PointerEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Checkbox } from '../Checkbox'
import { SortDown, SortUp } from '../icons'
import { type GridColumn, type GridSort, moveBefore, nextSort } from './columns'
import type { GridModel } from './useGridTable'

const STEP = 16
const MAX_WIDTH = 2000
const DRAG_TYPE = 'text/vedette-column'

export function columnStyle<T extends object>(column: GridColumn<T>, model: GridModel<T>) {
  const width = model.table.getColumn(column.id)?.getSize() ?? column.width ?? 140
  const grows = column.grow && model.widths[column.id] === undefined
  return { flex: `${grows ? 1 : 0} 0 ${width}px`, width }
}

/** The headings: sort on click, resize at the edge, drag to another place. */
export function GridHead<T extends object>(props: {
  model: GridModel<T>
  columns: readonly GridColumn<T>[]
  sort: GridSort | null
  onSort: ((sort: GridSort | null) => void) | undefined
  selectable: boolean
  allSelected: boolean
  someSelected: boolean
  onToggleAll: () => void
}) {
  const { t } = useTranslation()
  return (
    <div className="grid-head" role="rowgroup">
      <div role="row" aria-rowindex={1} style={{ display: 'flex', flex: 1 }}>
        {props.selectable ? (
          <div className="grid-th check-cell" role="columnheader" style={{ width: 38, padding: '0 11px' }}>
            <Checkbox
              aria-label={t('grid.select_all')}
              checked={props.allSelected}
              indeterminate={props.someSelected && !props.allSelected}
              onChecked={props.onToggleAll}
            />
          </div>
        ) : null}
        {props.columns.map((column) => (
          <Heading key={column.id} column={column} {...props} />
        ))}
      </div>
    </div>
  )
}

function Heading<T extends object>(props: {
  model: GridModel<T>
  column: GridColumn<T>
  sort: GridSort | null
  onSort: ((sort: GridSort | null) => void) | undefined
}) {
  const { column, model, sort, onSort } = props
  const [dropping, setDropping] = useState(false)
  const sorted = column.sort !== undefined && sort?.by === column.sort
  const ariaSort = sorted ? (sort.descending ? 'descending' : 'ascending') : 'none'
  const by = column.sort
  const sortable = by !== undefined && onSort !== undefined
  const onDragStart = (event: DragEvent) => event.dataTransfer.setData(DRAG_TYPE, column.id)
  return (
    <div
      className={`grid-th ${column.align ?? ''}`}
      role="columnheader"
      aria-sort={sortable ? ariaSort : undefined}
      style={columnStyle(column, model)}
      data-drop={dropping || undefined}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes(DRAG_TYPE)) return
        event.preventDefault()
        setDropping(true)
      }}
      onDragLeave={() => setDropping(false)}
      onDrop={(event) => {
        setDropping(false)
        const id = event.dataTransfer.getData(DRAG_TYPE)
        if (id) model.setOrder(moveBefore(model.order, id, column.id))
      }}
    >
      {sortable ? (
        <button
          type="button"
          className="name"
          draggable
          onDragStart={onDragStart}
          onClick={() => onSort(nextSort(sort, by))}
        >
          <span>{column.header}</span>
          {sorted ? sort.descending ? <SortDown className="icon" /> : <SortUp className="icon" /> : null}
        </button>
      ) : (
        // biome-ignore lint/a11y/noStaticElementInteractions: the column menu moves columns by keyboard
        <span className="name" draggable onDragStart={onDragStart}>
          <span>{column.header}</span>
        </span>
      )}
      <ResizeHandle column={column} model={model} />
    </div>
  )
}

function ResizeHandle<T extends object>({ column, model }: { column: GridColumn<T>; model: GridModel<T> }) {
  const { t } = useTranslation()
  const [grip, setGrip] = useState<{ x: number; width: number } | null>(null)
  const min = column.minWidth ?? 48
  const width = model.table.getColumn(column.id)?.getSize() ?? column.width ?? 140
  const set = (next: number) =>
    model.setWidth(column.id, Math.round(Math.max(min, Math.min(MAX_WIDTH, next))))
  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowLeft' ? -STEP : event.key === 'ArrowRight' ? STEP : 0
    if (!by) return
    event.preventDefault()
    event.stopPropagation()
    set(width + by)
  }
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId)
    event.preventDefault()
    // What a growing column measures now, so that it does not jump.
    const cell = event.currentTarget.parentElement
    setGrip({ x: event.clientX, width: cell?.getBoundingClientRect().width ?? width })
  }
  return (
    <div
      className="resize"
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={t('grid.resize', { column: column.header })}
      aria-valuenow={Math.round(width)}
      aria-valuemin={min}
      aria-valuemax={MAX_WIDTH}
      data-active={grip !== null || undefined}
      onPointerDown={onPointerDown}
      onPointerMove={(event) => {
        if (grip) set(grip.width + event.clientX - grip.x)
      }}
      onPointerUp={() => setGrip(null)}
      onPointerCancel={() => setGrip(null)}
      onKeyDown={onKeyDown}
    />
  )
}
