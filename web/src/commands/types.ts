import type { ParseKeys } from 'i18next'
import type { ComponentType, SVGProps } from 'react'
import type { Keys } from './keys'

/**
 * Where a command's keys are heard. `global` always; another scope while a page that calls
 * useCommands with it is shown. The scope raised last is asked first.
 */
export type ScopeId =
  | 'global'
  | 'grid'
  | 'document'
  | 'admin'
  | 'home'
  | 'exports'
  | 'observables'
  | 'observable'
  | 'search'
  | 'reports'
  | 'report'
  | 'review'
  | 'sources'
  | 'source'
  | 'sourceForm'
  | 'quarantine'
  | 'packs'
  | 'playbooks'
  | 'playbook'

/** What a command may use. The shell provides it; pages bind their own handlers instead. */
export interface CommandContext {
  go: (path: string) => void
  can: (permission: string) => boolean
  openPalette: () => void
  openHelp: () => void
  focusSearch: () => void
  toggleSidebar: () => void
  logOut: () => void
}

export interface Command {
  id: string
  title: ParseKeys
  keys: readonly Keys[]
  scope: ScopeId
  icon?: ComponentType<SVGProps<SVGSVGElement>>
  /** Also heard while typing in a field: only for chords with Mod or for Escape. */
  inInputs?: boolean
  /** Not offered in the palette, e.g. moving a cursor. */
  hidden?: boolean
  when?: (context: CommandContext) => boolean
  /** Absent when the page that raises the scope binds it. */
  run?: (context: CommandContext) => void
}
