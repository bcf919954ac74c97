/** The tabs of the exports. Here, so that the route needs nothing else of the feature. */
export const EXPORT_TABS = ['stable', 'taken', 'why', 'recall'] as const
export type ExportTab = (typeof EXPORT_TABS)[number]
