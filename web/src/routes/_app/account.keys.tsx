import { createFileRoute } from '@tanstack/react-router'
import { Keys } from '~/features/account/Keys'

export const Route = createFileRoute('/_app/account/keys')({
  staticData: { title: 'keys.title' },
  component: Keys,
})
