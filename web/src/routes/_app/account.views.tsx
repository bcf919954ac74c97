import { createFileRoute } from '@tanstack/react-router'
import { Views } from '~/features/account/Views'

export const Route = createFileRoute('/_app/account/views')({
  staticData: { title: 'views.title' },
  component: Views,
})
