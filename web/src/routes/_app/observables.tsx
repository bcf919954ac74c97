import { createFileRoute } from '@tanstack/react-router'

/** The trail's step for everything under /observables. */
export const Route = createFileRoute('/_app/observables')({ staticData: { title: 'nav.observables' } })
