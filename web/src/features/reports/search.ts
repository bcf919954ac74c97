import type { ReviewState } from './types'

// What the routes read from the URL. Nothing else of the feature may be imported by a route
// outside its component: it would come with the first load.

export const TABS = ['review', 'summary', 'objects', 'notes', 'history', 'files', 'statements'] as const
export type ReportTab = (typeof TABS)[number]

/** What of the claims is shown. */
export interface ReviewFilter {
  state?: ReviewState | undefined
  type?: string | undefined
  cq?: string | undefined
  /** Start and end of a section in bytes of the open document. */
  part?: string | undefined
}

export interface ReviewSearch extends ReviewFilter {
  claim?: string | undefined
  doc?: string | undefined
}

export interface ReportSearch extends ReviewSearch {
  tab?: ReportTab | undefined
}

export interface ReportsSearch {
  q?: string | undefined
  sort?: string | undefined
}
