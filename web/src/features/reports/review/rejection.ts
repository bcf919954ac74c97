import type { Reach } from '../types'

/** How a person rejects: kept as the default for the next time. */
export interface Rejection {
  reach: Reach
  reason: string
  comment: string
  /** Days until the rejection ends, 0 for never. */
  days: number
}

/** The reasons that the server offers; any other text may be written. */
export const REASONS = [
  'not_an_indicator',
  'benign',
  'legitimate_service',
  'own_asset',
  'victim',
  'researcher',
  'sinkhole',
  'typo',
  'too_broad',
  'duplicate',
  'outdated',
] as const

export const DAYS = [0, 30, 90, 365] as const

const KEY = 'vedette.reject'
const FIRST: Rejection = { reach: 'here', reason: 'not_an_indicator', comment: '', days: 0 }

export function lastRejection(): Rejection {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? 'null')
    if (typeof stored !== 'object' || stored === null) return FIRST
    const { reach, reason, days } = stored as Partial<Record<keyof Rejection, unknown>>
    return {
      reach: reach === 'source' || reach === 'everywhere' ? reach : 'here',
      reason: typeof reason === 'string' && reason ? reason : FIRST.reason,
      comment: '',
      days: DAYS.find((each) => each === days) ?? 0,
    }
  } catch {
    return FIRST
  }
}

/** Remembers scope, reason and time; a comment belongs to one decision alone. */
export function rememberRejection({ reach, reason, days }: Rejection): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ reach, reason, days }))
  } catch {
    // Remembered as long as nobody reloads: not at all.
  }
}

/** When a rejection for so many days ends, as the API takes it. */
export function expiryOf(days: number, now: number = Date.now()): string | undefined {
  return days > 0 ? new Date(now + days * 86_400_000).toISOString() : undefined
}
