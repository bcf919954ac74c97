import { call } from '../api'

/** One claim to be added by hand. */
export interface ClaimInput {
  value: string
  type?: string
  comment?: string
  mention?: { document: string; start: number; end: number }
}

export interface Added {
  added: number
  known: number
  refused: number
  results: readonly {
    index: number
    value: string
    status: 'added' | 'known' | 'refused'
    claim?: string
    message?: string
  }[]
}

export const addClaims = (report: string, claims: readonly ClaimInput[]) =>
  call.post<Added>('/reports/{id}/claims', { path: { id: report }, body: { claims } })

export interface Extracted {
  type: string
  value: string
  original: string
}

/** What the server's extractor finds in a text, the longest first. */
export async function extractFrom(text: string, signal?: AbortSignal): Promise<Extracted[]> {
  const found = await call.post<{ items: readonly Extracted[] }>('/extract', {
    body: { text, keep_suppressed: true },
    signal,
  })
  return [...found.items].sort((a, b) => b.original.length - a.original.length)
}
