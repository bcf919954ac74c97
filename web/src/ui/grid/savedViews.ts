import { useCallback, useSyncExternalStore } from 'react'

/** A filter a person has given a name; `search` is the page's URL search. */
export interface SavedView {
  name: string
  search: Record<string, unknown>
}

const PREFIX = 'vedette.views.'
const cache = new Map<string, SavedView[]>()
const listeners = new Set<() => void>()

function read(page: string): SavedView[] {
  const known = cache.get(page)
  if (known) return known
  let views: SavedView[] = []
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(PREFIX + page) ?? '[]')
    if (Array.isArray(stored)) views = stored.filter(isView)
  } catch {
    // A broken store counts as empty.
  }
  cache.set(page, views)
  return views
}

function isView(v: unknown): v is SavedView {
  if (typeof v !== 'object' || v === null) return false
  const { name, search } = v as Partial<Record<keyof SavedView, unknown>>
  return typeof name === 'string' && name !== '' && typeof search === 'object' && search !== null
}

function write(page: string, views: SavedView[]) {
  cache.set(page, views)
  try {
    localStorage.setItem(PREFIX + page, JSON.stringify(views))
  } catch {
    // Kept until the tab closes.
  }
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The saved views of one page at this browser; saving under a known name replaces it. */
export function useSavedViews(page: string) {
  const views = useSyncExternalStore(subscribe, () => read(page))
  const save = useCallback(
    (name: string, search: Record<string, unknown>) => {
      const rest = read(page).filter((view) => view.name !== name)
      write(
        page,
        [...rest, { name, search }].sort((a, b) => a.name.localeCompare(b.name)),
      )
    },
    [page],
  )
  const remove = useCallback(
    (name: string) => {
      write(
        page,
        read(page).filter((view) => view.name !== name),
      )
    },
    [page],
  )
  return { views, save, remove }
}
