import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Problem } from '~/api/problem'
import { problemText } from '~/ui/problemText'
import { toast, toastProblem } from '~/ui/Toast'
import { relativeTime } from '~/ui/time'
import {
  type ClaimFilter,
  type Decision,
  type Done,
  deleteClaims,
  getClaim,
  reviewClaims,
  reviewMatching,
  setToIds,
  undoActions,
} from '../api'
import type { Claim } from '../types'
import { claimsKey, patchClaims, patchesOf } from './store'
import { popUndo, pushUndo } from './undo'

/** A claim as it is now, not as it was when a key was pressed. */
export type Fresh = (ids: readonly string[]) => Claim[]

export interface Actions {
  /** Work that has not been answered yet. */
  busy: number
  review: (ids: readonly string[], decision: Decision, title: string) => void
  toIds: (ids: readonly string[], on: boolean, title: string) => void
  remove: (ids: readonly string[], title: string) => void
  matching: (filter: ClaimFilter, decision: Decision, title: (count: number) => string) => Promise<void>
  undo: () => void
  /** Resolves when everything begun has been answered. */
  settled: () => Promise<void>
  /** Reads the numbers of the report and its filter again. */
  recount: () => void
}

const COUNT_AFTER = 300
// How many claims are read one by one after a collision; above, the list is read again.
const ONE_BY_ONE = 40

/**
 * What a reviewer does to claims. It shows at once and is sent in the order it was done, each with
 * the version the step before has left; what the server refuses goes back to what is true there.
 */
export function useActions(report: string, fresh: Fresh): Actions {
  const { t, i18n } = useTranslation()
  const client = useQueryClient()
  const chain = useRef<Promise<void>>(Promise.resolve())
  const [busy, setBusy] = useState(0)
  const freshNow = useRef(fresh)
  freshNow.current = fresh

  // Counting a report of many claims is work: after quick keys it is done once.
  const counting = useRef<number>(undefined)
  const recount = useCallback(() => {
    window.clearTimeout(counting.current)
    counting.current = window.setTimeout(() => {
      void client.invalidateQueries({ queryKey: ['tally', report] })
      void client.invalidateQueries({ queryKey: ['report', report], exact: true })
      void client.invalidateQueries({ queryKey: ['reports', 'queue'] })
    }, COUNT_AFTER)
  }, [client, report])

  /** Reads claims again that somebody else has changed. */
  const refresh = useCallback(
    async (ids: readonly string[]) => {
      if (ids.length > ONE_BY_ONE) {
        await client.invalidateQueries({ queryKey: claimsKey(report) })
        return
      }
      const found = await Promise.allSettled(ids.map((id) => getClaim(id)))
      const patches = new Map<string, Partial<Claim>>()
      for (const each of found) if (each.status === 'fulfilled') patches.set(each.value.id, each.value)
      patchClaims(client, report, patches)
    },
    [client, report],
  )

  const collided = useCallback(
    async (cause: unknown, ids: readonly string[]) => {
      const problem = Problem.from(cause)
      await refresh(ids)
      if (!problem.conflict) {
        toastProblem(cause)
        return
      }
      const { who, at } = problem.params
      const when = typeof at === 'string' ? relativeTime(at, Date.now(), i18n.language) : ''
      toast({
        tone: 'warning',
        title: typeof who === 'string' ? t('review.collision', { who, when }) : problemText(problem),
        detail: t('review.collision_detail'),
      })
    },
    [refresh, t, i18n.language],
  )

  return useMemo(() => {
    const later = (work: () => Promise<void>): Promise<void> => {
      setBusy((n) => n + 1)
      const done = chain.current.then(work).finally(() => setBusy((n) => n - 1))
      chain.current = done.catch(() => {})
      return done
    }
    const act = (
      ids: readonly string[],
      patch: Partial<Claim>,
      send: (claims: readonly Claim[]) => Promise<Done>,
      title: string,
    ) => {
      if (ids.length === 0) return
      patchClaims(client, report, new Map(ids.map((id) => [id, patch])))
      void later(async () => {
        try {
          const done = await send(freshNow.current(ids))
          patchClaims(client, report, patchesOf(done.changed))
          pushUndo(report, { title, undo: done.undo })
        } catch (cause) {
          await collided(cause, ids)
        }
        recount()
      })
    }
    return {
      busy,
      recount,
      settled: () => chain.current,
      review: (ids, decision, title) =>
        act(
          ids,
          { state: decision.state, ...(decision.reason ? { reason: decision.reason } : {}) },
          (claims) => reviewClaims(claims, decision),
          title,
        ),
      toIds: (ids, on, title) => act(ids, { to_ids: on }, (claims) => setToIds(claims, on), title),
      remove: (ids, title) => act(ids, { deleted: true }, deleteClaims, title),
      matching: (filter, decision, title) =>
        later(async () => {
          try {
            const done = await reviewMatching(report, filter, decision, () => {})
            patchClaims(client, report, patchesOf(done.changed))
            pushUndo(report, { title: title(done.changed.length), undo: done.undo })
          } catch (cause) {
            await collided(cause, [])
            await client.invalidateQueries({ queryKey: claimsKey(report) })
          }
          recount()
        }),
      undo: () => {
        void later(async () => {
          const last = popUndo(report)
          if (!last) return
          try {
            const done = await undoActions(last.undo)
            patchClaims(client, report, patchesOf(done.changed))
          } catch (cause) {
            toastProblem(cause, t('review.undo_failed'))
            await client.invalidateQueries({ queryKey: claimsKey(report) })
          }
          recount()
        })
      },
    }
  }, [busy, client, report, collided, recount, t])
}
