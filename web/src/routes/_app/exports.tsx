import { createFileRoute } from '@tanstack/react-router'

/** The trail's step for everything under /exports. */
export const Route = createFileRoute('/_app/exports')({ staticData: { title: 'nav.exports' } })
