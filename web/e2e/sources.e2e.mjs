// Sources from nothing to reports: a folder by form with its dry run, a broken file in quarantine, packs, playbooks.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  assert,
  axe,
  equal,
  inEveryLook,
  logIn,
  newPage,
  noSidewaysScroll,
  shot,
  waitFor,
} from './harness.mjs'

const root = mkdtempSync(join(tmpdir(), 'vedette-inbox-'))

export const needs = 'server'
/** The server may read this folder. */
export const env = { VEDETTE_SOURCES_ROOTS: root }

const folder = join(root, 'inbox')
const REPORT = `Orchid Heron returns

The group moved to new infrastructure. Its servers answer at scan-heron[.]top and update-harbourbank[.]com,
and the loader (SHA-256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08) calls home every hour.
`

async function session(browser, base, server, look) {
  const page = await newPage(browser, base, look)
  await logIn(page, server.admin)
  return page
}

async function done(page) {
  assert(page.faults.length === 0, page.faults.join('; '))
  await page.context().close()
}

/** Reads the API as the person that is logged in. */
const read = (page, path) => page.evaluate((p) => fetch(`/api/v1${p}`).then((r) => r.json()), path)

async function sourceByForm({ browser, base, server }) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'orchid-heron.txt'), REPORT)
  const page = await session(browser, base, server)
  await page.goto('/sources')
  await page.getByText('No sources yet').waitFor()
  await page.keyboard.press('n')
  await page.getByRole('link', { name: /^Watched folder/ }).click()
  await page.getByLabel('Name', { exact: true }).fill('Inbox')
  // A folder that the server may not read: the dry run says so.
  const dry = page.getByRole('region', { name: 'Dry run' })
  await page.getByLabel('Folder', { exact: true }).fill('/etc')
  await page.keyboard.press('Control+Enter')
  await dry.getByRole('alert').waitFor()
  await page.getByLabel('Folder', { exact: true }).fill(folder)
  await page.keyboard.press('Control+Enter')
  await dry.getByText('scan-heron[.]top').waitFor()
  await shot(page, 'source-dry-run')
  equal((await read(page, '/reports')).items.length, 0, 'reports after a dry run')
  await axe(page, 'the form of a source')
  await page.getByRole('button', { name: /^Create source/ }).click()
  await page.waitForURL(/\/sources\/\d+$/)
  await page.getByRole('button', { name: /^Run now/ }).waitFor()
  await page.keyboard.press('r')
  await waitFor(async () => (await read(page, '/reports')).items.length === 1, 30_000)
  await page.locator('.log-lines').waitFor()
  await page.getByRole('tab', { name: 'Reports' }).click()
  await page
    .getByRole('link', { name: /orchid-heron|Orchid Heron/i })
    .first()
    .waitFor()
  await shot(page, 'source-reports')
  await done(page)
}

async function editAndUndo({ browser, base, server }) {
  const page = await session(browser, base, server)
  const [source] = (await read(page, '/sources?q=Inbox')).items
  await page.goto(`/sources/${source.id}?tab=settings`)
  await page.getByLabel('Name', { exact: true }).fill('Inbox of the team')
  await page.keyboard.press('Control+s')
  await page.getByText('Source saved').first().waitFor()
  equal((await read(page, `/sources/${source.id}`)).name, 'Inbox of the team', 'the name after saving')
  await page.getByRole('button', { name: 'Undo' }).first().click()
  await waitFor(async () => (await read(page, `/sources/${source.id}`)).name === 'Inbox')
  // Somebody else was first: the dialog says so, and "mine" writes over it.
  await page.reload()
  await page.getByLabel('Name', { exact: true }).fill('Mine')
  await page.evaluate(
    ([id]) =>
      fetch(`/api/v1/sources/${id}`, {
        method: 'PATCH',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ tags: ['team'] }),
      }),
    [source.id],
  )
  await page.keyboard.press('Control+s')
  await page.getByRole('dialog').waitFor()
  await page.getByRole('dialog').getByRole('button').nth(-2).waitFor()
  await page.getByRole('dialog').locator('.btn.danger').click()
  await waitFor(async () => (await read(page, `/sources/${source.id}`)).name === 'Mine')
  equal((await read(page, `/sources/${source.id}`)).tags, ['team'], "the other's tags")
  // Deleted and brought back.
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await page.waitForURL(/\/sources$/)
  await page.getByRole('button', { name: 'Undo' }).first().click()
  await waitFor(async () => (await read(page, '/sources?q=Mine')).items[0]?.enabled === true)
  await done(page)
}

async function quarantine({ browser, base, server }) {
  const page = await session(browser, base, server)
  writeFileSync(join(folder, 'broken.pdf'), '%PDF-1.7\nnot a document at all')
  const [source] = (await read(page, '/sources?q=Mine')).items
  await page.goto(`/sources/${source.id}`)
  await page.getByRole('button', { name: /^Run now/ }).click()
  await waitFor(async () => (await read(page, '/quarantine')).items.length > 0, 30_000)
  await page.goto('/sources/quarantine')
  const row = page.getByRole('row').filter({ hasText: 'broken.pdf' })
  await row.first().click()
  const drawer = page.getByRole('dialog')
  await drawer.getByRole('link', { name: 'Download original' }).waitFor()
  await axe(page, 'an item of the quarantine')
  await shot(page, 'quarantine-item')
  await drawer.getByRole('button', { name: 'Replay' }).click()
  // It is as broken as before: the old entry is done, a new one says so.
  await waitFor(async () => (await read(page, '/quarantine?state=replayed')).items.length === 1, 30_000)
  await waitFor(async () => (await read(page, '/quarantine')).items.length === 1, 30_000)
  await page.reload()
  await row.first().waitFor()
  await row.first().getByRole('checkbox').click()
  await page.getByRole('button', { name: /^Discard/ }).click()
  await page.getByText('1 item discarded').first().waitFor()
  await page.getByRole('button', { name: 'Undo' }).first().click()
  await waitFor(async () => (await read(page, '/quarantine')).items.length === 1)
  await done(page)
}

const LIST = JSON.stringify({
  name: 'Test list of resolvers',
  description: 'Public resolvers, for the scenario',
  version: 1,
  type: 'string',
  matching_attributes: ['ip-dst', 'ip-src'],
  list: ['45.90.28.53', '45.90.30.53'],
})

async function packs({ browser, base, server }) {
  const page = await session(browser, base, server)
  await page.goto('/sources/packs')
  await page.getByText('No packs installed').waitFor()
  await page.keyboard.press('n')
  await page.locator('input[type=file]').setInputFiles({
    name: 'list.json',
    mimeType: 'application/json',
    buffer: Buffer.from(LIST),
  })
  await page.getByRole('dialog').getByText('1 new').waitFor({ timeout: 20_000 })
  await page.getByRole('dialog').locator('.dialog-foot').getByRole('button').click()
  await page.getByRole('row').filter({ hasText: 'Test list of resolvers' }).click()
  await page.getByRole('dialog').getByText('45.90.28.53').waitFor()
  await axe(page, 'a pack')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: /^Which list holds/ }).click()
  await page.getByLabel('Value').fill('45.90.28[.]53')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').getByText('Test list of resolvers').waitFor()
  await done(page)
}

async function playbooks({ browser, base, server }) {
  const page = await session(browser, base, server)
  await page.goto('/sources/playbooks')
  await page.getByText('No playbooks').waitFor()
  await page.keyboard.press('n')
  const text = page.getByRole('textbox', { name: 'Document (YAML)' })
  await text.fill('name: Broken\nsources: ["kind:rss"]\nstepz:\n  - drop: true\n')
  await page.locator('.problems').getByText('3:').waitFor()
  await axe(page, 'a playbook with an error')
  await shot(page, 'playbook-error')
  await text.fill('name: Vendor\nsteps:\n  - tag: [vendor]\nstore: true\n')
  await page.getByText('Nothing is wrong with it.').waitFor()
  await page.keyboard.press('Control+s')
  await page.waitForURL(/\/sources\/playbooks\/\d+$/)
  await page.getByRole('switch').click()
  await waitFor(async () => (await read(page, '/playbooks')).items[0]?.enabled === true)
  await page.goto('/sources/playbooks')
  await page.getByRole('link', { name: 'Vendor' }).waitFor()
  await page.keyboard.press('i')
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox').fill(INGESTOR)
  await dialog.getByRole('button', { name: 'Dry run' }).click()
  await dialog.getByText('Nothing has been stored yet').waitFor()
  equal((await read(page, '/playbooks')).items.length, 1, 'playbooks after a dry run')
  await axe(page, 'the import')
  await shot(page, 'playbook-import')
  await dialog.getByRole('button', { name: 'Import', exact: true }).click()
  await dialog.getByText('Made, all switched off').waitFor()
  await done(page)
}

const INGESTOR = `general:
  daemon: false
  sleep: 900
  state_path: state.db
sources:
  - name: vendor-rss
    module: rss
    url: https://blog.vendor.example/feed.xml
    feed_type: messy
operators:
  - name: csv
    module: csv
    filename: output.csv
    allowed_sources: [vendor-rss]
`

async function sampleLibrary({ browser, base, server }) {
  const page = await session(browser, base, server)
  await page.goto('/sources/new?kind=sample')
  await page.getByRole('button', { name: /^Create source/ }).click()
  await page.waitForURL(/\/sources\/\d+$/)
  await page.getByRole('button', { name: /^Run now/ }).click()
  await waitFor(async () => (await read(page, '/reports?q=source:"Sample library"')).items.length > 3, 60_000)
  await done(page)
}

async function looks({ browser, base, server }) {
  const probe = await session(browser, base, server)
  const [source] = (await read(probe, '/sources?q=Sample')).items
  await done(probe)
  const pages = {
    sources: '/sources',
    'source-form': '/sources/new?kind=list',
    source: `/sources/${source.id}`,
    quarantine: '/sources/quarantine',
    packs: '/sources/packs',
    playbook: '/sources/playbooks/new',
  }
  const further = {
    presets: '/sources/presets',
    kinds: '/sources/new',
    'source-runs': `/sources/${source.id}?tab=runs`,
    'source-settings': `/sources/${source.id}?tab=settings`,
    queue: '/sources/queue',
    playbooks: '/sources/playbooks',
  }
  await inEveryLook(browser, base, async (page, look) => {
    await logIn(page, server.admin)
    const all = /^en-light|^zh-dark/.test(look) ? { ...pages, ...further } : pages
    for (const [name, path] of Object.entries(all)) {
      await page.goto(path)
      await page.locator('.page').waitFor()
      await waitFor(async () => (await page.locator('.skeleton, .page [aria-busy=true]').count()) === 0)
      await page.waitForTimeout(300)
      await shot(page, `${name}-${look}`)
      await axe(page, `${name} ${look}`)
      await noSidewaysScroll(page, `${name} ${look}`)
    }
  })
}

export const steps = { sourceByForm, editAndUndo, quarantine, packs, playbooks, sampleLibrary, looks }
