import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { api, buildUrl, type Schema } from './client'
import { inTurns, type Tlp } from './intel'

/** What an export takes: a query of the search language under rules and a TLP ceiling. */
export interface Selection {
  q: string
  /** Everything visible under the ceiling, whatever its review state, flags and lists. */
  all: boolean
  tlp: Tlp
}

export const TLP_LEVELS: readonly Tlp[] = ['clear', 'green', 'amber', 'amber+strict', 'red']

/** A TLP level as the API writes it; empty where it is none that is known. */
export function tlpOf(level: string | undefined): Tlp | '' {
  return TLP_LEVELS.find((each) => each === level) ?? ''
}

/** Formats in the order in which they are offered, as the server names them. */
export const FORMATS = ['stix21', 'misp', 'csv', 'text', 'ndjson'] as const
export type Format = (typeof FORMATS)[number]

export type StableExport = Schema<'Feed'>
export type Why = Schema<'Why'>

const parameters = ({ q, all, tlp }: Selection) => ({ ...(q ? { q } : {}), ...(all ? { all } : {}), tlp })

export const countExport = (selection: Selection, signal: AbortSignal) =>
  api.get('/export/count', { query: parameters(selection), signal })

/** The address that streams the selection as a file. */
export function exportHref(selection: Selection, format: Format, title: string): string {
  return buildUrl('/export', {}, { ...parameters(selection), format, title: title || undefined })
}

export const listExports = async (signal: AbortSignal) => (await api.get('/exports', { signal })).items

export const exportsKey = ['exports'] as const

/** `type` is known where the value comes from the store; what a person types is recognised. */
export const whyOnExport = (id: string, value: string, type?: string, signal?: AbortSignal) =>
  api.get('/exports/{id}/why', {
    path: { id },
    query: { value, ...(type ? { type } : {}) },
    ...(signal ? { signal } : {}),
  })

/** The stable exports, each with whether and why the value is on it. */
export function useExportsOf(value: string | undefined, type?: string) {
  return useQuery({
    queryKey: ['exports', 'why', value, type],
    enabled: value !== undefined && value !== '',
    queryFn: async ({ signal }) => {
      const found = await listExports(signal)
      const alive = found.filter(isAlive)
      return inTurns(alive, async (item) => ({
        item,
        why: await whyOnExport(item.id, value ?? '', type, signal),
      }))
    },
  })
}

/** Whether it can be fetched now. */
export function isAlive(item: StableExport): boolean {
  return item.enabled && !isOver(item)
}

export function isOver(item: StableExport): boolean {
  return item.expires !== undefined && Date.parse(item.expires) <= Date.now()
}

/** The value a moment after it last changed: what is typed must not become a request per key. */
export function useSettled<T>(value: T, ms = 400): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms)
    return () => clearTimeout(timer)
  }, [value, ms])
  return settled
}

/** The condition of the search language that lists what an export holds back for a reason. */
export function heldQuery(selection: Selection, reason: string): string | undefined {
  const conditions: Record<string, string> = {
    proposed: 'state:proposed',
    rejected: 'state:rejected',
    not_to_ids: 'state:accepted to_ids:no',
    expired: 'state:accepted expired:yes',
    listed: 'listed:yes',
    own: 'own:yes',
    ceiling: `tlp:>${selection.tlp}`,
  }
  const condition = conditions[reason]
  if (!condition) return undefined
  const q = selection.q.trim()
  return q ? `${/\bOR\b|\|\|/.test(q) ? `(${q})` : q} ${condition}` : condition
}
