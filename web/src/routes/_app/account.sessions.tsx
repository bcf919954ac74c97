import { createFileRoute } from '@tanstack/react-router'
import { Sessions } from '~/features/account/Sessions'

export const Route = createFileRoute('/_app/account/sessions')({
  staticData: { title: 'account.sessions' },
  component: Sessions,
})
