import { type KeyboardEvent, type Ref, useImperativeHandle, useMemo, useRef } from 'react'

export interface CodeMark {
  /** From 1. */
  line: number
  column: number
  warning: boolean
  message: string
}

export interface CodeAreaHandle {
  /** Puts the caret at a place, both from 1. */
  goTo: (line: number, column: number) => void
}

const ROW = 18
const NONE: readonly CodeMark[] = []

/** Plain text with line numbers and marks at the lines that something is wrong with. Tab leaves it. */
export function CodeArea(props: {
  value: string
  onValue?: (value: string) => void
  label: string
  readOnly?: boolean
  marks?: readonly CodeMark[]
  handle?: Ref<CodeAreaHandle>
  describedBy?: string
}) {
  const area = useRef<HTMLTextAreaElement>(null)
  const gutter = useRef<HTMLDivElement>(null)
  const marks = props.marks ?? NONE
  const byLine = useMemo(() => new Map(marks.map((mark) => [mark.line, mark])), [marks])
  const lines = useMemo(() => props.value.split('\n').length, [props.value])
  useImperativeHandle(props.handle, () => ({
    goTo: (line, column) => {
      const at = offsetOf(props.value, line, column)
      area.current?.focus()
      area.current?.setSelectionRange(at, at)
      if (area.current) area.current.scrollTop = Math.max(0, (line - 4) * ROW)
    },
  }))
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // Tab must leave the field; what YAML needs is the indentation of the line before.
    if (event.key !== 'Enter' || event.nativeEvent.isComposing || event.ctrlKey || event.metaKey) return
    const { selectionStart, selectionEnd, value } = event.currentTarget
    const indent = /^[ ]*/.exec(value.slice(value.lastIndexOf('\n', selectionStart - 1) + 1, selectionStart))
    if (!indent?.[0] || props.readOnly) return
    event.preventDefault()
    event.currentTarget.setRangeText(`\n${indent[0]}`, selectionStart, selectionEnd, 'end')
    props.onValue?.(event.currentTarget.value)
  }
  return (
    <div className="code-area">
      <div className="gutter" ref={gutter} aria-hidden="true">
        {Array.from({ length: lines }, (_, i) => {
          const mark = byLine.get(i + 1)
          return (
            <div
              key={String(i)}
              className={mark ? (mark.warning ? 'warning' : 'danger') : ''}
              title={mark?.message}
            >
              {i + 1}
            </div>
          )
        })}
      </div>
      <textarea
        ref={area}
        aria-label={props.label}
        aria-describedby={props.describedBy}
        aria-invalid={marks.some((mark) => !mark.warning) || undefined}
        value={props.value}
        readOnly={props.readOnly}
        spellCheck={false}
        autoCapitalize="off"
        autoCorrect="off"
        wrap="off"
        onChange={(event) => props.onValue?.(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        onScroll={(event) => {
          if (gutter.current)
            gutter.current.style.transform = `translateY(${-event.currentTarget.scrollTop}px)`
        }}
      />
    </div>
  )
}

/** The offset of a line and column, both from 1; the end of the line where the column is beyond it. */
export function offsetOf(text: string, line: number, column: number): number {
  let start = 0
  for (let n = 1; n < line; n++) {
    const next = text.indexOf('\n', start)
    if (next < 0) return text.length
    start = next + 1
  }
  const end = text.indexOf('\n', start)
  return Math.min(start + Math.max(0, column - 1), end < 0 ? text.length : end)
}
