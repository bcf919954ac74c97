/** A title that fits what was typed, with the places that fit, best first. */
export interface Match<T> {
  item: T
  score: number
  /** Indexes into the first of the item's texts that were typed. */
  hits: number[]
}

/**
 * Finds the items whose text holds all typed letters in order; letters at the start of words
 * and in a row count more. Every text of an item is tried; the best one counts.
 */
export function fuzzyMatch<T>(
  query: string,
  items: readonly T[],
  texts: (item: T) => readonly string[],
): Match<T>[] {
  const typed = query.trim().toLowerCase()
  if (!typed) return items.map((item) => ({ item, score: 0, hits: [] }))
  const out: Match<T>[] = []
  for (const item of items) {
    let best: Match<T> | undefined
    texts(item).forEach((text, i) => {
      const found = score(typed, text.toLowerCase())
      if (found && (!best || found.score > best.score)) {
        best = { item, score: found.score, hits: i === 0 ? found.hits : [] }
      }
    })
    if (best) out.push(best)
  }
  return out.sort((a, b) => b.score - a.score)
}

function score(typed: string, text: string): { score: number; hits: number[] } | undefined {
  const whole = text.indexOf(typed)
  if (whole >= 0) {
    const start = whole === 0 || !/[\p{L}\p{N}]/u.test(text[whole - 1] ?? '')
    const hits = Array.from({ length: typed.length }, (_, i) => whole + i)
    return { score: 100 + (start ? 50 : 0) - Math.min(whole, 20) - text.length / 100, hits }
  }
  const hits: number[] = []
  let total = 0
  let from = 0
  for (const letter of typed) {
    if (letter === ' ') continue
    const at = text.indexOf(letter, from)
    if (at < 0) return undefined
    const wordStart = at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1] ?? '')
    total += wordStart ? 6 : at === from ? 4 : 1
    hits.push(at)
    from = at + 1
  }
  return { score: total - text.length / 50, hits }
}
