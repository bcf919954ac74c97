import { api } from './client'

/** Offers values of a field of the search language that only the server knows; at most a dozen. */
export async function suggestTerms(field: string, typed: string, signal: AbortSignal): Promise<string[]> {
  switch (field) {
    case 'tag': {
      const found = await api.get('/tags/suggest', {
        query: { q: typed, limit: 12 },
        signal,
      })
      return found.items.map((tag) => tag.name)
    }
    case 'source':
    case 'publisher': {
      const found = await api.get('/sources', {
        query: { q: typed, limit: 12 },
        signal,
      })
      return [...new Set(found.items.map((each) => (field === 'source' ? each.name : each.publisher)))]
    }
  }
  return []
}

/** The tags whose name or meaning holds a text, beginnings first. */
export async function suggestTags(text: string, signal: AbortSignal) {
  const found = await api.get('/tags/suggest', { query: { q: text, limit: 20 }, signal })
  return found.items
}
