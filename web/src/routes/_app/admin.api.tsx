import { createFileRoute } from '@tanstack/react-router'
import { ApiBrowser, type ApiSearch } from '~/features/admin/api/ApiBrowser'
import { one } from '~/search'

export const Route = createFileRoute('/_app/admin/api')({
  staticData: { title: 'apiview.title' },
  validateSearch: (search: Record<string, unknown>): ApiSearch => ({
    op: one(search, 'op'),
    q: one(search, 'q'),
  }),
  component: ApiBrowserPage,
})

function ApiBrowserPage() {
  const navigate = Route.useNavigate()
  return <ApiBrowser search={Route.useSearch()} onSearch={(search) => void navigate({ search })} />
}
