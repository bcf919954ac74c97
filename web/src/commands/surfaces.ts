import type { Command } from './types'

/** Bound by DataGrid. Arrows, Home, End and Space work besides, while the grid has the focus. */
export const gridCommands: Command[] = [
  { id: 'grid.next', title: 'command.grid_next', keys: ['j'], scope: 'grid', hidden: true },
  { id: 'grid.previous', title: 'command.grid_previous', keys: ['k'], scope: 'grid', hidden: true },
  { id: 'grid.open', title: 'command.grid_open', keys: ['Enter', 'o'], scope: 'grid', hidden: true },
  { id: 'grid.select', title: 'command.grid_select', keys: ['x'], scope: 'grid', hidden: true },
  { id: 'grid.clear', title: 'command.grid_clear', keys: ['Escape'], scope: 'grid', hidden: true },
]

/** Bound by TextDocument. */
export const documentCommands: Command[] = [
  { id: 'document.next_mark', title: 'command.next_mark', keys: ['n'], scope: 'document', hidden: true },
  {
    id: 'document.previous_mark',
    title: 'command.previous_mark',
    keys: ['p'],
    scope: 'document',
    hidden: true,
  },
]
