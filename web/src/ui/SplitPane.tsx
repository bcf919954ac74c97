import { type KeyboardEvent, type PointerEvent, type ReactNode, useState } from 'react'
import { useWidth } from './useWidth'

export interface SplitPaneProps {
  /** Names the stored size. */
  id: string
  /** What the handle resizes, for screen readers. */
  label: string
  /** Which child has the fixed size; the other takes the rest. */
  fixed: 'first' | 'second'
  /** Pixels. */
  initial: number
  min?: number
  max?: number
  /** Width under which the panes stand one over the other. */
  stackBelow?: number
  children: [ReactNode, ReactNode]
}

const STEP = 24
const PREFIX = 'vedette.split.'

/** Two panes with a handle between them, moved by pointer or arrow keys; double click resets. */
export function SplitPane(props: SplitPaneProps) {
  const { id, min = 160, fixed } = props
  const [frame, width] = useWidth()
  const [size, setSize] = useState(() => load(id) ?? props.initial)
  const [dragging, setDragging] = useState(false)
  const stacked = width > 0 && width < (props.stackBelow ?? 0)
  const max = Math.max(min, Math.min(props.max ?? Number.POSITIVE_INFINITY, (width || 2000) - min))
  const shown = Math.max(min, Math.min(max, size))

  const set = (next: number) => {
    const value = Math.round(Math.max(min, Math.min(max, next)))
    setSize(value)
    save(id, value)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const away = fixed === 'first' ? 1 : -1
    const moves: Record<string, number> = {
      ArrowRight: shown + STEP * away,
      ArrowLeft: shown - STEP * away,
      Home: min,
      End: max,
    }
    const next = moves[event.key]
    if (next === undefined) return
    event.preventDefault()
    set(next)
  }
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId)
    event.preventDefault()
    setDragging(true)
  }
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    if (!dragging) return
    const box = event.currentTarget.parentElement?.getBoundingClientRect()
    if (box) set(fixed === 'first' ? event.clientX - box.left : box.right - event.clientX)
  }
  const style = stacked ? { flex: '1 1 50%' } : { width: shown, flex: 'none' }
  const [first, second] = props.children
  return (
    <div className={`split ${stacked ? 'stacked' : ''}`} ref={frame}>
      <div
        className={`pane ${fixed === 'first' ? '' : 'rest'}`}
        style={fixed === 'first' ? style : undefined}
      >
        {first}
      </div>
      <div
        className="handle"
        role="separator"
        tabIndex={stacked ? -1 : 0}
        aria-label={props.label}
        aria-orientation={stacked ? 'horizontal' : 'vertical'}
        aria-valuenow={Math.round(shown)}
        aria-valuemin={min}
        aria-valuemax={Math.round(max)}
        data-active={dragging || undefined}
        onKeyDown={onKeyDown}
        onDoubleClick={() => set(props.initial)}
        onPointerDown={stacked ? undefined : onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={() => setDragging(false)}
        onPointerCancel={() => setDragging(false)}
      />
      <div
        className={`pane ${fixed === 'second' ? '' : 'rest'}`}
        style={fixed === 'second' ? style : undefined}
      >
        {second}
      </div>
    </div>
  )
}

function load(id: string): number | undefined {
  try {
    const value = Number(localStorage.getItem(PREFIX + id))
    return value >= 40 && value <= 4000 ? value : undefined
  } catch {
    return undefined
  }
}

function save(id: string, value: number) {
  try {
    localStorage.setItem(PREFIX + id, String(value))
  } catch {
    // Lasts as long as the page.
  }
}
