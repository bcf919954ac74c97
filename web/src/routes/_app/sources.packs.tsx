import { createFileRoute } from '@tanstack/react-router'
import { PacksPage } from '~/features/packs/PacksPage'
import { KINDS, type PacksSearch } from '~/features/packs/search'
import { one, oneOf } from '~/search'

export const Route = createFileRoute('/_app/sources/packs')({
  staticData: { title: 'packs.title' },
  validateSearch: (search: Record<string, unknown>): PacksSearch => ({
    q: one(search, 'q'),
    kind: oneOf(search, 'kind', KINDS),
    on: oneOf(search, 'on', ['true', 'false']),
    pack: one(search, 'pack'),
    value: one(search, 'value'),
  }),
  component: Packs,
})

function Packs() {
  return <PacksPage search={Route.useSearch()} />
}
