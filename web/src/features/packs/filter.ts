import type { Pack } from './api'
import type { PacksSearch } from './search'

/** The packs that a filter leaves. */
export function matching(packs: readonly Pack[], search: PacksSearch): Pack[] {
  const q = (search.q ?? '').toLowerCase()
  return packs.filter(
    (each) =>
      (!search.kind || each.kind === search.kind) &&
      (!search.on || String(each.enabled) === search.on) &&
      (!q ||
        [each.name, each.title ?? '', each.description ?? ''].some((text) => text.toLowerCase().includes(q))),
  )
}
