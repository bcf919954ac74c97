import { createFileRoute } from '@tanstack/react-router'
import { SourcePage } from '~/features/sources/page/SourcePage'
import { SOURCE_TABS, type SourceSearch } from '~/features/sources/search'
import { one, oneOf } from '~/search'

export const Route = createFileRoute('/_app/sources/$id')({
  validateSearch: (search: Record<string, unknown>): SourceSearch => ({
    tab: oneOf(search, 'tab', SOURCE_TABS),
    run: one(search, 'run'),
  }),
  component: OneSource,
})

function OneSource() {
  const { id } = Route.useParams()
  return <SourcePage key={id} id={id} search={Route.useSearch()} />
}
