import { createFileRoute } from '@tanstack/react-router'
import { ExportPage } from '~/features/exports/ExportPage'
import { one } from '~/search'

export const Route = createFileRoute('/_app/exports/$id')({
  validateSearch: (search: Record<string, unknown>): { value?: string | undefined } => ({
    value: one(search, 'value'),
  }),
  component: StableExport,
})

function StableExport() {
  const { id } = Route.useParams()
  const { value } = Route.useSearch()
  const navigate = Route.useNavigate()
  return (
    <ExportPage
      key={id}
      id={id}
      value={value}
      onValue={(next) => void navigate({ search: { value: next }, replace: true })}
    />
  )
}
