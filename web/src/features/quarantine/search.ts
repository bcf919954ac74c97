// What the routes read from the URL; nothing else of the feature comes with the first load.

export const STAGES = ['acquire', 'parse', 'extract', 'ingest'] as const
export const STATES = ['open', 'replayed', 'discarded'] as const

export interface QuarantineSearch {
  q?: string | undefined
  stage?: (typeof STAGES)[number] | undefined
  code?: string | undefined
  state?: (typeof STATES)[number] | undefined
  source?: string | undefined
  report?: string | undefined
  /** The one that is shown beside the list. */
  item?: string | undefined
}
