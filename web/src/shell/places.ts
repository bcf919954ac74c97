import type { ParseKeys } from 'i18next'
import { Admin, Export, Home, Observable, Report, Source } from '~/ui/icons'

/** The menu: six places, not one entry per type of thing. `command` names its shortcut. */
export const places = [
  { to: '/', title: 'nav.home', icon: Home, command: 'go.home' },
  { to: '/reports', title: 'nav.reports', icon: Report, command: 'go.reports' },
  { to: '/observables', title: 'nav.observables', icon: Observable, command: 'go.observables' },
  { to: '/sources', title: 'nav.sources', icon: Source, command: 'go.sources' },
  { to: '/exports', title: 'nav.exports', icon: Export, command: 'go.exports' },
  { to: '/admin', title: 'nav.admin', icon: Admin, command: 'go.admin' },
] as const satisfies readonly { to: string; title: ParseKeys; icon: unknown; command: string }[]
