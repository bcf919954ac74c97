import { useEffect, useRef, useSyncExternalStore } from 'react'
import { type Handlers, ShortcutEngine } from './engine'
import { commands } from './index'
import type { ScopeId } from './types'

/** The console's one engine. */
export const shortcuts = new ShortcutEngine(commands)

/**
 * Binds a page's handlers to the commands of its scope while it is mounted and `enabled`.
 * Handlers may change with every render; answers a function that lifts the scope to the top,
 * for pages with several (call it on focus).
 */
export function useCommands(scope: ScopeId, handlers: Handlers, enabled = true): () => void {
  const latest = useRef(handlers)
  const raise = useRef<() => void>(() => {})
  const ids = Object.keys(handlers)
    .filter((id) => handlers[id])
    .sort()
    .join(' ')
  useEffect(() => {
    latest.current = handlers
  })
  useEffect(() => {
    if (!enabled || !ids) return
    const bound: Handlers = {}
    for (const id of ids.split(' ')) bound[id] = () => latest.current[id]?.()
    const layer = shortcuts.push(scope, bound)
    raise.current = layer.raise
    return layer.remove
  }, [scope, ids, enabled])
  return () => raise.current()
}

/** The keys pressed so far of a sequence, for the hint at the bottom. */
export function usePendingKeys(): string {
  return useSyncExternalStore(shortcuts.watch, shortcuts.pending)
}

/** Listens on the window. Once, in the shell. */
export function useShortcutListener(): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      shortcuts.handle(event)
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [])
}
