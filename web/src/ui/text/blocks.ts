import { isHigh } from './utf8'

/** A stretch of text that stands in a TextDocument; offsets are UTF-16 indexes, end exclusive. */
export interface IndexSpan {
  id: string
  tone: string
  start: number
  end: number
}

/** A piece of a block with the span on top of it, if any. */
export interface Segment {
  text: string
  span: IndexSpan | undefined
}

// A line longer than this is cut, so that one line of megabytes can be shown too.
const MAX_BLOCK = 1500

/** Where each block begins: one line each, long lines cut at a space, never inside a character. */
export function cutBlocks(text: string, max: number = MAX_BLOCK): Uint32Array {
  const starts: number[] = []
  let start = 0
  let newline = -1
  while (start <= text.length) {
    starts.push(start)
    // Not looked for again within one long line.
    if (newline < start && newline !== text.length) newline = text.indexOf('\n', start)
    if (newline < 0) newline = text.length
    const end = Math.min(newline + 1, text.length)
    if (end - start > max) {
      start = cutAt(text, start, start + max)
      continue
    }
    if (newline === text.length) break
    start = end
    if (start === text.length) break
  }
  return Uint32Array.from(starts)
}

function cutAt(text: string, start: number, limit: number): number {
  for (let i = limit; i > start + (limit - start) / 2; i--) {
    const c = text.charCodeAt(i - 1)
    if (c === 32 || c === 9) return i
  }
  return isHigh(text.charCodeAt(limit - 1)) ? limit - 1 : limit
}

/** The last block that begins at or before an index. */
export function blockAt(starts: Uint32Array, index: number): number {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const mid = (low + high + 1) >> 1
    if ((starts[mid] ?? 0) <= index) low = mid
    else high = mid - 1
  }
  return low
}

/** For each block the spans that touch it. */
export function spansByBlock(starts: Uint32Array, spans: readonly IndexSpan[]): Map<number, IndexSpan[]> {
  const out = new Map<number, IndexSpan[]>()
  for (const span of spans) {
    if (span.end <= span.start) continue
    const last = blockAt(starts, span.end - 1)
    for (let block = blockAt(starts, span.start); block <= last; block++) {
      const list = out.get(block)
      if (list) list.push(span)
      else out.set(block, [span])
    }
  }
  return out
}

/**
 * Cuts a block where spans begin and end. Where spans overlap the shortest is on top: a host
 * inside a URL stays reachable.
 */
export function segments(
  text: string,
  from: number,
  to: number,
  spans: readonly IndexSpan[] = [],
): Segment[] {
  const cuts = new Set([from, to])
  for (const span of spans) {
    if (span.start > from && span.start < to) cuts.add(span.start)
    if (span.end > from && span.end < to) cuts.add(span.end)
  }
  const points = [...cuts].sort((a, b) => a - b)
  const out: Segment[] = []
  for (let i = 0; i + 1 < points.length; i++) {
    const start = points[i] ?? from
    const end = points[i + 1] ?? to
    let top: IndexSpan | undefined
    for (const span of spans) {
      if (span.start > start || span.end < end) continue
      if (!top || span.end - span.start < top.end - top.start) top = span
    }
    out.push({ text: text.slice(start, end), span: top })
  }
  return out
}
