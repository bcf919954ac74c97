// What the routes read from the URL. Nothing else of the feature may be imported by a route
// outside its component: it would come with the first load.

export const STATUSES = ['failing', 'stale', 'never', 'ok', 'disabled'] as const
export const SOURCE_TABS = ['overview', 'reports', 'runs', 'corrections', 'settings'] as const
export type SourceTab = (typeof SOURCE_TABS)[number]

export interface SourcesSearch {
  q?: string | undefined
  kind?: string | undefined
  status?: (typeof STATUSES)[number] | undefined
  tag?: string | undefined
  deleted?: 'true' | undefined
}

export interface SourceSearch {
  tab?: SourceTab | undefined
  /** The visit whose log is shown. */
  run?: string | undefined
}

export interface PresetsSearch {
  q?: string | undefined
  kind?: string | undefined
  lang?: string | undefined
}
