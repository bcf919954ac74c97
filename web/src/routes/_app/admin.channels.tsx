import { createFileRoute } from '@tanstack/react-router'
import { type ChannelSearch, Channels } from '~/features/watches/Channels'
import { one } from '~/search'

export const Route = createFileRoute('/_app/admin/channels')({
  staticData: { title: 'channels.title' },
  validateSearch: (search: Record<string, unknown>): ChannelSearch => ({
    q: one(search, 'q'),
    deleted: one(search, 'deleted') === 'true' ? true : undefined,
  }),
  component: ChannelsPage,
})

function ChannelsPage() {
  const navigate = Route.useNavigate()
  return <Channels search={Route.useSearch()} onSearch={(search) => void navigate({ search })} />
}
