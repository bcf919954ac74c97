import { type KeyboardEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Checkbox } from '../Checkbox'
import { SortDown, SortUp } from '../icons'
import { type GridColumn, type GridSort, moveBefore, nextSort } from './columns'
import type { GridModel } from './useGridTable'

const STEP = 16

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
  return (
    <div
      className={`grid-th ${column.align ?? ''}`}
      role="columnheader"
      aria-sort={sortable ? ariaSort : undefined}
      style={columnStyle(column, model)}
      draggable
      data-drop={dropping || undefined}
      onDragStart={(event) => event.dataTransfer.setData('text/vedette-column', column.id)}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes('text/vedette-column')) return
        event.preventDefault()
        setDropping(true)
      }}
      onDragLeave={() => setDropping(false)}
      onDrop={(event) => {
        setDropping(false)
        const id = event.dataTransfer.getData('text/vedette-column')
        if (id) model.setOrder(moveBefore(model.order, id, column.id))
      }}
    >
      {sortable ? (
        <button type="button" className="name" onClick={() => onSort(nextSort(sort, by))}>
          <span>{column.header}</span>
          {sorted ? sort.descending ? <SortDown className="icon" /> : <SortUp className="icon" /> : null}
        </button>
      ) : (
        <span className="name">
          <span>{column.header}</span>
        </span>
      )}
      <ResizeHandle column={column} model={model} />
    </div>
  )
}

function ResizeHandle<T extends object>({ column, model }: { column: GridColumn<T>; model: GridModel<T> }) {
  const { t } = useTranslation()
  const header = model.table.getFlatHeaders().find((h) => h.column.id === column.id)
  const width = model.table.getColumn(column.id)?.getSize() ?? column.width ?? 140
  const start = header?.getResizeHandler()
  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowLeft' ? -STEP : event.key === 'ArrowRight' ? STEP : 0
    if (!by) return
    event.preventDefault()
    event.stopPropagation()
    model.setWidth(column.id, Math.max(column.minWidth ?? 48, width + by))
  }
  // The width a growing column has now, so that the first drag does not jump.
  const fix = (target: Element) => {
    const cell = target.closest('.grid-th')
    if (cell && model.widths[column.id] === undefined) model.setWidth(column.id, Math.round(cell.clientWidth))
  }
  return (
    <div
      className="resize"
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={t('grid.resize', { column: column.header })}
      aria-valuenow={Math.round(width)}
      aria-valuemin={column.minWidth ?? 48}
      aria-valuemax={2000}
      data-active={header?.column.getIsResizing() || undefined}
      draggable
      onDragStart={(event) => {
        event.preventDefault()
        event.stopPropagation()
      }}
      onPointerDown={(event) => fix(event.currentTarget)}
      onMouseDown={start}
      onTouchStart={start}
      onKeyDown={onKeyDown}
    />
  )
}
