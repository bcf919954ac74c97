import { createFileRoute } from '@tanstack/react-router'
import { useCallback } from 'react'
import { ReportPage } from '~/features/reports/page/ReportPage'
import { type ReportSearch, TABS } from '~/features/reports/search'
import { one, oneOf } from '~/search'

const STATES = ['proposed', 'accepted', 'rejected'] as const

export const Route = createFileRoute('/_app/reports/$id')({
  validateSearch: (search: Record<string, unknown>): ReportSearch => ({
    tab: oneOf(search, 'tab', TABS),
    claim: one(search, 'claim'),
    doc: one(search, 'doc'),
    state: oneOf(search, 'state', STATES),
    type: one(search, 'type'),
    cq: one(search, 'cq'),
    part: one(search, 'part'),
  }),
  component: Report,
})

function Report() {
  const { id } = Route.useParams()
  const navigate = Route.useNavigate()
  // Onto what the URL says by then: quick keys must not bring an older filter back.
  const onSearch = useCallback(
    (patch: ReportSearch, replace?: boolean) =>
      void navigate({
        search: (now) => ({ ...now, ...patch }),
        replace: replace ?? false,
        // The lists follow the claim in question themselves.
        resetScroll: false,
      }),
    [navigate],
  )
  return <ReportPage key={id} id={id} search={Route.useSearch()} onSearch={onSearch} />
}
