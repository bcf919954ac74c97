import { createFileRoute } from '@tanstack/react-router'
import { AllKeys } from '~/features/admin/AllKeys'

export const Route = createFileRoute('/_app/admin/keys')({
  staticData: { title: 'keys.title' },
  component: AllKeys,
})
