import { createFileRoute } from '@tanstack/react-router'
import { SharingGroups } from '~/features/admin/SharingGroups'

export const Route = createFileRoute('/_app/admin/sharing-groups')({
  staticData: { title: 'groups.title' },
  component: SharingGroups,
})
