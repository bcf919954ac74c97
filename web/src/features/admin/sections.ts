import type { SectionGroup } from '~/shell/sections'

const USERS = ['users.org', 'users.all']

/** The pages of administration, and who sees which. */
export const adminGroups: readonly SectionGroup[] = [
  {
    title: 'admin.ours',
    links: [
      { to: '/admin/assets', title: 'assets.title', need: ['intel.read'] },
      { to: '/admin/watches', title: 'watches.title', need: ['watches.manage'] },
      { to: '/admin/channels', title: 'channels.title', need: ['watches.manage'] },
      { to: '/admin/tags', title: 'tags.title', need: ['intel.read'] },
    ],
  },
  {
    title: 'admin.people',
    links: [
      { to: '/admin/users', title: 'users.title', need: USERS },
      { to: '/admin/organisations', title: 'organisations.title' },
      { to: '/admin/roles', title: 'roles.title' },
      { to: '/admin/teams', title: 'teams.title' },
      { to: '/admin/sharing-groups', title: 'groups.title' },
      { to: '/admin/keys', title: 'keys.title', need: USERS },
    ],
  },
  {
    title: 'admin.system',
    links: [
      { to: '/admin/system', title: 'system.title', need: ['system.manage'] },
      { to: '/admin/jobs', title: 'jobs.title' },
      { to: '/admin/audit', title: 'audit.title', need: ['audit.read'] },
      { to: '/admin/api', title: 'apiview.title' },
    ],
  },
]
