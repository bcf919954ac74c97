import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, type Schema } from '~/api/client'
import type { Lookup } from '~/api/intel'
import { MAX_LIST, readPaste } from './list'

export type Found = Schema<'SearchOut'>
export type Hit = Schema<'ReportHit'>

export const runSearch = (q: string, signal: AbortSignal) =>
  api.get('/search', { query: { q, limit: 20 }, signal })

/** One call takes 10,000; smaller ones show how far it is. */
const AT_ONCE = 5000

export interface LookedUp {
  rows: Lookup[]
  /** It was a text, and the values were found in it. */
  text?: string
  /** Values that were left out because the list is too long. */
  over: number
}

async function lookUpAll(
  pasted: string,
  step: (done: number, of: number) => void,
  signal: AbortSignal,
): Promise<LookedUp> {
  const read = readPaste(pasted)
  let values: string[]
  if (read.kind === 'values') values = read.values
  else {
    const found = await api.post('/extract', { body: { text: read.text, types: 'default' }, signal })
    values = [...new Set(found.items.map((item) => item.value))]
  }
  const over = Math.max(0, values.length - MAX_LIST)
  values = values.slice(0, MAX_LIST)
  const rows: Lookup[] = []
  for (let at = 0; at < values.length; at += AT_ONCE) {
    step(at, values.length)
    const answer = await api.post('/lookup', { body: { values: values.slice(at, at + AT_ONCE) }, signal })
    rows.push(...answer.items)
  }
  return { rows, over, ...(read.kind === 'text' ? { text: read.text } : {}) }
}

/** Looks up everything that was pasted; `progress` tells how far it is. */
export function useLookUp(pasted: string) {
  const [progress, setProgress] = useState<{ done: number; of: number }>()
  const query = useQuery({
    queryKey: ['lookup', pasted],
    enabled: pasted.trim() !== '',
    staleTime: 60_000,
    queryFn: ({ signal }) => lookUpAll(pasted, (done, of) => setProgress({ done, of }), signal),
  })
  return { query, progress }
}

export interface AddWish {
  title: string
  tags: readonly string[]
  accept: boolean
  values: readonly string[]
}

export interface AddedList {
  report: string
  added: number
  known: number
  refused: { value: string; message: string }[]
}

/** Keeps a list as a report of its own, so that it can be reviewed, exported and deleted as one. */
export async function addList(wish: AddWish, step: (done: number) => void): Promise<AddedList> {
  const report = await api.post('/reports', {
    body: { title: wish.title, ...(wish.tags.length > 0 ? { tags: [...wish.tags] } : {}) },
  })
  const out: AddedList = { report: report.id, added: 0, known: 0, refused: [] }
  for (let at = 0; at < wish.values.length; at += AT_ONCE) {
    step(at)
    const claims = wish.values.slice(at, at + AT_ONCE).map((value) => ({ value }))
    const answer = await api.post('/reports/{id}/claims', {
      path: { id: report.id },
      body: { claims, accept: wish.accept },
    })
    out.added += answer.added
    out.known += answer.known
    for (const each of answer.results) {
      if (each.status === 'refused')
        out.refused.push({ value: each.value, message: each.message ?? each.code ?? '' })
    }
  }
  return out
}
