import { createFileRoute } from '@tanstack/react-router'
import { Presets } from '~/features/sources/list/Presets'
import type { PresetsSearch } from '~/features/sources/search'
import { one } from '~/search'

export const Route = createFileRoute('/_app/sources/presets')({
  staticData: { title: 'presets.title' },
  validateSearch: (search: Record<string, unknown>): PresetsSearch => ({
    q: one(search, 'q'),
    kind: one(search, 'kind'),
    lang: one(search, 'lang'),
  }),
  component: PublicSources,
})

function PublicSources() {
  return <Presets search={Route.useSearch()} />
}
