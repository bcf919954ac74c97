// Runs the scenarios: every e2e/*.e2e.mjs, or those whose file name holds one of the words
// given; "shell:keyboard" runs that one step. A scenario exports `needs` ("fixture" or "server"),
// `steps`, named functions of ({ browser, base, server }), and perhaps `env` of the server. Pictures go to e2e/out (E2E_OUT).
import { existsSync, readdirSync } from 'node:fs'
import { startFixture } from './fixture.mjs'
import { launchBrowser, startServer } from './harness.mjs'

const here = new URL('.', import.meta.url)
const wanted = process.argv.slice(2).map((word) => word.split(':'))
const files = readdirSync(here)
  .filter((name) => name.endsWith('.e2e.mjs'))
  .filter((name) => wanted.length === 0 || wanted.some(([word]) => name.includes(word)))
  .sort()

const counts = { passed: 0, failed: 0, skipped: 0 }
const browser = await launchBrowser()
try {
  for (const file of files) await runFile(file)
} finally {
  await browser.close()
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exit(counts.failed > 0 || counts.passed === 0 ? 1 : 0)

async function runFile(file) {
  const { needs, steps, env } = await import(new URL(file, here))
  const place = await startPlace(needs, env)
  if (!place) {
    console.log(
      `skip ${file}: ${needs === 'server' ? 'VEDETTE_BIN is not set' : 'run `npm run build:gallery` first'}`,
    )
    counts.skipped += Object.keys(steps).length
    return
  }
  try {
    for (const [name, step] of Object.entries(steps)) {
      if (!isWanted(file, name)) continue
      const began = Date.now()
      try {
        await step({ browser, base: place.base, server: place })
        counts.passed++
        console.log(`ok   ${file} ${name} (${Date.now() - began} ms)`)
      } catch (error) {
        counts.failed++
        console.log(`FAIL ${file} ${name}\n${error.stack ?? error}`)
      }
    }
  } finally {
    await place.stop()
  }
}

function isWanted(file, step) {
  return wanted.length === 0 || wanted.some(([word, only]) => file.includes(word) && (!only || only === step))
}

async function startPlace(needs, env) {
  if (needs === 'server') return process.env.VEDETTE_BIN ? startServer({ env }) : undefined
  const dir = new URL('../dist-gallery', here).pathname
  return existsSync(dir) ? startFixture({ dir }) : undefined
}
