import { createFileRoute } from '@tanstack/react-router'
import { Profile } from '~/features/account/Profile'

export const Route = createFileRoute('/_app/account/')({
  staticData: { title: 'account.profile' },
  component: Profile,
})
