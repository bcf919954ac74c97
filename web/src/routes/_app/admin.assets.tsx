import { createFileRoute } from '@tanstack/react-router'
import { type AssetSearch, Assets } from '~/features/assets/Assets'
import { KINDS } from '~/features/assets/kinds'
import { one, oneOf } from '~/search'

export const Route = createFileRoute('/_app/admin/assets')({
  staticData: { title: 'assets.title' },
  validateSearch: (search: Record<string, unknown>): AssetSearch => ({
    q: one(search, 'q'),
    kind: oneOf(search, 'kind', KINDS),
    tag: one(search, 'tag'),
    deleted: one(search, 'deleted') === 'true' ? true : undefined,
  }),
  component: AssetsPage,
})

function AssetsPage() {
  const navigate = Route.useNavigate()
  return <Assets search={Route.useSearch()} onSearch={(search) => void navigate({ search })} />
}
