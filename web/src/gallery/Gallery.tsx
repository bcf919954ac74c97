import { type ReactNode, useState } from 'react'
import { useShortcutListener } from '~/commands/useCommands'
import { Controls, Feedback, Marks } from './parts'
import { GridPart, TextPart } from './surfaces'

const PARTS: readonly [string, string, () => ReactNode][] = [
  ['controls', 'Controls', Controls],
  ['marks', 'Badges and values', Marks],
  ['feedback', 'States and messages', Feedback],
  ['grid', 'DataGrid', GridPart],
  ['text', 'TextDocument in a SplitPane', TextPart],
]

/** Every component in its states, one part at a time (#grid …), for eyes and for axe. */
export default function Gallery() {
  useShortcutListener()
  const [part, setPart] = useState(window.location.hash.slice(1) || 'controls')
  const current = PARTS.find(([id]) => id === part) ?? PARTS[0]
  const Part = current?.[2] ?? Controls
  return (
    <div className="stack" style={{ height: '100dvh', padding: 16 }}>
      <nav aria-label="Gallery" className="inline">
        {PARTS.map(([id, name]) => (
          <a
            key={id}
            href={`#${id}`}
            onClick={() => setPart(id)}
            aria-current={id === part ? 'page' : undefined}
          >
            {name}
          </a>
        ))}
      </nav>
      <main className="stack" style={{ flex: 1, minHeight: 0, overflow: 'auto' }}>
        <h1>{current?.[1]}</h1>
        <div style={{ flex: 1, minHeight: 0 }}>
          <Part />
        </div>
      </main>
    </div>
  )
}
