/** Which rows are chosen, and where a range with Shift begins. */
export interface Selection {
  ids: ReadonlySet<string>
  anchor: string | null
  /** Everything that matches the filter, also what is not loaded. */
  all: boolean
}

export const NO_SELECTION: Selection = { ids: new Set(), anchor: null, all: false }

/** Chooses or drops one row; with `range`, all rows from the anchor to it. */
export function toggle(
  selection: Selection,
  order: readonly string[],
  id: string,
  on: boolean,
  range: boolean,
): Selection {
  const ids = new Set(selection.ids)
  const from = range && selection.anchor !== null ? order.indexOf(selection.anchor) : -1
  const to = order.indexOf(id)
  const span = from < 0 || to < 0 ? [id] : order.slice(Math.min(from, to), Math.max(from, to) + 1)
  for (const each of span) {
    if (on) ids.add(each)
    else ids.delete(each)
  }
  return { ids, anchor: id, all: false }
}

export function toggleAll(selection: Selection, order: readonly string[]): Selection {
  const every = order.length > 0 && order.every((id) => selection.ids.has(id))
  return every ? NO_SELECTION : { ids: new Set(order), anchor: null, all: false }
}

/** Drops rows that are gone, so that no action meets what the person cannot see. */
export function prune(selection: Selection, order: readonly string[]): Selection {
  if (selection.ids.size === 0) return selection
  const present = new Set(order)
  const ids = new Set([...selection.ids].filter((id) => present.has(id)))
  if (ids.size === selection.ids.size) return selection
  return ids.size === 0 ? NO_SELECTION : { ...selection, ids, all: false }
}
