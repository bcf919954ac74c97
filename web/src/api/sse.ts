/** One server-sent event (HTML standard, section 9.2). */
export interface ServerEvent {
  id: string
  event: string
  data: string
}

export interface SseParser {
  push: (chunk: string) => void
  /** Milliseconds the server asks us to wait before reconnecting, undefined when it did not. */
  retry: number | undefined
  lastId: string
}

// An event longer than this is dropped: the stream carries notices, never documents.
const MAX_EVENT = 1 << 20

/** Parses an event stream from chunks cut anywhere. */
export function createSseParser(onEvent: (event: ServerEvent) => void): SseParser {
  let rest = ''
  let data: string[] = []
  let size = 0
  let event = ''
  let id = ''
  const parser: SseParser = { push, retry: undefined, lastId: '' }

  function dispatch() {
    parser.lastId = id
    if (data.length > 0 && size <= MAX_EVENT)
      onEvent({ id, event: event || 'message', data: data.join('\n') })
    data = []
    size = 0
    event = ''
  }

  function line(text: string) {
    if (text === '') return dispatch()
    if (text.startsWith(':')) return
    const colon = text.indexOf(':')
    const field = colon < 0 ? text : text.slice(0, colon)
    const value = colon < 0 ? '' : text.slice(colon + 1).replace(/^ /, '')
    if (field === 'data') {
      size += value.length
      if (size <= MAX_EVENT) data.push(value)
    } else if (field === 'event') event = value
    else if (field === 'id' && !value.includes('\0')) id = value
    else if (field === 'retry' && /^\d+$/.test(value)) parser.retry = Number(value)
  }

  function push(chunk: string) {
    const text = rest + chunk
    let start = 0
    // What was kept holds no line end, but for a CR at its end.
    let from = Math.max(0, rest.length - 1)
    for (;;) {
      const end = lineEnd(text, from)
      // A CR at the very end may be half of CRLF: wait for the next chunk.
      if (end < 0 || (text[end] === '\r' && end === text.length - 1)) break
      line(text.slice(start, end))
      start = end + (text[end] === '\r' && text[end + 1] === '\n' ? 2 : 1)
      from = start
    }
    rest = text.slice(start)
    if (rest.length > MAX_EVENT) {
      size = MAX_EVENT + 1
      rest = ''
    }
  }
  return parser
}

function lineEnd(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 10 || c === 13) return i
  }
  return -1
}

/** Wait before attempt n (from 0): doubles from one second to a minute, half of it random. */
export function backOff(attempt: number, random: number, floor = 1000): number {
  const full = Math.min(60_000, Math.max(floor, 1000) * 2 ** Math.min(attempt, 10))
  return full / 2 + (full / 2) * random
}
