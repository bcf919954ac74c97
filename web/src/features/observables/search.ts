/** What stands beside the claims of a value. Here, so that the route needs nothing else of the feature. */
export const SIDES = ['around', 'sightings', 'notes', 'corrections'] as const
export type SideTab = (typeof SIDES)[number]
