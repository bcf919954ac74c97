import { createFileRoute } from '@tanstack/react-router'
import { Security } from '~/features/account/Security'

export const Route = createFileRoute('/_app/account/security')({
  staticData: { title: 'account.security' },
  component: Security,
})
