import { api, type Schema } from './client'
import type { Page } from './paging'

/**
 * Shapes and calls of the API that several pages share: values, claims, what is known of them,
 * decisions. Ids are decimal strings, times RFC 3339, absent dates left out.
 */

export type ReviewState = 'proposed' | 'accepted' | 'rejected'
export type Reach = 'here' | 'source' | 'everywhere'
export type Tlp = 'clear' | 'green' | 'amber' | 'amber+strict' | 'red'

export type Label = Schema<'Label'>
export type ValueRef = Schema<'Value'>
export type ListRef = Schema<'List'>
export type ScoreTerm = Schema<'Term'>
export type Sentence = Schema<'Sentence'>
export type Claim = Schema<'Claim'>
export type Report = Schema<'Report'>
export type Correction = Schema<'Correction'>
/** One line about a value, in the viewer's eyes. */
export type Summary = Schema<'Summary'>
/** The same of a value that was asked for, with the question as it was sent. */
export type Lookup = Schema<'Lookup'>
/** What an action changed, and what takes it back. */
export type Done = Schema<'Done'>

/** One decision on claims; what follows `state` is for rejections, which reach this report alone unless they say more. */
export interface Decision {
  state: ReviewState
  reach?: Reach
  reason?: string
  comment?: string
  expires?: string
}

export const reviewClaims = (claims: readonly Claim[], decision: Decision) =>
  api.post('/claims/review', {
    body: {
      claims: claims.map((c) => c.id),
      versions: claims.map((c) => c.version),
      reach: 'here',
      ...decision,
    },
  })

export const undoActions = (undo: readonly string[]) => api.post('/undo', { body: { undo } })

export const rejectionReasons = (signal: AbortSignal) => api.get('/corrections/reasons', { signal })

/** All pages of a list, up to `most` items. */
export async function everyPage<T>(
  read: (cursor: string | undefined) => Promise<Page<T>>,
  most = 10_000,
): Promise<T[]> {
  const out: T[] = []
  let cursor: string | undefined
  do {
    const page = await read(cursor)
    out.push(...page.items)
    cursor = page.next || undefined
  } while (cursor && out.length < most)
  return out
}

/** Runs `work` on every item, a few at a time, and answers in the order of the items. */
export async function inTurns<A, B>(
  items: readonly A[],
  work: (item: A) => Promise<B>,
  atOnce = 4,
): Promise<B[]> {
  const out: B[] = new Array(items.length)
  let at = 0
  const worker = async () => {
    while (at < items.length) {
      const i = at++
      const item = items[i]
      if (item !== undefined) out[i] = await work(item)
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker))
  return out
}
