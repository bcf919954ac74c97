import { lazy, Suspense } from 'react'
import { useExportWish } from './openExport'

const ExportDialog = lazy(() => import('./ExportDialog'))

/** Once in the shell: shows the dialog that openExport asks for, and loads it only then. */
export function ExportHost() {
  const wish = useExportWish()
  if (!wish) return null
  return (
    <Suspense>
      <ExportDialog key={wish.q} wish={wish} />
    </Suspense>
  )
}
