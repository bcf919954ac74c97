import { createFileRoute } from '@tanstack/react-router'
import { ReportList, type ReportSearch } from '~/features/reports/list/ReportList'
import { one } from '~/search'

export const Route = createFileRoute('/_app/reports/')({
  validateSearch: (search: Record<string, unknown>): ReportSearch => ({
    q: one(search, 'q'),
    sort: one(search, 'sort'),
  }),
  component: Reports,
})

function Reports() {
  return <ReportList search={Route.useSearch()} />
}
