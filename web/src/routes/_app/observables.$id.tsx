import { createFileRoute } from '@tanstack/react-router'
import { ObservablePage } from '~/features/observables/ObservablePage'
import { SIDES } from '~/features/observables/search'
import { one, oneOf } from '~/search'

export const Route = createFileRoute('/_app/observables/$id')({
  validateSearch: (
    search: Record<string, unknown>,
  ): { source?: string | undefined; side?: (typeof SIDES)[number] | undefined } => ({
    source: one(search, 'source'),
    side: oneOf(search, 'side', SIDES),
  }),
  component: Observable,
})

function Observable() {
  const { id } = Route.useParams()
  const { source, side } = Route.useSearch()
  const navigate = Route.useNavigate()
  return (
    <ObservablePage
      key={id}
      id={id}
      source={source}
      side={side ?? 'around'}
      onSource={(next) => void navigate({ search: { source: next, side }, replace: true })}
      onSide={(next) =>
        void navigate({ search: { source, side: next === 'around' ? undefined : next }, replace: true })
      }
    />
  )
}
