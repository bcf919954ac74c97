import { createFileRoute } from '@tanstack/react-router'
import { PlaybookList } from '~/features/playbooks/PlaybookList'
import { one, oneOf } from '~/search'

export const Route = createFileRoute('/_app/sources/playbooks/')({
  validateSearch: (
    search: Record<string, unknown>,
  ): { q?: string | undefined; enabled?: 'true' | 'false' | undefined; deleted?: 'true' | undefined } => ({
    q: one(search, 'q'),
    enabled: oneOf(search, 'enabled', ['true', 'false']),
    deleted: oneOf(search, 'deleted', ['true']),
  }),
  component: Playbooks,
})

function Playbooks() {
  return <PlaybookList search={Route.useSearch()} />
}
