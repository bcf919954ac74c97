import { type QueryKey, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'
import { toastProblem } from '~/ui/Toast'

/**
 * Runs what a button does: shows why it failed, and reads the lists under these keys again either
 * way. Answers whether it worked. `attempt` stays the same function.
 */
export function useAttempt(...keys: readonly QueryKey[]) {
  const client = useQueryClient()
  const [busy, setBusy] = useState(false)
  const latest = useRef(keys)
  useEffect(() => {
    latest.current = keys
  })
  const attempt = useCallback(
    async (work: () => Promise<unknown>): Promise<boolean> => {
      setBusy(true)
      try {
        await work()
        return true
      } catch (cause) {
        toastProblem(cause)
        return false
      } finally {
        setBusy(false)
        await Promise.all(latest.current.map((queryKey) => client.invalidateQueries({ queryKey })))
      }
    },
    [client],
  )
  return { attempt, busy }
}
