import { createFileRoute } from '@tanstack/react-router'
import { Teams } from '~/features/admin/Teams'

export const Route = createFileRoute('/_app/admin/teams')({
  staticData: { title: 'teams.title' },
  component: Teams,
})
