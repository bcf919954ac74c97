// What every scenario needs: a browser, a server, a login, pictures, and axe. Nothing here
// knows a page of the console.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

export const OUT = process.env.E2E_OUT ?? new URL('out', import.meta.url).pathname
const AXE = readFileSync(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8')

/** The looks that pictures are taken in. */
export const THEMES = ['light', 'dark']
export const LANGUAGES = ['en', 'zh']
export const WIDTHS = [1280, 390]

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export async function launchBrowser() {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
  return chromium.launch({ executablePath, headless: true, args: FLAGS })
}

/** A fresh browser context. Faults of the page (errors, violated policies) are kept in `faults`. */
export async function newPage(
  browser,
  base,
  { theme = 'light', language = 'en', width = 1280, height } = {},
) {
  const context = await browser.newContext({
    baseURL: base,
    viewport: { width, height: height ?? (width < 600 ? 844 : 800) },
    colorScheme: theme,
    locale: language === 'zh' ? 'zh-CN' : 'en-GB',
    hasTouch: width < 600,
    isMobile: width < 600,
  })
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: base })
  const page = await context.newPage()
  const faults = []
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`))
  page.on('console', (message) => {
    const text = message.text()
    // A refused request (401 before login) is what the browser logs, not a fault of the page.
    if (message.type() === 'error' && !text.startsWith('Failed to load resource'))
      faults.push(`console: ${text}`)
  })
  page.faults = faults
  return page
}

/** Changes the look of an open page the way its menu does. */
export async function setLook(page, { theme, language }) {
  await page.evaluate(
    ([theme, language]) => {
      localStorage.setItem('vedette.theme', theme)
      localStorage.setItem('vedette.language', language)
    },
    [theme, language],
  )
  await page.reload()
}

/** Runs `act` in every look, with a page of its own. */
export async function inEveryLook(browser, base, act, widths = WIDTHS) {
  for (const width of widths) {
    for (const theme of THEMES) {
      for (const language of LANGUAGES) {
        const page = await newPage(browser, base, { theme, language, width })
        try {
          await act(page, `${language}-${theme}-${width}`)
          assert(page.faults.length === 0, `${language} ${theme} ${width}: ${page.faults.join('; ')}`)
        } finally {
          await page.context().close()
        }
      }
    }
  }
}

export async function shot(page, name) {
  mkdirSync(OUT, { recursive: true })
  await page.waitForTimeout(250)
  await page.screenshot({ path: join(OUT, `${name}.png`) })
}

/** Fails on any violation of WCAG 2.2 A/AA or axe's best practices. */
export async function axe(page, where, { exclude = [] } = {}) {
  await page.waitForTimeout(150)
  // The protocol's evaluate is not bound by the page's policy, so that the policy stays on.
  await page.evaluate(AXE)
  const result = await page.evaluate(async (exclude) => {
    // An open popup or dialog hangs outside the landmarks by nature, and hides the rest.
    const over = document.querySelector('.popup, [role=dialog]') !== null
    const off = over ? ['region', 'landmark-one-main', 'page-has-heading-one'] : []
    const rules = Object.fromEntries(off.map((id) => [id, { enabled: false }]))
    const context = { exclude: exclude.map((each) => [each]) }
    const found = await window.axe.run(context, { resultTypes: ['violations'], rules })
    return found.violations.map((v) => ({
      id: v.id,
      help: v.help,
      nodes: v.nodes.map((n) => n.html.slice(0, 160)),
    }))
  }, exclude)
  assert(
    result.length === 0,
    `axe on ${where}:\n${result.map((v) => `  ${v.id}: ${v.help}\n    ${v.nodes.slice(0, 4).join('\n    ')}`).join('\n')}`,
  )
}

/** Fails when the page is wider than its window: a phone would scroll sideways. */
export async function noSidewaysScroll(page, where) {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
  assert(content <= window, `${where}: ${content} px of content in ${window} px`)
}

export function assert(truth, message) {
  if (!truth) throw new Error(message)
}

export function equal(got, want, what) {
  assert(
    JSON.stringify(got) === JSON.stringify(want),
    `${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`,
  )
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}

const ADMIN = { email: 'admin@vedette.example', password: 'a long sentence for the tests' }

/**
 * Starts the server binary (VEDETTE_BIN) on a new data folder and a free port, with one
 * administrator, and waits until it is ready. Answers { base, data, admin, run, stop };
 * `run(args, input)` runs a further command of the binary.
 */
export async function startServer({ bin = process.env.VEDETTE_BIN, env = {} } = {}) {
  assert(bin, 'VEDETTE_BIN names no binary')
  const data = mkdtempSync(join(tmpdir(), 'vedette-e2e-'))
  const port = await freePort()
  const base = `http://127.0.0.1:${port}`
  const run = (args, input = '') => runBinary(bin, args, input, env)
  await run(
    ['user', 'create', '--data', data, '--admin', '--email', ADMIN.email, '--password-stdin'],
    `${ADMIN.password}\n`,
  )
  const server = spawn(bin, ['serve', '--data', data, '--listen', `127.0.0.1:${port}`], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  for (const stream of [server.stdout, server.stderr])
    stream.on('data', (chunk) => (log = (log + chunk).slice(-20_000)))
  const gone = new Promise((resolve) => server.once('exit', resolve))
  const stop = async () => {
    server.kill('SIGTERM')
    const late = setTimeout(() => server.kill('SIGKILL'), 10_000)
    await gone
    clearTimeout(late)
    rmSync(data, { recursive: true, force: true })
  }
  const ready = await waitFor(() => fetch(`${base}/readyz`).then((r) => r.ok), 30_000).catch(() => false)
  if (!ready) {
    await stop()
    throw new Error(`the server did not get ready:\n${log}`)
  }
  return { base, data, admin: ADMIN, run, stop, log: () => log }
}

function runBinary(bin, args, input, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(bin, args, { env: { ...process.env, ...env } })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk) => (out += chunk))
    child.stderr.on('data', (chunk) => (err += chunk))
    child.once('error', reject)
    child.once('exit', (code) =>
      code === 0 ? resolve(out) : reject(new Error(`${args.join(' ')}: ${code}\n${err}`)),
    )
    child.stdin.end(input)
  })
}

export async function waitFor(probe, ms = 5000) {
  const end = Date.now() + ms
  for (;;) {
    if (await Promise.resolve(probe()).catch(() => false)) return true
    if (Date.now() > end) throw new Error(`not true within ${ms} ms: ${probe}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Logs in through the form, as a person does. */
export async function logIn(page, { email, password }) {
  await page.goto('/login')
  await page.locator('input[name=email]').fill(email)
  await page.locator('input[name=password]').fill(password)
  await page.locator('button[type=submit]').click()
  await page.locator('.shell').waitFor()
}
