export const KINDS = ['domain', 'network', 'brand', 'software'] as const
export type Kind = (typeof KINDS)[number]

/** How critical an asset is, by number. */
export const LEVELS = ['0', '1', '2', '3', '4'] as const

/** The type of value that an asset is, for showing it defanged; empty for names. */
export function typeOfAsset(asset: { kind: Kind; value: string }): string {
  if (asset.kind === 'domain') return 'domain-name'
  if (asset.kind === 'network') return asset.value.includes(':') ? 'ipv6-addr' : 'ipv4-addr'
  return ''
}
