import { createFileRoute } from '@tanstack/react-router'
import { QueuePage } from '~/features/quarantine/QueuePage'
import { one } from '~/search'

export const Route = createFileRoute('/_app/sources/queue')({
  staticData: { title: 'queue.title' },
  validateSearch: (search: Record<string, unknown>): { topic?: string | undefined } => ({
    topic: one(search, 'topic'),
  }),
  component: Queue,
})

function Queue() {
  return <QueuePage topic={Route.useSearch().topic} />
}
