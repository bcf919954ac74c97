import { createFileRoute } from '@tanstack/react-router'
import { type OrganisationSearch, Organisations } from '~/features/admin/Organisations'
import { one, oneOf } from '~/search'

export const Route = createFileRoute('/_app/admin/organisations')({
  staticData: { title: 'organisations.title' },
  validateSearch: (search: Record<string, unknown>): OrganisationSearch => ({
    q: one(search, 'q'),
    local: oneOf(search, 'local', ['true', 'false']),
  }),
  component: OrganisationsPage,
})

function OrganisationsPage() {
  const navigate = Route.useNavigate()
  return <Organisations search={Route.useSearch()} onSearch={(search) => void navigate({ search })} />
}
