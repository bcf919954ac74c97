import { useQueryClient } from '@tanstack/react-query'
import { useRef } from 'react'
import { useTranslation } from 'react-i18next'
import {
  type Claim,
  type Decision,
  type Done,
  everyPage,
  inTurns,
  reviewClaims,
  type Summary,
  undoActions,
} from '~/api/intel'
import { Problem } from '~/api/problem'
import { toast, toastProblem } from '~/ui/Toast'
import { listClaims } from './api'

/** The most values and claims that one action decides. */
const MAX_VALUES = 500
const MAX_CLAIMS = 10_000

/** The claims on a value that a decision would change. */
export async function claimsToDecide(id: string, decision: Decision): Promise<Claim[]> {
  const state = decision.state === 'accepted' ? 'state:proposed' : '-state:rejected'
  return everyPage((cursor) => listClaims(id, state, cursor, undefined, 1000), MAX_CLAIMS)
}

/** Decides on claims, says so, and keeps what takes the last action back. */
export function useDecide() {
  const { t } = useTranslation()
  const client = useQueryClient()
  const last = useRef<readonly string[]>([])
  const refresh = () =>
    Promise.all(
      ['observables', 'exports', 'corrections', 'reports'].map((key) =>
        client.invalidateQueries({ queryKey: [key] }),
      ),
    )

  const undo = async () => {
    const what = last.current
    if (what.length === 0) return
    last.current = []
    try {
      await undoActions(what)
      toast({ title: t('observables.undone'), tone: 'success' })
    } catch (cause) {
      last.current = what
      toastProblem(cause)
    }
    await refresh()
  }
  const told = (done: Done, decision: Decision) => {
    last.current = done.undo
    toast({
      title: t(decision.state === 'accepted' ? 'observables.accepted' : 'observables.rejected', {
        count: done.changed.length,
      }),
      tone: 'success',
      undo: () => void undo(),
    })
  }
  const attempt = async (work: () => Promise<Done | undefined>, decision: Decision) => {
    try {
      const done = await work()
      if (done) told(done, decision)
      else toast({ title: t('observables.nothing_to_decide') })
      return true
    } catch (cause) {
      toastProblem(cause)
      return false
    } finally {
      await refresh()
    }
  }
  const claims = (chosen: readonly Claim[], decision: Decision) =>
    attempt(async () => (chosen.length > 0 ? reviewClaims(chosen, decision) : undefined), decision)

  /** Decides on all claims of the values that the decision changes. */
  const values = (chosen: readonly Pick<Summary, 'id'>[], decision: Decision) =>
    attempt(async () => {
      const ids = chosen.flatMap(({ id }) => (id ? [id] : []))
      if (ids.length > MAX_VALUES) {
        throw new Problem({ status: 413, code: 'too_many_values', params: { max: MAX_VALUES } })
      }
      const found = (await inTurns(ids, (id) => claimsToDecide(id, decision))).flat()
      // One claim may state two of the values.
      const unique = [...new Map(found.map((claim) => [claim.id, claim])).values()]
      if (unique.length > MAX_CLAIMS) {
        throw new Problem({ status: 413, code: 'review_too_large', params: { limit: MAX_CLAIMS } })
      }
      return unique.length > 0 ? reviewClaims(unique, decision) : undefined
    }, decision)

  return { claims, values, undo: () => void undo() }
}
