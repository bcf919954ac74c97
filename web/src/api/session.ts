import { type QueryClient, queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api, type Schema } from './client'
import { Problem } from './problem'

export type Me = Schema<'Me'>

/** Who is logged in. Null when nobody is. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  staleTime: 5 * 60_000,
  queryFn: async ({ signal }): Promise<Me | null> => {
    try {
      return await api.get('/me', { signal })
    } catch (cause) {
      if (cause instanceof Problem && cause.kind === 'unauthenticated') return null
      throw cause
    }
  },
})

export function useMe(): Me | null {
  return useQuery(meQuery).data ?? null
}

/** Answers whether the person may do something; the server decides again in any case. */
export function useCan(): (permission: string) => boolean {
  const permissions = useMe()?.permissions
  return (permission) => permissions?.includes(permission) ?? false
}

export function useLogIn() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: Schema<'Login'>) => api.post('/session', { body }),
    onSuccess: (me) => client.setQueryData(meQuery.queryKey, me),
  })
}

export function useSetup() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: Schema<'Setup'>) => api.post('/setup', { body }),
    onSuccess: (me) => client.setQueryData(meQuery.queryKey, me),
  })
}

export function useLogOut() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => api.delete('/session'),
    onSettled: () => forgetSession(client),
  })
}

/** Drops everything read as this person: the next one must not see it. */
export function forgetSession(client: QueryClient): void {
  client.clear()
  client.setQueryData(meQuery.queryKey, null)
}
