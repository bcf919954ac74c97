import { useSyncExternalStore } from 'react'

/** One action of this person in this tab that can be taken back. */
export interface Undoable {
  /** What was done, as it is said to the person. */
  title: string
  undo: readonly string[]
}

const LIMIT = 100
const stacks = new Map<string, readonly Undoable[]>()
const listeners = new Set<() => void>()
const NONE: readonly Undoable[] = []

function set(report: string, stack: readonly Undoable[]) {
  stacks.set(report, stack)
  for (const listener of listeners) listener()
}

/** Keeps an action on a report; they are taken back newest first, also after another page was open. */
export function pushUndo(report: string, action: Undoable): void {
  if (action.undo.length === 0) return
  set(report, [...(stacks.get(report) ?? NONE), action].slice(-LIMIT))
}

export function popUndo(report: string): Undoable | undefined {
  const stack = stacks.get(report) ?? NONE
  const last = stack.at(-1)
  if (last) set(report, stack.slice(0, -1))
  return last
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** What `u` would take back now. */
export function useLastAction(report: string): Undoable | undefined {
  return useSyncExternalStore(subscribe, () => (stacks.get(report) ?? NONE).at(-1))
}
