import { act, type ReactNode } from 'react'
import { createRoot, type Root } from 'react-dom/client'

const roots: Root[] = []

/** Renders for a test; src/test-setup.ts takes it down again after it. */
export async function render(node: ReactNode): Promise<HTMLElement> {
  const place = document.body.appendChild(document.createElement('div'))
  const root = createRoot(place)
  roots.push(root)
  await act(async () => root.render(node))
  return place
}

export async function unmountAll(): Promise<void> {
  for (const root of roots.splice(0)) await act(async () => root.unmount())
}
