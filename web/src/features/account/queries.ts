import { useQueryClient } from '@tanstack/react-query'
import { meQuery } from '~/api/session'

export const sessionsKey = ['me', 'sessions'] as const
export const myKeysKey = ['my-keys'] as const
export const viewsKey = ['views'] as const

/** Reads who is logged in anew, after something about them changed. */
export function useMeAgain() {
  const client = useQueryClient()
  return () => client.invalidateQueries({ queryKey: meQuery.queryKey, exact: true })
}
