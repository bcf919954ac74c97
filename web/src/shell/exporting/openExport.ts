import { useSyncExternalStore } from 'react'

/** What the export dialog begins with. */
export interface ExportWish {
  q: string
  title?: string
  all?: boolean
}

let wish: ExportWish | undefined
const listeners = new Set<() => void>()

function set(next: ExportWish | undefined) {
  wish = next
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Opens the dialog that exports a selection as a file, from anywhere. */
export function openExport(next: ExportWish): void {
  set(next)
}

export function closeExport(): void {
  set(undefined)
}

export function useExportWish(): ExportWish | undefined {
  return useSyncExternalStore(subscribe, () => wish)
}
