import { createFileRoute } from '@tanstack/react-router'
import { ExportsPage } from '~/features/exports/ExportsPage'
import { EXPORT_TABS, type ExportTab } from '~/features/exports/search'
import { one, oneOf } from '~/search'

export const Route = createFileRoute('/_app/exports/')({
  validateSearch: (
    search: Record<string, unknown>,
  ): {
    tab?: ExportTab | undefined
    value?: string | undefined
    make?: string | undefined
    q?: string | undefined
  } => ({
    tab: oneOf(search, 'tab', EXPORT_TABS),
    value: one(search, 'value'),
    make: one(search, 'make'),
    q: one(search, 'q'),
  }),
  component: Exports,
})

function Exports() {
  const { tab, value, make, q } = Route.useSearch()
  const navigate = Route.useNavigate()
  return (
    <ExportsPage
      tab={tab ?? 'stable'}
      value={value}
      draft={make ? (q ?? '') : undefined}
      onTab={(next) => void navigate({ search: { tab: next === 'stable' ? undefined : next, value } })}
      onValue={(next) => void navigate({ search: { tab, value: next }, replace: true })}
      onDraft={(next) =>
        void navigate({
          search: { tab, value, ...(next === undefined ? {} : { make: '1', q: next || undefined }) },
        })
      }
    />
  )
}
