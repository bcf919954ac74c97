import { createFileRoute } from '@tanstack/react-router'
import { WATCH_KINDS } from '~/features/watches/queries'
import { Watches, type WatchSearch } from '~/features/watches/Watches'
import { one, oneOf } from '~/search'

export const Route = createFileRoute('/_app/admin/watches')({
  staticData: { title: 'watches.title' },
  validateSearch: (search: Record<string, unknown>): WatchSearch => ({
    q: one(search, 'q'),
    kind: oneOf(search, 'kind', WATCH_KINDS),
    deleted: one(search, 'deleted') === 'true' ? true : undefined,
    open: one(search, 'open'),
  }),
  component: WatchesPage,
})

function WatchesPage() {
  const navigate = Route.useNavigate()
  return <Watches search={Route.useSearch()} onSearch={(search) => void navigate({ search })} />
}
