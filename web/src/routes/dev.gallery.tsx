import { createFileRoute, notFound } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { NotFound } from '~/shell/RouteError'

// In a release both conditions are false when it is built, and the gallery is in no file.
const Gallery =
  import.meta.env.DEV || import.meta.env.MODE === 'gallery'
    ? lazy(() => import('~/gallery/Gallery'))
    : NotFound

export const Route = createFileRoute('/dev/gallery')({
  beforeLoad: () => {
    if (!import.meta.env.DEV && import.meta.env.MODE !== 'gallery') throw notFound()
  },
  component: () => (
    <Suspense>
      <Gallery />
    </Suspense>
  ),
})
