import { createFileRoute } from '@tanstack/react-router'
import { System } from '~/features/admin/System'

export const Route = createFileRoute('/_app/admin/system')({
  staticData: { title: 'system.title' },
  component: System,
})
