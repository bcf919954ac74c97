import type { InfiniteData, QueryClient } from '@tanstack/react-query'
import type { Changed, ClaimPage } from '../api'
import type { Claim } from '../types'

type Pages = InfiniteData<ClaimPage>

/** The key of every list of a report's claims; a filter stands behind it. */
export const claimsKey = (report: string) => ['claims', report] as const

/** Changes claims wherever they are shown, without reading anything again. */
export function patchClaims(
  client: QueryClient,
  report: string,
  patches: ReadonlyMap<string, Partial<Claim>>,
): void {
  if (patches.size === 0) return
  client.setQueriesData<Pages>({ queryKey: claimsKey(report) }, (data) => data && patchPages(data, patches))
  for (const [id, patch] of patches) {
    client.setQueryData<Claim>(['claim', id], (claim) => claim && { ...claim, ...patch })
  }
}

/** Pages and rows that no patch meets stay the same objects, so that they are not drawn again. */
export function patchPages(data: Pages, patches: ReadonlyMap<string, Partial<Claim>>): Pages {
  let any = false
  const pages = data.pages.map((page) => {
    let touched = false
    const items = page.items.map((claim) => {
      const patch = patches.get(claim.id)
      if (!patch) return claim
      touched = true
      return { ...claim, ...patch }
    })
    if (!touched) return page
    any = true
    return { ...page, items }
  })
  return any ? { ...data, pages } : data
}

export function patchesOf(changed: readonly Changed[]): Map<string, Partial<Claim>> {
  return new Map(
    changed.map(({ id, version, state, to_ids, deleted }) => [id, { version, state, to_ids, deleted }]),
  )
}

/** Where the next claim to decide is: after `from`, else from the top; -1 when none waits. */
export function nextProposed(rows: readonly Claim[], from: number): number {
  const waits = (claim: Claim | undefined) => claim?.state === 'proposed' && !claim.deleted
  for (let i = from + 1; i < rows.length; i++) if (waits(rows[i])) return i
  for (let i = 0; i < from && i < rows.length; i++) if (waits(rows[i])) return i
  return -1
}

/** Joins what a person typed with a type chosen beside it. */
export function claimQuery(q: string | undefined, type: string | undefined): string | undefined {
  const parts = [
    q?.trim(),
    type ? `type:${/[\s()"]/.test(type) ? `"${type.replaceAll('"', '')}"` : type}` : '',
  ]
  return parts.filter(Boolean).join(' ') || undefined
}
