import { createFileRoute } from '@tanstack/react-router'
import { type UserSearch, Users } from '~/features/admin/Users'
import { one, oneOf } from '~/search'

export const Route = createFileRoute('/_app/admin/users')({
  staticData: { title: 'users.title' },
  validateSearch: (search: Record<string, unknown>): UserSearch => ({
    q: one(search, 'q'),
    role: one(search, 'role'),
    organisation: one(search, 'organisation'),
    state: oneOf(search, 'state', ['on', 'off']),
    open: one(search, 'open'),
  }),
  component: UsersPage,
})

function UsersPage() {
  const navigate = Route.useNavigate()
  return <Users search={Route.useSearch()} onSearch={(search) => void navigate({ search })} />
}
