import {
  Accept,
  Add,
  Copy,
  Download,
  Edit,
  Export,
  Filter,
  Note,
  Reject,
  Review,
  Search,
  Sighting,
  Undo,
} from '~/ui/icons'
import type { Command } from './types'

/** The first page. */
export const homeCommands: Command[] = [
  { id: 'home.search', title: 'command.search', keys: ['/'], scope: 'home', icon: Search, hidden: true },
  { id: 'home.review', title: 'home.review_next', keys: ['r'], scope: 'home', icon: Review },
  { id: 'home.add', title: 'home.add', keys: ['n'], scope: 'home', icon: Add },
]

/** The pages of exports. */
export const exportCommands: Command[] = [
  { id: 'exports.new', title: 'exports.new', keys: ['n'], scope: 'exports', icon: Add },
  { id: 'exports.direct', title: 'exports.direct', keys: ['d'], scope: 'exports', icon: Download },
  { id: 'exports.edit', title: 'exports.edit', keys: ['e'], scope: 'exports', icon: Edit },
]

/** The table of observables; the actions work on the chosen rows, or the one the cursor is on. */
export const observablesCommands: Command[] = [
  { id: 'observables.filter', title: 'observables.filter', keys: ['f'], scope: 'observables', icon: Filter },
  { id: 'observables.accept', title: 'observables.accept', keys: ['a'], scope: 'observables', icon: Accept },
  { id: 'observables.reject', title: 'observables.reject', keys: ['r'], scope: 'observables', icon: Reject },
  { id: 'observables.copy', title: 'observables.copy', keys: ['c'], scope: 'observables', icon: Copy },
  { id: 'observables.export', title: 'observables.export', keys: ['e'], scope: 'observables', icon: Export },
]

/** The page of one observable. */
export const observableCommands: Command[] = [
  { id: 'observable.accept', title: 'observable.accept', keys: ['a'], scope: 'observable', icon: Accept },
  { id: 'observable.reject', title: 'observable.reject', keys: ['r'], scope: 'observable', icon: Reject },
  { id: 'observable.undo', title: 'ui.undo', keys: ['u'], scope: 'observable', icon: Undo },
  { id: 'observable.sighting', title: 'sighting.add', keys: ['s'], scope: 'observable', icon: Sighting },
  { id: 'observable.note', title: 'notes.add', keys: ['n'], scope: 'observable', icon: Note },
  { id: 'observable.copy', title: 'ui.copy_defanged', keys: ['c'], scope: 'observable', icon: Copy },
  { id: 'observable.export', title: 'exports.direct', keys: ['e'], scope: 'observable', icon: Export },
]

/** A looked-up list; the actions work on the chosen rows, or on all. */
export const searchCommands: Command[] = [
  { id: 'search.focus', title: 'search.focus', keys: ['f', '/'], scope: 'search', icon: Search },
  { id: 'search.add', title: 'search.add', keys: ['a'], scope: 'search', icon: Add },
  { id: 'search.copy', title: 'search.copy', keys: ['c'], scope: 'search', icon: Copy },
  { id: 'search.export', title: 'search.export', keys: ['e'], scope: 'search', icon: Export },
]

export const intelCommands: Command[] = [
  ...homeCommands,
  ...exportCommands,
  ...observablesCommands,
  ...observableCommands,
  ...searchCommands,
]
