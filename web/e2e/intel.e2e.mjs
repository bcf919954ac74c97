// Home, search, observables and exports: what somebody does with them on the first day.
import { readFileSync } from 'node:fs'
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

export const needs = 'server'

const VALUE = 'mirror-tidewater[.]org'
const LINES = 2000

/** A page of somebody logged in, that must ask nobody but the server. */
async function open(browser, base, server, look) {
  const page = await newPage(browser, base, look)
  page.foreign = []
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (/^https?:$/.test(url.protocol) && url.origin !== base) page.foreign.push(request.url())
  })
  await logIn(page, server.admin)
  return page
}

async function close(page) {
  equal(page.faults, [], 'faults of the page')
  equal(page.foreign, [], 'requests to others')
  await page.context().close()
}

const rows = (page) => page.locator('.grid-frame .count')
const count = async (page) => Number((await rows(page).first().innerText()).replace(/\D/g, ''))
const toast = (page, text) => page.locator('.toast').filter({ hasText: text }).first()

async function find(page, q) {
  await page.goto(`/search?q=${encodeURIComponent(q)}`)
  await page.locator('.search-body').waitFor()
}

/** The page of the value, by way of the search, as a person goes. */
async function openValue(page) {
  await find(page, VALUE)
  await page.locator('.exact').getByRole('link', { name: 'All about it' }).click()
  await page.locator('.verdict').waitFor()
  return new URL(page.url()).pathname
}

/** Pastes into what has the focus, as the keyboard does. */
async function paste(page, text) {
  await page.evaluate((text) => navigator.clipboard.writeText(text), text)
  await page.keyboard.press('Control+v')
}

/** What stands on a page that has read its data. */
const SHOWN = '.home-figure, .exact, .hit, .paste-area, .grid-row, .grid-card, .why-claims'

export const steps = {
  async first_run({ browser, base, server }) {
    const page = await open(browser, base, server)
    const load = page.getByRole('button', { name: 'Load the sample library' })
    await load.waitFor()
    await axe(page, 'first run')
    await load.click()
    await page.locator('.home-figure').first().waitFor({ timeout: 60_000 })
    // The last of the library: its block list and the STIX bundle agree with the reports.
    await waitFor(async () => {
      await page.reload()
      await page.locator('.home-figure').first().waitFor()
      return (await page.locator('.home-figure b').first().innerText()) === '8'
    }, 60_000)
    const figures = page.locator('.home-figure')
    for (let i = 0; i < (await figures.count()); i++) {
      const [number, text] = (await figures.nth(i).innerText()).split('\n')
      if (Number(number) === 0) continue
      await figures.nth(i).click()
      await page.locator('.grid-frame').waitFor()
      await waitFor(async () => (await count(page)) === Number(number))
      await page.goBack()
      await figures.first().waitFor()
      assert(text, 'a number says what it counts')
    }
    await page.keyboard.press('/')
    equal(
      await page.evaluate(() => document.activeElement?.closest('.home-search') !== null),
      true,
      '/ goes to the box',
    )
    await close(page)
  },

  async search({ browser, base, server }) {
    const page = await open(browser, base, server)
    const box = page.locator('.home-search input')
    await box.fill(VALUE)
    // An input method that composes sends Enter with the code 229: it takes a candidate.
    await box.evaluate((input) => {
      const init = { key: 'Enter', keyCode: 229, isComposing: true, bubbles: true, cancelable: true }
      input.dispatchEvent(new KeyboardEvent('keydown', init))
    })
    await page.waitForTimeout(200)
    equal(new URL(page.url()).pathname, '/', 'Enter during composition searches nothing')
    await box.press('Enter')
    const strip = page.locator('.exact')
    await strip.getByText('3 independent publishers').waitFor()
    equal(await strip.locator('h2 .text').innerText(), VALUE, 'the value stays defanged')
    const foreign = await page
      .locator('a[href]')
      .evaluateAll((links) => links.map((a) => a.href).filter((href) => !href.startsWith(location.origin)))
    equal(foreign, [], 'links that lead away')
    await page.locator('.hit').first().waitFor()

    await find(page, 'hxxps://nobody-states-this[.]example/x')
    await page.getByText('Nothing was contacted').waitFor()
    await find(page, '银狐')
    equal(await page.locator('.hit mark').first().innerText(), '银狐', 'two characters are found and marked')
    await find(page, 'sorce:tidewater')
    await page.locator('.search-meant code').filter({ hasText: 'source:tidewater' }).waitFor()
    await page.locator('.query input').fill('sta')
    await page.getByRole('option', { name: /state:/ }).click()
    await page.getByRole('option', { name: 'proposed' }).waitFor()
    await close(page)
  },

  async observable({ browser, base, server }) {
    const page = await open(browser, base, server)
    await openValue(page)
    const voices = page.locator('.voices button[aria-pressed]')
    equal(await voices.count(), 3, 'who states it')
    await voices.first().click()
    await waitFor(async () => (await count(page)) === 1)
    await voices.first().click()
    await waitFor(async () => (await count(page)) === 3)

    await page.keyboard.press('a')
    await toast(page, '3 claims accepted').waitFor()
    await page.locator('.verdict .accepted').filter({ hasText: '3' }).waitFor()
    await page.keyboard.press('u')
    await page.locator('.verdict .proposed').filter({ hasText: '3' }).waitFor()

    await page.keyboard.press('r')
    await page.getByRole('dialog').getByText('Everywhere').click()
    await page.getByRole('dialog').getByRole('button', { name: 'Reject' }).click()
    await page.locator('.verdict .rejected').filter({ hasText: '3' }).waitFor()
    await page.getByRole('tab', { name: 'Decisions' }).click()
    await page.getByRole('button', { name: 'Lift' }).first().waitFor()
    await page.keyboard.press('u')
    await page.locator('.verdict .proposed').filter({ hasText: '3' }).waitFor()

    await page.getByRole('tab', { name: 'Notes' }).click()
    await page.keyboard.press('n')
    await page.locator('.observable-side textarea').fill('<img src=x onerror=alert(1)> seen \u202Eby us')
    await page.locator('.observable-side').getByRole('button', { name: 'Save' }).click()
    await page.locator('.remarks').getByText('<img src=x onerror=alert(1)>').waitFor()
    await close(page)
  },

  async list({ browser, base, server }) {
    const page = await open(browser, base, server)
    const lines = [VALUE, 'login-harbourbank[.]com', 'oops']
    while (lines.length < LINES) lines.push(`h${lines.length}[.]listed-by-hand[.]com`)
    await page.locator('.home-search input').focus()
    await paste(page, lines.join('\n'))
    await page.locator('.search-list .grid-frame').waitFor()
    equal(await count(page), LINES, 'rows of the list')
    await page.locator('.chip.bad').filter({ hasText: '1' }).waitFor()
    await page.locator('.chip.known').click()
    equal(await count(page), 2, 'known ones')
    await page.reload()
    await waitFor(async () => (await count(page)) === 2)
    await page.locator('.chip.known').click()
    await waitFor(async () => (await count(page)) === LINES)

    const file = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download as CSV' }).click()
    const csv = readFileSync(await (await file).path(), 'utf8')
    equal(csv.trim().split('\r\n').length, LINES + 1, 'lines of the CSV')

    await page.keyboard.press('a')
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name of the list').fill('Our list')
    await dialog.getByText('Accept all claims at once').click()
    await dialog.getByRole('button', { name: 'Add 1,999 values' }).click()
    await dialog.getByText('1,999 values added.').waitFor({ timeout: 60_000 })
    await dialog.getByRole('button', { name: 'Export' }).click()
    await page.getByRole('link', { name: 'Make it a stable export' }).click()
    await page.locator('input[name=name]').fill('For the resolver')
    await page.getByRole('button', { name: 'Make and show the address' }).click()
    const address = await page.locator('.dialog pre, .dialog code').first().innerText()
    await page.getByRole('button', { name: 'I have it' }).click()

    const answer = await fetch(address)
    equal(answer.status, 200, 'the address answers whoever has it')
    const text = await answer.text()
    assert(text.includes('h99.listed-by-hand.com'), 'the list is on it')
    const again = await fetch(address, { headers: { 'If-None-Match': answer.headers.get('ETag') } })
    equal(again.status, 304, 'unchanged')
    equal((await fetch(`${address}x`)).status, 404, 'another token')

    await page.getByRole('link', { name: 'For the resolver' }).click()
    await page.locator('.export-page .log').getByText('Taken').first().waitFor()
    await page.goto('/exports?tab=recall&value=h99[.]listed-by-hand[.]com')
    await page.getByRole('button', { name: 'Recall', exact: true }).click()
    await page.getByText('is recalled').waitFor()
    assert(!(await (await fetch(address)).text()).includes('h99.listed-by-hand.com'), 'recalled at once')
    await close(page)
  },

  async text_in_the_box({ browser, base, server }) {
    const page = await open(browser, base, server)
    await page.locator('.home-search input').focus()
    await paste(page, `They came back last night.\nThe mail leads to ${VALUE} and then\nto nobody at all.`)
    await page.getByText('1 value was found in it').waitFor()
    equal(await count(page), 1, 'the value in the text')
    await page.getByRole('button', { name: 'Add it as a report' }).click()
    await page.getByRole('dialog').locator('textarea').waitFor()
    await page.keyboard.press('Escape')
    await close(page)
  },

  async looks({ browser, base, server }) {
    const first = await open(browser, base, server)
    const value = await openValue(first)
    await close(first)
    const places = {
      home: '/',
      search: `/search?q=${encodeURIComponent(VALUE)}`,
      observable: value,
      exports: '/exports',
    }
    const further = {
      words: '/search?q=tidewater',
      ask: '/search',
      observables: '/observables',
      why: `/exports?tab=why&value=${encodeURIComponent(VALUE)}`,
    }
    await inEveryLook(browser, base, async (page, look) => {
      await logIn(page, server.admin)
      for (const [name, path] of Object.entries(
        look.startsWith('en-light') ? { ...places, ...further } : places,
      )) {
        await page.goto(path)
        await page.locator(SHOWN).first().waitFor()
        await shot(page, `${name}-${look}`)
        await axe(page, `${name} ${look}`)
        await noSidewaysScroll(page, `${name} ${look}`)
      }
    })
  },

  /** The picture of the README, only when asked for: VEDETTE_SCREENSHOT=1. */
  async picture({ browser, base, server }) {
    if (!process.env.VEDETTE_SCREENSHOT) return
    const page = await open(browser, base, server)
    await page.goto('/reports?sort=published')
    const link = page.locator('.grid-frame a', { hasText: 'a loader that hides' }).first()
    await link.click()
    await page.getByText('Accept the rest').waitFor()
    for (let i = 0; i < 3; i++) {
      await page.keyboard.press('a')
      await page.waitForTimeout(600)
    }
    await page.locator('.toast').first().waitFor({ state: 'hidden', timeout: 20_000 })
    const path = new URL('../../docs/screenshot.png', import.meta.url).pathname
    await page.screenshot({ path })
    assert(readFileSync(path).length < 300_000, 'the picture is under 300 KB')
    await close(page)
  },
}
