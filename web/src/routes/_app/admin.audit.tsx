import { createFileRoute } from '@tanstack/react-router'
import { Audit, type AuditSearch } from '~/features/admin/Audit'
import { one, oneOf } from '~/search'

export const Route = createFileRoute('/_app/admin/audit')({
  staticData: { title: 'audit.title' },
  validateSearch: (search: Record<string, unknown>): AuditSearch => ({
    action: one(search, 'action'),
    object: one(search, 'object'),
    outcome: oneOf(search, 'outcome', ['ok', 'denied', 'failed']),
    from: one(search, 'from'),
    until: one(search, 'until'),
  }),
  component: AuditPage,
})

function AuditPage() {
  const navigate = Route.useNavigate()
  return <Audit search={Route.useSearch()} onSearch={(search) => void navigate({ search })} />
}
