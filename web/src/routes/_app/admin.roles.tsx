import { createFileRoute } from '@tanstack/react-router'
import { Roles } from '~/features/admin/Roles'

export const Route = createFileRoute('/_app/admin/roles')({
  staticData: { title: 'roles.title' },
  component: Roles,
})
