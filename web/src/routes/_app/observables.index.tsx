import { createFileRoute } from '@tanstack/react-router'
import { ObservableList } from '~/features/observables/ObservableList'
import { one } from '~/search'

export const Route = createFileRoute('/_app/observables/')({
  validateSearch: (search: Record<string, unknown>): { q?: string | undefined } => ({ q: one(search, 'q') }),
  component: Observables,
})

function Observables() {
  const { q } = Route.useSearch()
  const navigate = Route.useNavigate()
  return (
    <ObservableList q={q ?? ''} onQuery={(next) => void navigate({ search: { q: next || undefined } })} />
  )
}
