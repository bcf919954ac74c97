import { useSyncExternalStore } from 'react'

export interface Preference<T extends string> {
  get: () => T
  set: (value: T) => void
  subscribe: (listener: () => void) => () => void
}

/**
 * One choice of the person at this browser, kept in local storage. A stored value that is none
 * of `values` counts as absent; without storage (private windows) it lasts as long as the tab.
 */
export function preference<T extends string>(key: string, values: readonly T[], initial: T): Preference<T> {
  const listeners = new Set<() => void>()
  let current = read(key, values) ?? initial
  if (typeof window !== 'undefined') {
    window.addEventListener('storage', (event) => {
      if (event.key !== key) return
      current = read(key, values) ?? initial
      for (const listener of listeners) listener()
    })
  }
  return {
    get: () => current,
    set: (value) => {
      current = value
      try {
        localStorage.setItem(key, value)
      } catch {
        // Kept in memory only.
      }
      for (const listener of listeners) listener()
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function read<T extends string>(key: string, values: readonly T[]): T | undefined {
  try {
    const stored = localStorage.getItem(key)
    return values.find((value) => value === stored)
  } catch {
    return undefined
  }
}

export function usePreference<T extends string>(of: Preference<T>): T {
  return useSyncExternalStore(of.subscribe, of.get)
}

export type Theme = 'system' | 'light' | 'dark'
export type Density = 'normal' | 'dense'

// public/boot.js reads vedette.theme too, before the first paint.
export const themePreference = preference<Theme>('vedette.theme', ['system', 'light', 'dark'], 'system')
export const densityPreference = preference<Density>('vedette.density', ['normal', 'dense'], 'normal')

function applyPreferences(): void {
  const root = document.documentElement
  const theme = themePreference.get()
  if (theme === 'system') delete root.dataset.theme
  else root.dataset.theme = theme
  root.dataset.density = densityPreference.get()
}

/** Puts theme and density on the page, now and whenever they change. */
export function startPreferences(): void {
  applyPreferences()
  themePreference.subscribe(applyPreferences)
  densityPreference.subscribe(applyPreferences)
}
