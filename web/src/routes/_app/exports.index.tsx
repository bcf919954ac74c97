import { createFileRoute } from '@tanstack/react-router'
import { EXPORT_TABS, ExportsPage, type ExportTab } from '~/features/exports/ExportsPage'
import { one, oneOf } from '~/search'

export const Route = createFileRoute('/_app/exports/')({
  validateSearch: (
    search: Record<string, unknown>,
  ): { tab?: ExportTab | undefined; value?: string | undefined } => ({
    tab: oneOf(search, 'tab', EXPORT_TABS),
    value: one(search, 'value'),
  }),
  component: Exports,
})

function Exports() {
  const { tab, value } = Route.useSearch()
  const navigate = Route.useNavigate()
  return (
    <ExportsPage
      tab={tab ?? 'stable'}
      value={value}
      onTab={(next) => void navigate({ search: { tab: next === 'stable' ? undefined : next, value } })}
      onValue={(next) => void navigate({ search: { tab, value: next }, replace: true })}
    />
  )
}
