import { Add } from '~/ui/icons'
import type { Command } from './types'

const go = (id: string, title: Command['title'], path: string, need?: string): Command => ({
  id: `go.admin.${id}`,
  title,
  keys: [],
  scope: 'global',
  ...(need ? { when: (c) => c.can(need) } : {}),
  run: (c) => c.go(path),
})

/** The pages of administration and of one's own account. */
export const adminCommands: Command[] = [
  { id: 'admin.new', title: 'admin.new', keys: ['n'], scope: 'admin', icon: Add },
  go('assets', 'assets.title', '/admin/assets', 'intel.read'),
  go('watches', 'watches.title', '/admin/watches', 'watches.manage'),
  go('channels', 'channels.title', '/admin/channels', 'watches.manage'),
  go('tags', 'tags.title', '/admin/tags', 'intel.read'),
  go('users', 'users.title', '/admin/users', 'users.org'),
  go('audit', 'audit.title', '/admin/audit', 'audit.read'),
  go('system', 'system.title', '/admin/system', 'system.manage'),
  go('jobs', 'jobs.title', '/admin/jobs'),
  go('api', 'apiview.title', '/admin/api'),
  go('account', 'user.account', '/account'),
]
