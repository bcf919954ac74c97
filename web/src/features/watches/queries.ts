import { useQuery } from '@tanstack/react-query'
import { api, type Schema } from '~/api/client'

export type Watch = Schema<'Watch'>
export type Channel = Schema<'Channel'>
export type ChannelKind = Schema<'ChannelKind'>

export const watchesKey = ['watches'] as const
export const channelsKey = ['channels'] as const

export const WATCH_KINDS = ['value', 'tag', 'asset', 'source', 'search'] as const
export type WatchKind = Watch['kind']

/** Windows that hits are gathered over, in seconds. */
export const WINDOWS = ['0', '300', '900', '3600', '86400'] as const

export function useChannels() {
  return useQuery({
    queryKey: [...channelsKey, 'choice'],
    queryFn: ({ signal }) => api.get('/channels', { query: { limit: 500 }, signal }),
  })
}

export function useChannelKinds() {
  return useQuery({
    queryKey: ['channel-kinds'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => api.get('/channels/kinds', { signal }),
  })
}
