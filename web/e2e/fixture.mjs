// Serves a build of the console under the server's own security policy, with answers that are
// made up here: for the parts that must be seen before and beside a real server (a lost
// connection, a conflict, a second factor). Scenarios of pages use startServer instead.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }

/** The policy as web/handler.go sends it, read from there so that both stay one. */
export function contentPolicy() {
  const source = readFileSync(new URL('../handler.go', import.meta.url), 'utf8')
  const constant = /const contentPolicy = ([\s\S]*?)\n\n/.exec(source)?.[1] ?? ''
  const policy = [...constant.matchAll(/"([^"]*)"/g)].map((m) => m[1]).join('')
  if (!policy.includes('default-src')) throw new Error('no policy found in handler.go')
  return policy
}

const ME = {
  id: '7',
  name: 'Li Lei',
  email: 'lilei@vedette.example',
  organisation: { id: '1', name: 'Example CERT' },
  role: { id: '1', name: 'Admin' },
  permissions: ['intel.read', 'intel.review', 'users.all', 'system.manage'],
  clearance: 'red',
  locale: '',
  must_change_password: false,
  totp: false,
  version: 1,
  via: 'session',
  server: { version: 'fixture', languages: ['en', 'zh'], max_upload: 1000000 },
}

const SESSIONS = {
  items: [
    ['s1', '2026-11-20T08:00:00Z', '198.51.100.20', 'Firefox 145 on Linux', true],
    ['s2', '2026-11-18T02:10:00Z', '198.51.100.77', 'Edge 141 on Windows', false],
    ['s3', '2026-10-02T02:10:00Z', '2001:db8::77', 'vedette-cli 0.1', false],
  ].map(([id, at, address, agent, current]) => ({
    id,
    created: at,
    seen: at,
    expires: '2026-12-20T08:00:00Z',
    address,
    agent,
    current,
  })),
}

/** Starts it; `api` adds or replaces answers: {"GET /api/v1/x": (body) => [status, json]}. */
export async function startFixture({ dir, api = {} }) {
  let me = null
  const policy = contentPolicy()
  const routes = {
    'GET /api/v1/me': () => (me ? [200, me] : [401, { code: 'unauthenticated', status: 401 }]),
    'POST /api/v1/session': (body) => {
      if (body.password !== 'right') return [401, { code: 'login_failed', status: 401 }]
      if (body.email.startsWith('totp') && body.code === undefined)
        return [401, { code: 'totp_required', status: 401 }]
      if (body.code !== undefined && body.code !== '123456') {
        return [401, { code: 'totp_wrong', status: 401, errors: [{ name: 'code', code: 'totp_wrong' }] }]
      }
      me = ME
      return [200, me]
    },
    'DELETE /api/v1/session': () => {
      me = null
      return [204]
    },
    'POST /api/v1/setup': (body) => {
      if (body.token !== 'one-time') return [403, { code: 'link_invalid', status: 403 }]
      if (body.email === 'taken@vedette.example') {
        return [
          422,
          {
            code: 'invalid',
            status: 422,
            errors: [{ name: 'email', code: 'email_taken', message: 'This address has an account.' }],
          },
        ]
      }
      me = { ...ME, name: body.name, email: body.email }
      return [201, me]
    },
    'GET /api/v1/me/sessions': () => [200, SESSIONS],
    'DELETE /api/v1/me/sessions/s2': () => [204],
    'GET /api/v1/views': () => [200, { items: [], next: null }],
    'GET /api/v1/events': () => [204],
    ...api,
  }
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://x')
    let raw = ''
    for await (const chunk of request) raw += chunk
    const route = routes[`${request.method} ${pathname}`]
    if (pathname.startsWith('/api/')) {
      const [status, body] = route
        ? route(raw ? JSON.parse(raw) : undefined)
        : [404, { code: 'not_found', status: 404 }]
      const type = status >= 400 ? 'application/problem+json' : 'application/json'
      response
        .writeHead(status, { 'Content-Type': type })
        .end(body === undefined ? undefined : JSON.stringify(body))
      return
    }
    const path = normalize(pathname)
    const file = extname(path) ? path : '/index.html'
    try {
      const bytes = readFileSync(join(dir, file))
      response.writeHead(200, {
        'Content-Type': TYPES[extname(file)] ?? 'text/plain',
        'Content-Security-Policy': policy,
      })
      response.end(bytes)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const stop = () =>
    new Promise((resolve) => {
      server.closeAllConnections()
      server.close(resolve)
    })
  return {
    base: `http://127.0.0.1:${server.address().port}`,
    stop,
    logInAs: (on = true) => (me = on ? ME : null),
  }
}
