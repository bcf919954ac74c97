/** One field of a form that the server refused. */
export interface FieldError {
  name: string
  code: string
  message: string
  params: Record<string, unknown>
}

interface ProblemBody {
  status: number
  code: string
  kind: string
  detail: string
  subject: string
  params: Record<string, unknown>
  errors: FieldError[]
}

/**
 * Problem is every way a call can fail, in the form of RFC 9457. `code` is stable and has its
 * text in the locales under `errors.<code>`; `detail` is the server's English text, shown when
 * the code is unknown here. A call that never reached the server has status 0.
 */
export class Problem extends Error implements ProblemBody {
  override readonly name = 'Problem'
  readonly status: number
  readonly code: string
  readonly kind: string
  readonly detail: string
  readonly subject: string
  readonly params: Record<string, unknown>
  readonly errors: FieldError[]
  /** Seconds the server asked us to wait, 0 when it did not say. */
  readonly retryAfter: number

  constructor(body: Partial<ProblemBody> & { status: number }, retryAfter = 0) {
    super(body.detail || body.code || `status ${body.status}`)
    this.status = body.status
    this.code = body.code || codeOfStatus(body.status)
    this.kind = body.kind || kindOfStatus(body.status)
    this.detail = body.detail ?? ''
    this.subject = body.subject ?? ''
    this.params = body.params ?? {}
    this.errors = body.errors ?? []
    this.retryAfter = retryAfter
  }

  /** True when the same call may succeed later without anybody changing anything. */
  get retryable(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 502
  }

  /** True when somebody else changed the item since it was read. */
  get conflict(): boolean {
    return this.status === 412 || (this.status === 409 && (this.code === 'stale' || this.code === 'conflict'))
  }

  static network(cause: unknown): Problem {
    const detail = cause instanceof Error ? cause.message : ''
    return new Problem({ status: 0, code: 'network', kind: 'unavailable', detail })
  }

  /** Wraps anything thrown, so that every error shown passes the same component. */
  static from(cause: unknown): Problem {
    if (cause instanceof Problem) return cause
    const detail = cause instanceof Error ? cause.message : String(cause)
    return new Problem({ status: 500, code: 'console_error', kind: 'internal', detail })
  }

  /** Reads an answer that is not 2xx. A body that is no problem+json (a proxy's page) is not shown. */
  static async fromResponse(response: Response): Promise<Problem> {
    const retryAfter = Number(response.headers.get('Retry-After')) || 0
    const type = response.headers.get('Content-Type') ?? ''
    const body = type.includes('json') ? await response.json().catch(() => null) : null
    return new Problem({ ...readBody(body), status: response.status }, retryAfter)
  }
}

function readBody(body: unknown): Partial<ProblemBody> {
  if (!isRecord(body)) return {}
  const errors = Array.isArray(body.errors) ? body.errors.filter(isRecord).map(readField) : []
  return {
    code: text(body.code),
    kind: text(body.kind),
    detail: text(body.detail) || text(body.title),
    subject: text(body.subject),
    params: isRecord(body.params) ? body.params : {},
    errors,
  }
}

function readField(e: Record<string, unknown>): FieldError {
  return {
    name: text(e.name),
    code: text(e.code),
    message: text(e.message),
    params: isRecord(e.params) ? e.params : {},
  }
}

function isRecord(v: unknown): v is Record<string, unknown> {
  return typeof v === 'object' && v !== null && !Array.isArray(v)
}

function text(v: unknown): string {
  return typeof v === 'string' ? v : ''
}

function codeOfStatus(status: number): string {
  return kindOfStatus(status)
}

// The kinds of internal/errs.
function kindOfStatus(status: number): string {
  switch (status) {
    case 0:
    case 502:
    case 503:
    case 504:
      return 'unavailable'
    case 400:
    case 422:
      return 'invalid'
    case 401:
      return 'unauthenticated'
    case 403:
      return 'forbidden'
    case 404:
    case 410:
      return 'not_found'
    case 409:
    case 412:
      return 'conflict'
    case 413:
      return 'too_large'
    case 415:
      return 'unsupported'
    case 429:
      return 'rate_limited'
  }
  return 'internal'
}
