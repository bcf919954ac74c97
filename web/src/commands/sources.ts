import { Add, Delete, Edit, Filter, Retry, Save } from '~/ui/icons'
import type { Command } from './types'

/** The pages under Sources; in lists the actions work on the chosen rows, or the one the cursor is on. */
export const sourceCommands: Command[] = [
  { id: 'sources.new', title: 'sources.new', keys: ['n'], scope: 'sources', icon: Add },
  { id: 'sources.filter', title: 'sources.find', keys: ['f'], scope: 'sources', icon: Filter },
  { id: 'sources.run', title: 'sources.run_now', keys: ['r'], scope: 'sources', icon: Retry },
  { id: 'source.run', title: 'sources.run_now', keys: ['r'], scope: 'source', icon: Retry },
  { id: 'source.edit', title: 'sources.edit', keys: ['e'], scope: 'source', icon: Edit },
  { id: 'source.toggle', title: 'sources.toggle', keys: ['Shift+e'], scope: 'source' },
  {
    id: 'sourceForm.dry_run',
    title: 'sources.dry_run',
    keys: ['Mod+Enter'],
    scope: 'sourceForm',
    inInputs: true,
  },
  {
    id: 'sourceForm.save',
    title: 'ui.save',
    keys: ['Mod+s'],
    scope: 'sourceForm',
    inInputs: true,
    icon: Save,
  },
  { id: 'quarantine.filter', title: 'quarantine.find', keys: ['f'], scope: 'quarantine', icon: Filter },
  { id: 'quarantine.replay', title: 'quarantine.replay', keys: ['r'], scope: 'quarantine', icon: Retry },
  {
    id: 'quarantine.discard',
    title: 'quarantine.discard',
    keys: ['Shift+d'],
    scope: 'quarantine',
    icon: Delete,
  },
  { id: 'packs.install', title: 'packs.install', keys: ['n'], scope: 'packs', icon: Add },
  { id: 'packs.filter', title: 'packs.find', keys: ['f'], scope: 'packs', icon: Filter },
  { id: 'playbooks.new', title: 'playbooks.new', keys: ['n'], scope: 'playbooks', icon: Add },
  { id: 'playbooks.import', title: 'playbooks.import', keys: ['i'], scope: 'playbooks' },
  {
    id: 'playbook.save',
    title: 'ui.save',
    keys: ['Mod+s'],
    scope: 'playbook',
    inInputs: true,
    icon: Save,
  },
]
