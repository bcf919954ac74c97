import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { type CursorPages, useCursorPages } from '~/api/paging'
import { type ClaimFilter, getClaim, listClaims } from '../api'
import type { Claim, ClaimTally } from '../types'
import { claimsKey } from './store'

const PAGE = 200

/** The claims of a report that match, page by page, in the order in which they were stated. */
export function useClaims(report: string, filter: ClaimFilter): CursorPages<Claim> {
  return useCursorPages<Claim>({
    key: [...claimsKey(report), filter],
    fetchPage: (cursor, signal) => listClaims(report, filter, { cursor, limit: PAGE }, signal),
  })
}

const EMPTY: ClaimTally = { state: {}, type: {} }

/** How many claims match, by state and type, whatever state is chosen. */
export function useTally(report: string, filter: ClaimFilter): ClaimTally {
  const { q, document, from, to } = filter
  const found = useQuery<ClaimTally>({
    queryKey: ['tally', report, { q, document, from, to }],
    placeholderData: (before) => before,
    queryFn: async ({ signal }) => ({
      ...EMPTY,
      ...(await listClaims(report, { q, document, from, to }, { limit: 1 }, signal)).tally,
    }),
  })
  return found.data ?? EMPTY
}

/** One claim that the list may not have loaded yet. */
export function useClaim(id: string | undefined, rows: readonly Claim[]): Claim | undefined {
  const loaded = useMemo(() => rows.find((claim) => claim.id === id), [rows, id])
  const found = useQuery({
    queryKey: ['claim', id],
    enabled: id !== undefined && loaded === undefined,
    queryFn: ({ signal }) => getClaim(id ?? '', signal),
  })
  return loaded ?? (id === undefined ? undefined : found.data)
}

export function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, n) => sum + n, 0)
}
