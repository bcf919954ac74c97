import { createFileRoute } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { HomePage } from '~/features/home/HomePage'

export const Route = createFileRoute('/_app/')({
  staticData: { title: 'nav.home' },
  component: Home,
})

const AddDialog = lazy(async () => {
  const { DropDialog } = await import('~/features/reports/drop/DropDialog')
  return { default: DropDialog }
})

function Home() {
  return (
    <HomePage
      addDialog={(start, close) => (
        <Suspense>
          <AddDialog start={start} onClose={close} />
        </Suspense>
      )}
    />
  )
}
