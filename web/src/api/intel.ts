import { api } from './client'
import type { Page } from './paging'

/**
 * Shapes and calls of the API that several pages share: values, claims, what is known of them,
 * decisions and exports. Ids are decimal strings, times RFC 3339, absent dates left out.
 */

export type ReviewState = 'proposed' | 'accepted' | 'rejected'
export type Reach = 'here' | 'source' | 'everywhere'
export type Tlp = 'clear' | 'green' | 'amber' | 'amber+strict' | 'red'

export interface Label {
  readonly owner?: string
  readonly distribution: number
  readonly sharing_group?: string
  readonly tlp?: Tlp | ''
  readonly pap?: Tlp | ''
}

export interface ValueRef {
  readonly id?: string
  readonly type: string
  readonly value: string
  readonly defanged: string
  readonly unicode?: string
}

export interface ListRef {
  readonly id: string
  readonly name: string
  readonly category: string
}

/** One line about a value, in the viewer's eyes. */
export interface Summary extends ValueRef {
  readonly known: boolean
  readonly score: number
  readonly publishers: number
  readonly reports: number
  readonly claims: number
  readonly states?: Readonly<Partial<Record<ReviewState, number>>>
  readonly first?: string
  readonly last?: string
  readonly expired?: boolean
  readonly to_ids?: boolean
  readonly sightings?: number
  readonly lists?: readonly ListRef[]
  readonly own?: string
}

export interface ScoreTerm {
  readonly name: string
  readonly factor: number
  readonly detail?: Readonly<Record<string, number>>
}

export interface Sentence {
  readonly text: string
  /** Where the value stands in the text, in UTF-16 code units. */
  readonly start: number
  readonly end: number
  readonly document: string
  readonly offset: number
}

export interface TagRef {
  readonly name: string
  readonly colour?: string
  readonly local?: boolean
}

export interface Claim {
  readonly id: string
  readonly report?: string
  readonly object?: string
  readonly source: string
  readonly label: Label
  readonly type: string
  readonly category?: string
  readonly relation?: string
  readonly stated: string
  readonly values: readonly ValueRef[]
  readonly comment?: string
  readonly to_ids: boolean
  readonly confidence: number
  readonly pain: number
  readonly published?: string
  readonly first_seen?: string
  readonly last_seen?: string
  readonly created: string
  readonly expires?: string
  readonly expired: boolean
  readonly state: ReviewState
  readonly correction?: string
  readonly reason?: string
  readonly tags: readonly TagRef[]
  readonly version: number
  readonly sentence?: Sentence
  readonly origin?: {
    readonly title: string
    readonly publisher: string
    readonly source_name: string
    readonly reliability?: string
    readonly published?: string
  }
}

export interface Report {
  readonly id: string
  readonly kind: string
  readonly title: string
  readonly summary?: string
  readonly lang?: string
  readonly source: string
  readonly source_name: string
  readonly publisher: string
  readonly label: Label
  readonly published?: string
  readonly observed?: string
  readonly created: string
  readonly progress: 'to_review' | 'in_review' | 'reviewed'
  readonly tags: readonly TagRef[]
  readonly counts?: {
    readonly claims: number
    readonly proposed: number
    readonly accepted: number
    readonly rejected: number
    readonly pain: number
    readonly own: number
  }
}

/** What an action changed, and what takes it back. */
export interface Done {
  readonly changed: readonly { id: string; version: number; state: ReviewState }[]
  readonly corrections: readonly string[]
  readonly undo: readonly string[]
}

/** One decision on claims; what follows `state` is for rejections. */
export interface Decision {
  state: ReviewState
  reach?: Reach
  reason?: string
  comment?: string
  expires?: string
}

export interface Correction {
  readonly id: string
  readonly kind: 'reject' | 'to_ids' | 'replaced'
  readonly value: ValueRef
  readonly reach: Reach
  readonly source?: string
  readonly report?: string
  readonly setting?: string
  readonly reason: string
  readonly comment?: string
  readonly by: string
  readonly created: string
  readonly expires?: string
  readonly undone?: string
}

interface CallOptions {
  path?: Record<string, string>
  query?: object
  body?: unknown
  signal?: AbortSignal | undefined
  idempotencyKey?: string
}
type Call = <T>(path: string, options?: CallOptions) => Promise<T>

/** The client without the types of openapi.json, for the shapes above. */
export const call = api as unknown as Record<'get' | 'post' | 'put' | 'patch' | 'delete', Call>

export const reviewClaims = (claims: readonly Claim[], decision: Decision) =>
  call.post<Done>('/claims/review', {
    body: { claims: claims.map((c) => c.id), versions: claims.map((c) => c.version), ...decision },
  })

export const undoActions = (undo: readonly string[]) => call.post<Done>('/undo', { body: { undo } })

export const rejectionReasons = (signal: AbortSignal) =>
  call.get<{ reasons: readonly string[] }>('/corrections/reasons', { signal })

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
