import { createFileRoute } from '@tanstack/react-router'
import { PlaybookPage } from '~/features/playbooks/PlaybookPage'

export const Route = createFileRoute('/_app/sources/playbooks/$id')({ component: OnePlaybook })

function OnePlaybook() {
  const { id } = Route.useParams()
  return <PlaybookPage key={id} id={id} />
}
