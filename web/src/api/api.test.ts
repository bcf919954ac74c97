import { afterEach, describe, expect, test, vi } from 'vitest'
import { api, buildUrl, newKey, setUnauthenticatedHandler } from './client'
import { Problem } from './problem'
import { backOff, createSseParser, type ServerEvent } from './sse'

afterEach(() => vi.unstubAllGlobals())

function serve(answer: (request: Request) => Response | Promise<Response>) {
  const seen: Request[] = []
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    const request = new Request(new URL(url, 'http://vedette.example'), init)
    seen.push(request)
    return answer(request)
  })
  return seen
}

const json = (body: unknown, init: ResponseInit = {}, type = 'application/json') =>
  new Response(JSON.stringify(body), { ...init, headers: { 'Content-Type': type, ...init.headers } })

describe('client', () => {
  test('sends one key with a POST, keeps a given one, and none with a GET', async () => {
    const seen = serve(() => json({}))
    await api.post('/session', { body: { email: 'a', password: 'b' } })
    await api.post('/session', { body: { email: 'a', password: 'b' }, idempotencyKey: 'mine' })
    await api.get('/me')
    expect(seen[0]?.headers.get('Idempotency-Key')).toMatch(/^[0-9a-f]{32}$/)
    expect(seen[1]?.headers.get('Idempotency-Key')).toBe('mine')
    expect(seen[2]?.headers.get('Idempotency-Key')).toBeNull()
    expect(await seen[0]?.json()).toEqual({ email: 'a', password: 'b' })
    expect(newKey()).not.toBe(newKey())
  })

  test('fills paths, repeats lists, leaves out what is absent', () => {
    expect(buildUrl('/sessions/{id}', { id: 'a/b?c' })).toBe('/api/v1/sessions/a%2Fb%3Fc')
    expect(buildUrl('/api/v1/me', {}, { a: ['1', '2'], b: undefined, c: null, d: 0 })).toBe(
      '/api/v1/me?a=1&a=2&d=0',
    )
  })

  test('answers the version, and sends it back', async () => {
    const seen = serve(() => json({ id: 1 }, { headers: { ETag: '"7"' } }))
    const { etag } = await api.reply.get('/me')
    expect(etag).toBe('"7"')
    await api.delete('/session', { ifMatch: etag })
    expect(seen[1]?.headers.get('If-Match')).toBe('"7"')
  })

  test('an answer without a body is undefined', async () => {
    serve(() => new Response(null, { status: 204 }))
    expect(await api.delete('/session')).toBeUndefined()
  })

  test('a refused session is told once, a refused password is not', async () => {
    const ended = vi.fn()
    setUnauthenticatedHandler(ended)
    serve(() => json({ code: 'login_failed' }, { status: 401 }, 'application/problem+json'))
    await expect(api.post('/session', { body: { email: 'a', password: 'b' } })).rejects.toMatchObject({
      status: 401,
    })
    expect(ended).not.toHaveBeenCalled()
    serve(() => json({ code: 'session_expired' }, { status: 401 }, 'application/problem+json'))
    await expect(api.get('/me/sessions')).rejects.toBeInstanceOf(Problem)
    expect(ended).toHaveBeenCalledTimes(1)
    setUnauthenticatedHandler(() => {})
  })

  test('a lost connection is a problem, an aborted call is not', async () => {
    serve(() => Promise.reject(new TypeError('Failed to fetch')))
    await expect(api.get('/me')).rejects.toMatchObject({ code: 'network', status: 0, retryable: true })
    const abort = new AbortController()
    abort.abort()
    serve(() => Promise.reject(new DOMException('aborted', 'AbortError')))
    await expect(api.get('/me', { signal: abort.signal })).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('Problem', () => {
  test('reads problem+json, field by field', async () => {
    const body = {
      code: 'stale',
      kind: 'conflict',
      title: 'Conflict',
      params: { who: 'Li Lei' },
      errors: [{ name: 'value', code: 'bad', message: 'no' }, 'nonsense', null],
    }
    const problem = await Problem.fromResponse(json(body, { status: 412 }, 'application/problem+json'))
    expect(problem).toMatchObject({
      code: 'stale',
      conflict: true,
      params: { who: 'Li Lei' },
      detail: 'Conflict',
    })
    expect(problem.errors).toEqual([{ name: 'value', code: 'bad', message: 'no', params: {} }])
  })

  test("a proxy's page, a broken body and hostile shapes become the status", async () => {
    for (const [response, code] of [
      [
        new Response('<h1>502</h1>', { status: 502, headers: { 'Content-Type': 'text/html' } }),
        'unavailable',
      ],
      [new Response('{', { status: 500, headers: { 'Content-Type': 'application/json' } }), 'internal'],
      [json([1], { status: 404 }), 'not_found'],
      [
        json({ code: 5, errors: {}, params: [] }, { status: 429, headers: { 'Retry-After': '9' } }),
        'rate_limited',
      ],
    ] as const) {
      const problem = await Problem.fromResponse(response)
      expect(problem.code).toBe(code)
      expect(problem.errors).toEqual([])
    }
  })

  test('from keeps problems and wraps the rest', () => {
    const problem = new Problem({ status: 403 })
    expect(Problem.from(problem)).toBe(problem)
    expect(Problem.from(new Error('x'))).toMatchObject({ code: 'console_error', detail: 'x' })
    expect(Problem.from(undefined)).toMatchObject({ code: 'console_error' })
  })
})

describe('event stream', () => {
  const stream =
    ': hello\r\nretry: 2500\r\n\r\nid: 7\nevent: claim\ndata: {"a":1}\ndata: {"b":"银狐"}\n\ndata:no space\r\rid\nevent: gone\ndata\n\nevent: nothing\n\n'
  const want: ServerEvent[] = [
    { id: '7', event: 'claim', data: '{"a":1}\n{"b":"银狐"}' },
    { id: '7', event: 'message', data: 'no space' },
    { id: '', event: 'gone', data: '' },
  ]

  test('parses the same however it is cut', () => {
    for (let size = 1; size <= stream.length; size++) {
      const got: ServerEvent[] = []
      const parser = createSseParser((event) => got.push(event))
      for (let i = 0; i < stream.length; i += size) parser.push(stream.slice(i, i + size))
      expect({ size, got }).toEqual({ size, got: want })
      expect(parser.retry).toBe(2500)
    }
  })

  test('an event without end is dropped, the next one arrives', () => {
    const got: ServerEvent[] = []
    const parser = createSseParser((event) => got.push(event))
    const block = 'x'.repeat(64 * 1024)
    parser.push('data: ')
    for (let i = 0; i < 64; i++) parser.push(block)
    parser.push('\n\ndata: next\n\n')
    expect(got.map((event) => event.data)).toEqual(['next'])
  })

  test('waits grow to a minute, half of it random', () => {
    expect(backOff(0, 0)).toBe(500)
    expect(backOff(0, 1)).toBe(1000)
    expect(backOff(3, 1)).toBe(8000)
    expect(backOff(50, 1)).toBe(60_000)
    expect(backOff(0, 1, 5000)).toBe(5000)
  })
})
