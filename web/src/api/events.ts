import { useEffect, useRef, useSyncExternalStore } from 'react'
import { backOff, createSseParser, type ServerEvent } from './sse'

export type LiveState = 'idle' | 'connecting' | 'live' | 'waiting'

type Listener = (event: ServerEvent) => void

/**
 * One connection to the event stream for the whole tab, opened with the first listener and
 * closed with the last. Reconnects with Last-Event-ID, so that nothing between is missed.
 * EventSource cannot back off and hides the status of a refusal; hence fetch.
 */
class EventStream {
  #listeners = new Set<Listener>()
  #watchers = new Set<() => void>()
  #state: LiveState = 'idle'
  #abort: AbortController | undefined
  #wake: (() => void) | undefined
  #lastId = ''

  constructor(private readonly url: string) {}

  listen(listener: Listener): () => void {
    this.#listeners.add(listener)
    if (!this.#abort) void this.#run()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.#stop()
    }
  }

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  state = (): LiveState => this.#state

  #set(state: LiveState) {
    this.#state = state
    for (const watcher of this.#watchers) watcher()
  }

  #stop() {
    this.#abort?.abort()
    this.#abort = undefined
    this.#wake?.()
    this.#set('idle')
  }

  async #run() {
    const abort = new AbortController()
    this.#abort = abort
    const online = () => this.#wake?.()
    window.addEventListener('online', online)
    for (let attempt = 0; !abort.signal.aborted; attempt++) {
      this.#set('connecting')
      const end = await this.#connect(abort.signal)
      if (abort.signal.aborted) break
      // 401 and 403 will not mend by asking again (the guard deals with the session), and with
      // 204 the server asks not to come back.
      if (end.refused) {
        this.#set('idle')
        break
      }
      if (end.opened) attempt = 0
      this.#set('waiting')
      await this.#sleep(backOff(attempt, Math.random(), end.retry))
    }
    window.removeEventListener('online', online)
    if (this.#abort === abort) this.#abort = undefined
  }

  async #connect(
    signal: AbortSignal,
  ): Promise<{ opened: boolean; refused: boolean; retry: number | undefined }> {
    const parser = createSseParser((event) => {
      for (const listener of this.#listeners) listener(event)
    })
    let opened = false
    try {
      const headers: Record<string, string> = { Accept: 'text/event-stream' }
      if (this.#lastId) headers['Last-Event-ID'] = this.#lastId
      const response = await fetch(this.url, {
        headers,
        signal,
        credentials: 'same-origin',
        cache: 'no-store',
      })
      if (response.status === 401 || response.status === 403 || response.status === 204) {
        return { opened, refused: true, retry: undefined }
      }
      if (!response.ok || !response.body) return { opened, refused: false, retry: undefined }
      opened = true
      this.#set('live')
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
      for (;;) {
        const { done, value } = await reader.read()
        if (done) break
        parser.push(value)
        if (parser.lastId) this.#lastId = parser.lastId
      }
    } catch {
      // Aborted, or the line is down: the loop decides.
    }
    return { opened, refused: false, retry: parser.retry }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.#wake = undefined
        resolve()
      }
      const timer = setTimeout(done, ms)
      this.#wake = done
    })
  }
}

const stream = new EventStream('/api/v1/events')

/** Calls `onEvent` for every event of the named kinds while mounted. Data is JSON text. */
export function useLiveEvents(
  kinds: readonly string[],
  onEvent: (event: ServerEvent) => void,
  enabled = true,
): void {
  const latest = useRef(onEvent)
  const wanted = kinds.join(' ')
  useEffect(() => {
    latest.current = onEvent
  })
  useEffect(() => {
    if (!enabled) return
    const set = new Set(wanted.split(' '))
    return stream.listen((event) => {
      if (set.has(event.event) || set.has('*')) latest.current(event)
    })
  }, [wanted, enabled])
}

/**
 * A stream of its own beside the tab's, for what grows while somebody looks: "run=7". `onOpen` is
 * called on every connection, after which the server tells it from the beginning. Answers what ends it.
 */
export function openEvents(query: string, on: { onOpen: () => void; onEvent: Listener }): () => void {
  const own = new EventStream(`/api/v1/events?${query}`)
  const unwatch = own.watch(() => {
    if (own.state() === 'live') on.onOpen()
  })
  const end = own.listen(on.onEvent)
  return () => {
    unwatch()
    end()
  }
}

export function useLiveState(): LiveState {
  return useSyncExternalStore(stream.watch, stream.state)
}
