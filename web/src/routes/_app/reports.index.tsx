import { createFileRoute } from '@tanstack/react-router'
import { ReportList } from '~/features/reports/list/ReportList'
import type { ReportsSearch } from '~/features/reports/search'
import { one } from '~/search'

export const Route = createFileRoute('/_app/reports/')({
  validateSearch: (search: Record<string, unknown>): ReportsSearch => ({
    q: one(search, 'q'),
    sort: one(search, 'sort'),
  }),
  component: Reports,
})

function Reports() {
  return <ReportList search={Route.useSearch()} />
}
