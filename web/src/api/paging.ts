import { type QueryKey, useInfiniteQuery } from '@tanstack/react-query'
import { useMemo } from 'react'

/** One page of a list. `next` is the opaque cursor of the page after, absent on the last one. */
export interface Page<T> {
  items: readonly T[]
  next?: string | null
  /** How many there are in all, where the server counts them. */
  total?: number
}

export interface CursorPages<T> {
  rows: T[]
  total: number | undefined
  problem: unknown
  /** No page has arrived yet. */
  loading: boolean
  /** A further page is on its way. */
  loadingMore: boolean
  /** What is shown belongs to the filter before; the new answer is on its way. */
  stale: boolean
  hasMore: boolean
  loadMore: () => void
  retry: () => void
}

const NONE: never[] = []

/**
 * Reads a list page by page for DataGrid. `key` must hold everything `fetchPage` depends on
 * (filter, sort): another key starts from the first page and keeps the old rows until then.
 */
export function useCursorPages<T>(options: {
  key: QueryKey
  fetchPage: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>
  enabled?: boolean
}): CursorPages<T> {
  const query = useInfiniteQuery({
    queryKey: options.key,
    queryFn: ({ pageParam, signal }) => options.fetchPage(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next || undefined,
    placeholderData: (before) => before,
    enabled: options.enabled ?? true,
  })
  const pages = query.data?.pages
  const rows = useMemo(() => (pages ? pages.flatMap((page) => page.items) : NONE), [pages])
  return {
    rows,
    total: pages?.[0]?.total,
    problem: query.error,
    loading: query.isPending,
    loadingMore: query.isFetchingNextPage,
    stale: query.isPlaceholderData,
    hasMore: query.hasNextPage,
    loadMore: () => {
      if (query.hasNextPage && !query.isFetching) void query.fetchNextPage()
    },
    // After a page further down failed, the ones before it are fine.
    retry: () => void (query.isFetchNextPageError ? query.fetchNextPage() : query.refetch()),
  }
}
