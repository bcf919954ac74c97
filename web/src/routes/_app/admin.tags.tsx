import { createFileRoute } from '@tanstack/react-router'
import { Tags } from '~/features/admin/Tags'
import { one } from '~/search'

export const Route = createFileRoute('/_app/admin/tags')({
  staticData: { title: 'tags.title' },
  validateSearch: (search: Record<string, unknown>): { q?: string | undefined } => ({ q: one(search, 'q') }),
  component: TagsPage,
})

function TagsPage() {
  const navigate = Route.useNavigate()
  return <Tags q={Route.useSearch().q} onQ={(q) => void navigate({ search: { q } })} />
}
