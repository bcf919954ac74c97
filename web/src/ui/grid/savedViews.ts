import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import { api } from '~/api/client'
import { parseSearch, stringifySearch } from '~/search'
import { toastProblem } from '../Toast'

/** A filter that was given a name; `search` is the page's URL search. */
export interface SavedView {
  id: string
  name: string
  search: Record<string, unknown>
  /** Whose it is, where a colleague shares it. */
  author: string | undefined
}

const NONE: SavedView[] = []

/** Tells two searches of a page apart as the URL does: absent and empty are the same. */
export const searchText = (search: Record<string, unknown>) => {
  const pairs = [...new URLSearchParams(stringifySearch(search))].sort(([a], [b]) =>
    a < b ? -1 : a > b ? 1 : 0,
  )
  return new URLSearchParams(pairs).toString()
}

/** The saved views of one page, kept by the server; saving under a known name of one's own replaces it. */
export function useSavedViews(page: string) {
  const client = useQueryClient()
  const found = useQuery({
    queryKey: ['views', page],
    staleTime: 60_000,
    retry: false,
    queryFn: ({ signal }) => api.get('/views', { query: { page }, signal }),
    select: (answer): SavedView[] =>
      answer.items.map(({ id, name, query, own, author }) => ({
        id,
        name,
        search: parseSearch(query),
        author: own ? undefined : author,
      })),
  })
  const views = found.data ?? NONE
  const again = useCallback(() => client.invalidateQueries({ queryKey: ['views'] }), [client])
  const save = useCallback(
    async (name: string, search: Record<string, unknown>) => {
      const query = searchText(search)
      const known = views.find((view) => view.name === name && view.author === undefined)
      try {
        await (known
          ? api.patch('/views/{id}', { path: { id: known.id }, body: { query } })
          : api.post('/views', { body: { page, name, query } }))
      } catch (cause) {
        toastProblem(cause)
      }
      await again()
    },
    [again, page, views],
  )
  const remove = useCallback(
    async (id: string) => {
      try {
        await api.delete('/views/{id}', { path: { id } })
      } catch (cause) {
        toastProblem(cause)
      }
      await again()
    },
    [again],
  )
  return { views, save, remove }
}
