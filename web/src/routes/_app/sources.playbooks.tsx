import { createFileRoute } from '@tanstack/react-router'

/** The trail's step for everything under /sources/playbooks. */
export const Route = createFileRoute('/_app/sources/playbooks')({ staticData: { title: 'playbooks.title' } })
