import { createFileRoute } from '@tanstack/react-router'
import { QuarantinePage } from '~/features/quarantine/QuarantinePage'
import { type QuarantineSearch, STAGES, STATES } from '~/features/quarantine/search'
import { one, oneOf } from '~/search'

export const Route = createFileRoute('/_app/sources/quarantine')({
  staticData: { title: 'quarantine.title' },
  validateSearch: (search: Record<string, unknown>): QuarantineSearch => ({
    q: one(search, 'q'),
    stage: oneOf(search, 'stage', STAGES),
    code: one(search, 'code'),
    state: oneOf(search, 'state', STATES),
    source: one(search, 'source'),
    report: one(search, 'report'),
    item: one(search, 'item'),
  }),
  component: Quarantine,
})

function Quarantine() {
  return <QuarantinePage search={Route.useSearch()} />
}
