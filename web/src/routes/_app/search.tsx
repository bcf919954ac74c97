import { createFileRoute } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { SHOWS } from '~/features/search/list'
import { SearchPage, type SearchState } from '~/features/search/SearchPage'
import { one, oneOf } from '~/search'

export const Route = createFileRoute('/_app/search')({
  staticData: { title: 'search.title' },
  validateSearch: (search: Record<string, unknown>): SearchState => ({
    q: one(search, 'q'),
    paste: one(search, 'paste'),
    show: oneOf(search, 'show', SHOWS),
    sort: one(search, 'sort'),
  }),
  component: Search,
})

const AddDialog = lazy(async () => {
  const { DropDialog } = await import('~/features/reports/drop/DropDialog')
  return { default: DropDialog }
})

function Search() {
  return (
    <SearchPage
      state={Route.useSearch()}
      addDialog={(text, close) => (
        <Suspense>
          <AddDialog start={{ text }} onClose={close} />
        </Suspense>
      )}
    />
  )
}
