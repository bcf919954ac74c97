// What the routes read from the URL; nothing else of the feature comes with the first load.

export const KINDS = [
  'warninglist',
  'taxonomy',
  'galaxy',
  'cluster',
  'template',
  'relationships',
  'stix',
] as const

export interface PacksSearch {
  q?: string | undefined
  kind?: (typeof KINDS)[number] | undefined
  on?: 'true' | 'false' | undefined
  /** The one that is shown beside the list. */
  pack?: string | undefined
  /** The value whose lists are looked for. */
  value?: string | undefined
}
