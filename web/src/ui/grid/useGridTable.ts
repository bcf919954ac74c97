import {
  columnOrderingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  createColumnHelper,
  type RowData,
  tableFeatures,
  useTable,
} from '@tanstack/react-table'
import { useEffect, useMemo, useState } from 'react'
import { type GridColumn, type GridLayout, loadLayout, mergeOrder, saveLayout } from './columns'

const features = tableFeatures({
  columnOrderingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
})

function resolve<T>(updater: T | ((before: T) => T), before: T): T {
  return typeof updater === 'function' ? (updater as (before: T) => T)(before) : updater
}

/** The table model of a grid: TanStack Table holds columns, we hold how they are arranged. */
export function useGridTable<T extends RowData>(
  id: string,
  columns: readonly GridColumn<T>[],
  rows: readonly T[],
  rowId: (row: T) => string,
) {
  const [layout, setLayout] = useState<GridLayout>(() => loadLayout(id))
  useEffect(() => saveLayout(id, layout), [id, layout])

  const defs = useMemo(() => {
    const helper = createColumnHelper<typeof features, T>()
    return columns.map((column) =>
      helper.display({
        id: column.id,
        size: column.width ?? 140,
        minSize: column.minWidth ?? 48,
        enableHiding: !column.fixed,
        cell: ({ row }) => column.cell(row.original),
      }),
    )
  }, [columns])
  const order = useMemo(
    () =>
      mergeOrder(
        columns.map((c) => c.id),
        layout.order,
      ),
    [columns, layout.order],
  )
  const visibility = useMemo(
    () =>
      Object.fromEntries(columns.map((c) => [c.id, c.fixed || !(layout.hidden[c.id] ?? c.hidden ?? false)])),
    [columns, layout.hidden],
  )

  const table = useTable({
    features,
    columns: defs,
    data: rows as T[],
    getRowId: rowId,
    state: { columnOrder: order, columnVisibility: visibility, columnSizing: layout.widths },
    onColumnSizingChange: (updater) =>
      setLayout((before) => ({ ...before, widths: resolve(updater, before.widths) })),
  })
  return {
    table,
    order,
    widths: layout.widths,
    visibility,
    setOrder: (next: string[]) => setLayout((before) => ({ ...before, order: next })),
    setHidden: (column: string, hidden: boolean) =>
      setLayout((before) => ({ ...before, hidden: { ...before.hidden, [column]: hidden } })),
    setWidth: (column: string, width: number) =>
      setLayout((before) => ({ ...before, widths: { ...before.widths, [column]: width } })),
    reset: () => setLayout({ order: [], hidden: {}, widths: {} }),
  }
}

export type GridModel<T extends RowData> = ReturnType<typeof useGridTable<T>>
