import { createFileRoute } from '@tanstack/react-router'
import { SourceList } from '~/features/sources/list/SourceList'
import { type SourcesSearch, STATUSES } from '~/features/sources/search'
import { one, oneOf } from '~/search'

export const Route = createFileRoute('/_app/sources/')({
  validateSearch: (search: Record<string, unknown>): SourcesSearch => ({
    q: one(search, 'q'),
    kind: one(search, 'kind'),
    status: oneOf(search, 'status', STATUSES),
    tag: one(search, 'tag'),
    deleted: oneOf(search, 'deleted', ['true']),
  }),
  component: Sources,
})

function Sources() {
  return <SourceList search={Route.useSearch()} />
}
