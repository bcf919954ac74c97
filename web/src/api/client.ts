import { Problem } from './problem'
import type { components, paths } from './schema.gen'

export type { components, paths }
/** A named type of the API, e.g. `Schema<'Me'>`. */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name]

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

type Operation<P extends keyof paths, M extends Method> = M extends keyof paths[P] ? paths[P][M] : never

/** The paths that answer a method. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: Operation<P, M> extends { responses: unknown } ? P : never
}[keyof paths]

type Part<Op, K extends 'path' | 'query'> = Op extends { parameters: infer A }
  ? K extends keyof A
    ? Exclude<A[K], undefined>
    : never
  : never

type Body<Op> = Op extends { requestBody?: infer B }
  ? Exclude<B, undefined> extends { content: infer C }
    ? C[keyof C]
    : never
  : never

type Ok<R> =
  R extends Record<200 | 201 | 202, infer A>
    ? A
    : { [S in keyof R]: S extends 200 | 201 | 202 | 203 ? R[S] : never }[keyof R]

type Answer<Op> = Op extends { responses: infer R }
  ? Ok<R> extends { content: infer C }
    ? C[keyof C]
    : undefined
  : never

type Need<K extends string, V> = [V] extends [never]
  ? { [k in K]?: undefined }
  : Record<string, never> extends V
    ? { [k in K]?: V }
    : { [k in K]: V }

export interface CallOptions {
  signal?: AbortSignal
  /** The version the caller read; the server refuses the write (412) when it is not the newest. */
  ifMatch?: string
  /** Repeating a POST with the same key does nothing twice. A fresh one is made when absent. */
  idempotencyKey?: string
  headers?: Record<string, string>
}

type Options<P extends keyof paths, M extends Method> = CallOptions &
  Need<'path', Part<Operation<P, M>, 'path'>> &
  Need<'query', Part<Operation<P, M>, 'query'>> &
  Need<'body', Body<Operation<P, M>>>

type Args<O> = Record<string, never> extends O ? [options?: O] : [options: O]

/** An answer with what travels beside its body. */
export interface Reply<T> {
  data: T
  status: number
  /** The version to send back as `ifMatch`, empty when the item has none. */
  etag: string
  headers: Headers
}

/** What a call looks like once its types are checked. */
interface Raw extends CallOptions {
  path?: object
  query?: object
  body?: unknown
}

const BASE = '/api/v1'

// A refused password or code is 401 too, and ends nothing.
const ENDED = new Set([
  'unauthenticated',
  'login_required',
  'login_needed',
  'session_expired',
  'account_disabled',
])

let onUnauthenticated: () => void = () => {}

/** Registers what happens when the session has ended; the shell sends the person to log in. */
export function setUnauthenticatedHandler(handler: () => void): void {
  onUnauthenticated = handler
}

let stepUp: (() => Promise<boolean>) | undefined

/** Registers who asks for the password again where the server wants that; answers whether it was given. */
export function setStepUpHandler(handler: (() => Promise<boolean>) | undefined): void {
  stepUp = handler
}

/** Fills {name} parts of a path and appends the query; undefined and null values are left out. */
export function buildUrl(template: string, path: object = {}, query: object = {}): string {
  const values = new Map<string, unknown>(Object.entries(path))
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(values.get(name))),
  )
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null) search.append(name, String(one))
    }
  }
  const text = search.toString()
  return (filled.startsWith('/api/') ? filled : BASE + filled) + (text ? `?${text}` : '')
}

async function send(method: Method, template: string, options: Raw, again = false): Promise<Reply<unknown>> {
  const headers = new Headers(options.headers)
  headers.set('Accept', 'application/json')
  if (options.ifMatch) headers.set('If-Match', options.ifMatch)
  if (method === 'post') headers.set('Idempotency-Key', options.idempotencyKey ?? newKey())
  let body: BodyInit | undefined
  if (options.body instanceof FormData || options.body instanceof Blob) {
    body = options.body
  } else if (options.body !== undefined) {
    headers.set('Content-Type', 'application/json')
    body = JSON.stringify(options.body)
  }
  const url = buildUrl(template, options.path, options.query)
  const init: RequestInit = { method: method.toUpperCase(), headers, credentials: 'same-origin' }
  if (body !== undefined) init.body = body
  if (options.signal) init.signal = options.signal
  const response = await fetch(url, init).catch((cause: unknown) => {
    if (options.signal?.aborted) throw cause
    throw Problem.network(cause)
  })
  if (!response.ok) {
    const problem = await Problem.fromResponse(response)
    if (ENDED.has(problem.code)) onUnauthenticated()
    // The refusal may be remembered under the old idempotency key: the second try takes a new one.
    if (problem.code === 'verify_required' && !again && stepUp && (await stepUp())) {
      const { idempotencyKey: _, ...rest } = options
      return send(method, template, rest, true)
    }
    throw problem
  }
  const type = response.headers.get('Content-Type') ?? ''
  const data: unknown = response.status === 204 ? undefined : await readData(response, type)
  return {
    data,
    status: response.status,
    etag: response.headers.get('ETag') ?? '',
    headers: response.headers,
  }
}

async function readData(response: Response, type: string): Promise<unknown> {
  try {
    return type.includes('json') ? await response.json() : await response.text()
  } catch (cause) {
    throw Problem.network(cause)
  }
}

/** 128 random bits. crypto.randomUUID is missing on plain http, which self-hosters use. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join(
    '',
  )
}

type Call<M extends Method> = <P extends PathOf<M>>(
  path: P,
  ...args: Args<Options<P, M>>
) => Promise<Answer<Operation<P, M>>>

type ReplyCall<M extends Method> = <P extends PathOf<M>>(
  path: P,
  ...args: Args<Options<P, M>>
) => Promise<Reply<Answer<Operation<P, M>>>>

function call<M extends Method>(method: M): Call<M> {
  const run = async (path: string, options: Raw = {}) => (await send(method, path, options)).data
  return run as unknown as Call<M>
}

function reply<M extends Method>(method: M): ReplyCall<M> {
  const run = (path: string, options: Raw = {}) => send(method, path, options)
  return run as unknown as ReplyCall<M>
}

/**
 * The API, typed by openapi.json. Answers the body; throws a Problem, or the AbortError of
 * `signal`. `api.reply.*` answers the body with its ETag.
 */
export const api = {
  get: call('get'),
  post: call('post'),
  put: call('put'),
  patch: call('patch'),
  delete: call('delete'),
  reply: {
    get: reply('get'),
    post: reply('post'),
    put: reply('put'),
    patch: reply('patch'),
    delete: reply('delete'),
  },
}
