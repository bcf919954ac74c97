import { type QueryClient, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLiveEvents } from '~/api/events'
import { useMe } from '~/api/session'
import { saveVersioned } from '~/ui/ConflictDialog'
import { toast, toastProblem } from '~/ui/Toast'
import { bePresent, editReport, getClaim, getReport, leave, type ReportEdit } from '../api'
import { claimsKey, patchClaims } from '../review/store'
import type { Claim, Person, Report } from '../types'

export const reportKey = (id: string) => ['report', id] as const

export function useReport(id: string) {
  return useQuery({ queryKey: reportKey(id), queryFn: ({ signal }) => getReport(id, signal) })
}

function shown(client: QueryClient, report: Report) {
  client.setQueryData(reportKey(report.id), report)
  void client.invalidateQueries({ queryKey: ['reports'] })
  void client.invalidateQueries({ queryKey: ['history', report.id] })
}

/**
 * Changes a report with the version that was read; who was first is shown when somebody was. What
 * stood there before can be brought back from the message.
 */
export function useEditReport(report: Report) {
  const { t } = useTranslation()
  const client = useQueryClient()
  return useMutation({
    mutationFn: (edit: ReportEdit) =>
      saveVersioned({
        etag: String(report.version),
        write: (version) => editReport(report.id, { version: Number(version), ...edit }),
        reload: async () => {
          const now = await getReport(report.id)
          shown(client, now)
          return String(now.version)
        },
      }),
    onSuccess: (now, edit) => {
      if (!now) return
      shown(client, now)
      const before = inverse(report, edit)
      toast({
        tone: 'success',
        title: t('reports.saved'),
        ...(before
          ? {
              undo: () => {
                editReport(report.id, before).then((back) => shown(client, back), toastProblem)
              },
            }
          : {}),
      })
    },
  })
}

/** The edit that brings back what another one changes; undefined where the API cannot say it (an empty date). */
export function inverse(report: Report, edit: ReportEdit): ReportEdit | undefined {
  const back: ReportEdit = {}
  if (edit.title !== undefined) back.title = report.title
  if (edit.summary !== undefined) back.summary = report.summary ?? ''
  if (edit.url !== undefined) back.url = report.url ?? ''
  if (edit.lang !== undefined) back.lang = report.lang ?? ''
  if (edit.publisher !== undefined) back.publisher = report.publisher
  if (edit.progress !== undefined) back.progress = report.progress
  if (edit.assignee !== undefined) back.assignee = report.assignee ?? ''
  if (edit.tags !== undefined) back.tags = report.tags
  if (edit.label !== undefined) back.label = report.label
  for (const name of ['published', 'observed'] as const) {
    if (edit[name] === undefined) continue
    const before = report[name]
    if (before === undefined) return undefined
    back[name] = before
  }
  return back
}

// The server counts a heartbeat for thirty seconds.
const BEAT = 10_000
const PRESENCE = ['presence'] as const
const CHANGES = ['change', 'reset'] as const

/** Says that the report is open here, and answers who else has it open. */
export function usePresence(id: string): readonly Person[] {
  const client = useQueryClient()
  const me = useMe()
  const found = useQuery({
    queryKey: ['presence', id],
    queryFn: async () => (await bePresent(id)).present,
    refetchInterval: BEAT,
    staleTime: 0,
    retry: false,
  })
  useEffect(
    () => () => {
      // Nobody needs to hear that it failed: the heartbeat ends by itself.
      leave(id).catch(() => {})
    },
    [id],
  )
  useLiveEvents(
    PRESENCE,
    useCallback(
      (event) => {
        const { report, present } = fieldsOf(event.data)
        if (report !== id || !Array.isArray(present)) return
        const others = (present as Person[]).filter((person) => person.account !== String(me?.id))
        client.setQueryData(['presence', id], others)
      },
      [client, id, me?.id],
    ),
  )
  return found.data ?? NOBODY
}

const NOBODY: readonly Person[] = []

// Changes of one action arrive in a burst; they are read together.
const BURST = 400
const ONE_BY_ONE = 40

/**
 * Keeps an open report true: what others change in it is read again. One's own changes show
 * already. Answers who else has changed something last, for a moment.
 */
export function useLiveReport(id: string): { who: string; count: number } | undefined {
  const client = useQueryClient()
  const me = useMe()
  const [others, setOthers] = useState<{ who: string; count: number }>()
  const burst = useRef<{ claims: Set<string>; all: boolean; who: string; timer: number | undefined }>({
    claims: new Set(),
    all: false,
    who: '',
    timer: undefined,
  })
  useEffect(
    () => () => {
      window.clearTimeout(burst.current.timer)
    },
    [],
  )
  useEffect(() => {
    if (!others) return
    const timer = window.setTimeout(() => setOthers(undefined), 6000)
    return () => window.clearTimeout(timer)
  }, [others])
  useLiveEvents(
    CHANGES,
    useCallback(
      (event) => {
        const change = fieldsOf(event.data)
        const reset = event.event === 'reset'
        const own = change.actor === String(me?.id)
        // What a person drops comes in under their name while they look on.
        if (!reset && (!concerns(change, id) || (own && change.op !== 'create'))) return
        const { current } = burst
        if (change.kind === 'claim' && change.op !== 'create' && change.first === change.last) {
          current.claims.add(String(change.first))
        } else if (change.kind !== 'report') current.all = true
        if (typeof change.who === 'string' && !own) current.who = change.who
        window.clearTimeout(current.timer)
        current.timer = window.setTimeout(() => {
          const ids = [...current.claims]
          const { who } = current
          const all = current.all || ids.length > ONE_BY_ONE
          current.claims.clear()
          current.all = false
          void client.invalidateQueries({ queryKey: reportKey(id), exact: true })
          void client.invalidateQueries({ queryKey: ['tally', id] })
          void client.invalidateQueries({ queryKey: ['history', id] })
          if (all) void client.invalidateQueries({ queryKey: claimsKey(id) })
          else {
            void Promise.allSettled(ids.map((claim) => getClaim(claim))).then((found) => {
              const patches = new Map<string, Partial<Claim>>()
              for (const each of found)
                if (each.status === 'fulfilled') patches.set(each.value.id, each.value)
              patchClaims(client, id, patches)
            })
          }
          if (who && ids.length > 0) setOthers({ who, count: ids.length })
        }, BURST)
      },
      [client, id, me?.id],
    ),
  )
  return others
}

type Fields = Partial<Record<string, unknown>>

function fieldsOf(data: string): Fields {
  try {
    const event: unknown = JSON.parse(data)
    return typeof event === 'object' && event !== null ? (event as Fields) : {}
  } catch {
    return {}
  }
}

/** Whether a change is of a report or of something in it. */
export function concerns({ kind, first, last, parent }: Fields, report: string): boolean {
  if (parent === report) return true
  const n = Number(report)
  return kind === 'report' && Number(first) <= n && n <= Number(last ?? first)
}
