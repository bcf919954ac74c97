import { createFileRoute } from '@tanstack/react-router'
import { type JobSearch, Jobs } from '~/features/admin/Jobs'
import { one, oneOf } from '~/search'

export const Route = createFileRoute('/_app/admin/jobs')({
  staticData: { title: 'jobs.title' },
  validateSearch: (search: Record<string, unknown>): JobSearch => ({
    state: oneOf(search, 'state', ['queued', 'running', 'done', 'failed', 'cancelled']),
    open: one(search, 'open'),
  }),
  component: JobsPage,
})

function JobsPage() {
  const navigate = Route.useNavigate()
  return <Jobs search={Route.useSearch()} onSearch={(search) => void navigate({ search })} />
}
