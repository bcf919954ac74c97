import { QueryClient } from '@tanstack/react-query'
import { createRouter } from '@tanstack/react-router'
import { setUnauthenticatedHandler } from './api/client'
import { Problem } from './api/problem'
import { forgetSession } from './api/session'
import { routeTree } from './routeTree.gen'
import { parseSearch, stringifySearch } from './search'
import { NotFound, RouteError } from './shell/RouteError'

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: false,
      retry: (count, cause) => count < 2 && cause instanceof Problem && cause.retryable,
    },
    mutations: { retry: false },
  },
})

export const router = createRouter({
  routeTree,
  context: { queryClient },
  defaultPreload: 'intent',
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
  parseSearch,
  stringifySearch,
  defaultErrorComponent: RouteError,
  defaultNotFoundComponent: NotFound,
  // Pages show their own skeletons.
  defaultPendingMs: 400,
})

setUnauthenticatedHandler(() => {
  forgetSession(queryClient)
  void router.invalidate()
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
