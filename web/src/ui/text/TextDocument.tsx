import { useVirtualizer } from '@tanstack/react-virtual'
import { type MouseEvent, memo, useEffect, useMemo, useRef } from 'react'
import { useCommands } from '~/commands/useCommands'
import { blockAt, cutBlocks, type IndexSpan, segments, spansByBlock } from './blocks'
import { selectionIn } from './selection'
import { Utf8Map } from './utf8'

/** A marked stretch; offsets are UTF-8 bytes of the text, end exclusive, as the API gives them. */
export interface TextSpan {
  id: string
  start: number
  end: number
  tone: Tone
}

export type Tone = 'proposed' | 'accepted' | 'rejected' | 'suppressed' | 'search'

/** What the person has selected, in UTF-8 bytes, and where it stands on the screen. */
export interface TextSelection {
  start: number
  end: number
  text: string
  rect: DOMRect
}

export interface TextDocumentProps {
  text: string
  spans: readonly TextSpan[]
  /** The tone of a span now, where it changes often: the spans of a long text are placed only once. */
  toneOf?: (id: string) => Tone | undefined
  label: string
  /** The span in question: shown strongly and scrolled to whenever it changes. */
  activeId?: string | null
  onSpan?: (id: string) => void
  /** Told undefined when nothing is selected any more. */
  onSelect?: (selection: TextSelection | undefined) => void
  /** For logs, code and mail headers. */
  mono?: boolean
  /** n and p move from mark to mark; off while another pane has those keys. */
  keyboard?: boolean
}

/** Shows plain text of any length with marks in place; only what is in sight is in the page. */
export function TextDocument(props: TextDocumentProps) {
  const { text, spans, activeId, onSpan, onSelect } = props
  const scroll = useRef<HTMLDivElement>(null)
  const map = useMemo(() => new Utf8Map(text), [text])
  const starts = useMemo(() => cutBlocks(text), [text])
  const placed = useMemo(() => place(spans, map), [spans, map])
  const byBlock = useMemo(() => spansByBlock(starts, placed), [starts, placed])
  const virtual = useVirtualizer({
    count: starts.length,
    getScrollElement: () => scroll.current,
    estimateSize: (i) => estimate((starts[i + 1] ?? text.length) - (starts[i] ?? 0)),
    overscan: 10,
    paddingStart: 16,
    paddingEnd: 40,
  })

  useEffect(() => {
    const span = activeId ? placed.find((each) => each.id === activeId) : undefined
    if (!span) return
    virtual.scrollToIndex(blockAt(starts, span.start), { align: 'center' })
    // A cut line may be taller than the window: bring the mark itself into sight once it is there.
    const frame = requestAnimationFrame(() => {
      const mark = scroll.current?.querySelector('[data-active]')
      mark?.scrollIntoView({ block: 'nearest' })
    })
    return () => cancelAnimationFrame(frame)
  }, [activeId, placed, starts, virtual])

  useEffect(() => {
    if (!onSelect) return
    let had = false
    const report = () => {
      const found = scroll.current ? selectionIn(scroll.current) : undefined
      if (!found && !had) return
      had = found !== undefined
      // The words come from the text itself, not from what stands on the screen for it.
      onSelect(
        found && {
          ...found,
          text: text.slice(found.start, found.end),
          start: map.toByte(found.start),
          end: map.toByte(found.end),
        },
      )
    }
    document.addEventListener('selectionchange', report)
    return () => document.removeEventListener('selectionchange', report)
  }, [onSelect, map, text])

  const step = (by: 1 | -1) => {
    if (!onSpan || placed.length === 0) return
    const at = placed.findIndex((span) => span.id === activeId)
    const next = placed[at < 0 ? (by > 0 ? 0 : placed.length - 1) : at + by]
    if (next) onSpan(next.id)
  }
  const raise = useCommands(
    'document',
    { 'document.next_mark': () => step(1), 'document.previous_mark': () => step(-1) },
    (props.keyboard ?? true) && onSpan !== undefined,
  )
  const onClick = (event: MouseEvent) => {
    const mark = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-span]') : null
    if (mark?.dataset.span && window.getSelection()?.isCollapsed !== false) onSpan?.(mark.dataset.span)
  }
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: n and p reach every mark by keyboard
    <div
      className={`text-doc ${props.mono ? 'mono-text' : ''}`}
      ref={scroll}
      tabIndex={0}
      role="document"
      aria-label={props.label}
      onClick={onClick}
      onFocus={raise}
    >
      <div className="text-doc-body" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const from = starts[item.index] ?? 0
          const own = byBlock.get(item.index)
          return (
            <div
              key={item.key}
              className="text-block"
              data-index={item.index}
              data-start={from}
              ref={virtual.measureElement}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <Block
                text={text}
                from={from}
                to={contentEnd(text, from, starts[item.index + 1] ?? text.length)}
                spans={own}
                toneOf={props.toneOf}
                activeId={own?.some((span) => span.id === activeId) ? (activeId ?? null) : null}
              />
            </div>
          )
        })}
      </div>
    </div>
  )
}

const Block = memo(function Block(props: {
  text: string
  from: number
  to: number
  spans: readonly IndexSpan[] | undefined
  toneOf: ((id: string) => Tone | undefined) | undefined
  activeId: string | null
}) {
  const { text, from, to, spans, toneOf, activeId } = props
  if (from >= to) return <br />
  return segments(text, from, to, spans).map((segment, i) =>
    segment.span ? (
      <mark
        // biome-ignore lint/suspicious/noArrayIndexKey: the segments of a block are a function of its props
        key={i}
        className={`mark ${toneOf?.(segment.span.id) ?? segment.span.tone}`}
        data-span={segment.span.id}
        data-active={segment.span.id === activeId || undefined}
      >
        {unturned(segment.text)}
      </mark>
    ) : (
      unturned(segment.text)
    ),
  )
})

// Marks that turn the direction of what follows: "exe.pdf" may be spelt "fdp.exe". A sign of the same
// length stands for each, so that offsets stay.
const TURNS = /[\u202a-\u202e\u2066-\u2069]/g

function unturned(text: string): string {
  return text.replace(TURNS, '\u21c4')
}

function place(spans: readonly TextSpan[], map: Utf8Map): IndexSpan[] {
  return spans
    .map(({ id, tone, start, end }) => ({ id, tone, start: map.toIndex(start), end: map.toIndex(end) }))
    .sort((a, b) => a.start - b.start || b.end - a.end)
}

// The line end is not part of what is shown; the block makes the line.
function contentEnd(text: string, from: number, to: number): number {
  let end = to
  if (end > from && text[end - 1] === '\n') end--
  if (end > from && text[end - 1] === '\r') end--
  return end
}

function estimate(length: number): number {
  return Math.max(1, Math.ceil(length / 105)) * 22
}
