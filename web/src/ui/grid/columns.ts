import type { ReactNode } from 'react'

/** A column of a DataGrid. */
export interface GridColumn<T> {
  /** Stable: layouts and saved views keep it; the CSV link names it. */
  id: string
  header: string
  cell: (row: T) => ReactNode
  /** Pixels; 140 when absent. */
  width?: number
  minWidth?: number
  /** Takes a share of the spare width, until the person sets a width. */
  grow?: boolean
  align?: 'end'
  /** The name the server sorts by; absent when it does not. */
  sort?: string
  /** Not shown until the person asks for it. */
  hidden?: boolean
  /** Cannot be hidden: what names the row. */
  fixed?: boolean
  /** Where it stands when the grid is too narrow for columns; "line" when absent. */
  card?: 'title' | 'line' | 'none'
  /** No heading in front of the value on a card. */
  cardBare?: boolean
}

export interface GridSort {
  by: string
  descending: boolean
}

/** Writes a sort as the URL and the API spell it: "published", "-published". */
export function formatSort(sort: GridSort | null): string | undefined {
  return sort ? `${sort.descending ? '-' : ''}${sort.by}` : undefined
}

export function parseSort(text: string | undefined): GridSort | null {
  if (!text || !/^-?[\w.]+$/.test(text)) return null
  return text.startsWith('-') ? { by: text.slice(1), descending: true } : { by: text, descending: false }
}

/** A click on a heading goes ascending, descending, unsorted. */
export function nextSort(current: GridSort | null, by: string): GridSort | null {
  if (current?.by !== by) return { by, descending: false }
  return current.descending ? null : { by, descending: true }
}

/** How a person has arranged one grid. */
export interface GridLayout {
  order: string[]
  hidden: Record<string, boolean>
  widths: Record<string, number>
}

const PREFIX = 'vedette.grid.'

export function loadLayout(id: string): GridLayout {
  const empty: GridLayout = { order: [], hidden: {}, widths: {} }
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(PREFIX + id) ?? 'null')
    if (typeof stored !== 'object' || stored === null) return empty
    const { order, hidden, widths } = stored as Partial<Record<keyof GridLayout, unknown>>
    return {
      order: Array.isArray(order) ? order.filter((v) => typeof v === 'string') : [],
      hidden: entries(hidden, (v): v is boolean => typeof v === 'boolean'),
      widths: entries(widths, (v): v is number => typeof v === 'number' && v >= 40 && v <= 2000),
    }
  } catch {
    return empty
  }
}

export function saveLayout(id: string, layout: GridLayout): void {
  try {
    localStorage.setItem(PREFIX + id, JSON.stringify(layout))
  } catch {
    // No storage: the layout lasts as long as the page.
  }
}

function entries<V>(of: unknown, keep: (v: unknown) => v is V): Record<string, V> {
  const out: Record<string, V> = {}
  if (typeof of !== 'object' || of === null) return out
  for (const [key, value] of Object.entries(of)) if (keep(value)) out[key] = value
  return out
}

/** The order in force: the stored one, with columns it does not know yet in their usual places. */
export function mergeOrder(ids: readonly string[], stored: readonly string[]): string[] {
  const known = stored.filter((id) => ids.includes(id))
  if (known.length === 0) return [...ids]
  const out = [...known]
  ids.forEach((id, i) => {
    if (out.includes(id)) return
    const before = ids.slice(0, i).findLast((each) => out.includes(each))
    out.splice(before === undefined ? 0 : out.indexOf(before) + 1, 0, id)
  })
  return out
}

/** Moves a column before another one, or to the end. */
export function moveBefore(order: readonly string[], id: string, target: string | null): string[] {
  if (id === target) return [...order]
  const rest = order.filter((each) => each !== id)
  const at = target === null ? rest.length : rest.indexOf(target)
  rest.splice(at < 0 ? rest.length : at, 0, id)
  return rest
}
