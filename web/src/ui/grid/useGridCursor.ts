import { type KeyboardEvent, useCallback, useState } from 'react'
import { useCommands } from '~/commands/useCommands'

export interface GridCursor {
  /** Index of the row the keyboard is on, -1 before the first move. */
  index: number
  set: (index: number) => void
  onKeyDown: (event: KeyboardEvent) => void
  /** Makes this grid the one that j and k move in. */
  claim: () => void
}

/**
 * The keyboard in a grid: j/k anywhere on the page, arrows, Home, End, page keys and Space
 * while the grid has the focus (WAI-ARIA grid pattern, with rows as the unit).
 */
export function useGridCursor(options: {
  ids: readonly string[]
  pageRows: () => number
  onMove: (index: number) => void
  onOpen: (index: number) => void
  onSelect: (index: number, range: boolean) => void
  onClear: (() => void) | undefined
  keyboard: boolean
}): GridCursor {
  const { ids, onMove, onOpen, onSelect, onClear, pageRows } = options
  // By id, so that the cursor stays on its row when rows come in above it.
  const [at, setAt] = useState<string | null>(null)
  const index = at === null ? -1 : ids.indexOf(at)
  const set = useCallback(
    (next: number) => {
      const id = ids[Math.max(0, Math.min(ids.length - 1, next))]
      if (id === undefined) return
      setAt(id)
      onMove(ids.indexOf(id))
    },
    [ids, onMove],
  )
  const select = (range: boolean) => {
    if (index >= 0) onSelect(index, range)
  }
  const claim = useCommands(
    'grid',
    {
      'grid.next': () => set(index + 1),
      'grid.previous': () => set(index < 0 ? 0 : index - 1),
      'grid.open': () => {
        if (index >= 0) onOpen(index)
      },
      'grid.select': () => select(false),
      ...(onClear ? { 'grid.clear': onClear } : {}),
    },
    options.keyboard,
  )
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return
    const moves: Record<string, number> = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      Home: 0,
      End: ids.length - 1,
      PageDown: index + pageRows(),
      PageUp: index - pageRows(),
    }
    const to = moves[event.key]
    if (to !== undefined) {
      event.preventDefault()
      set(to)
      if (event.shiftKey && ids.length > 0) onSelect(Math.max(0, Math.min(ids.length - 1, to)), true)
    } else if (event.key === ' ') {
      event.preventDefault()
      select(event.shiftKey)
    } else if (event.key === 'Enter' && !options.keyboard && index >= 0) {
      event.preventDefault()
      onOpen(index)
    }
  }
  return { index, set, onKeyDown, claim }
}
