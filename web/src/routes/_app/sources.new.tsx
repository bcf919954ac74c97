import { createFileRoute } from '@tanstack/react-router'
import { NewSource } from '~/features/sources/form/NewSource'
import { one } from '~/search'

export const Route = createFileRoute('/_app/sources/new')({
  staticData: { title: 'sources.new' },
  validateSearch: (search: Record<string, unknown>): { kind?: string | undefined } => ({
    kind: one(search, 'kind'),
  }),
  component: New,
})

function New() {
  return <NewSource kind={Route.useSearch().kind} />
}
