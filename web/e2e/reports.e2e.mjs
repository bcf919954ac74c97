// Reports: a text is dropped, reviewed by keys, a rejection outlives it, and what was decided
// leaves as files that other programs read.
import { readFile } from 'node:fs/promises'
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

const TEXT = (title, ...lines) => [title, '', ...lines, ''].join('\n')
const FIRST = TEXT(
  'Notes on the Lantern campaign',
  'The loader fetches its second stage from hxxps://cdn.lantern-update[.]com/a.bin and',
  'falls back to relay.lantern-mail[.]net or 203.0.113.77 when that fails.',
  'Dropped file: 44d88612fea8a8f36de82e1278abb02f, seen with CVE-2026-11223.',
  'The mails carry a link to lantern-invoice[.]org, which a clerk reported.',
  'Our own lab wrote about it at example.com as well.',
)
const AGAIN = TEXT(
  'A second look at Lantern',
  'Two months later relay.lantern-mail[.]net still answers, now with lantern-pay[.]biz beside it.',
)

/** A page that is logged in, with calls to the API in its name. */
async function open(browser, base, server, look) {
  const page = await newPage(browser, base, look)
  await logIn(page, server.admin)
  const call = (method, path, body) =>
    page.evaluate(
      async ([method, path, body]) => {
        const answer = await fetch(`/api/v1${path}`, {
          method,
          headers: { 'Content-Type': 'application/json' },
          ...(body === null ? {} : { body: JSON.stringify(body) }),
        })
        const text = await answer.text()
        if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
        return text === '' ? undefined : JSON.parse(text)
      },
      [method, path, body ?? null],
    )
  return { page, call }
}

/** Gives a text to the server and answers the report that it became. */
async function drop(call, text, meta = {}) {
  const { items } = await call('POST', '/drop', { text, ...meta })
  let state
  await waitFor(async () => {
    state = await call('GET', `/drop/${items[0].id}`)
    return state.state !== 'queued'
  }, 15_000)
  equal(state.state, 'done', `drop of ${text.slice(0, 30)}`)
  return state.reports[0]
}

const claimsOf = async (call, report) => (await call('GET', `/reports/${report}/claims?limit=200`)).items
const claimOf = async (call, report, value) => {
  const found = (await claimsOf(call, report)).find((claim) => claim.values[0]?.value === value)
  assert(found, `${value} is not claimed in ${report}`)
  return found
}
const stateBecomes = (call, report, value, state) =>
  waitFor(async () => (await claimOf(call, report, value)).state === state)

/** Moves with j, then with k, until the claim of a value is in question. */
async function goTo(page, value) {
  let key = 'j'
  let before = ''
  for (let i = 0; i < 60; i++) {
    const at = await page.locator('.claim[data-active] .claim-value').innerText()
    if (at.includes(value)) return
    if (at === before) key = 'k'
    before = at
    await page.keyboard.press(key)
    await page.waitForTimeout(40)
  }
  throw new Error(`no claim of ${value} to move to`)
}

const openReport = async (page, report) => {
  await page.goto(`/reports/${report}`)
  await page.locator('.claim[data-active]').waitFor()
}

export const steps = {
  async review({ browser, base, server }) {
    const { page, call } = await open(browser, base, server)
    await page.goto('/reports')
    await page.locator('.grid-frame, .empty').first().waitFor()
    await page.keyboard.press('n')
    await page.locator('textarea[name=text]').fill(FIRST)
    await page.getByRole('button', { name: 'Preview' }).click()
    await page.locator('.preview-values', { hasText: 'relay[.]lantern-mail[.]net' }).waitFor()
    await axe(page, 'preview of a drop')
    await shot(page, 'reports-preview')
    await page.locator('button[type=submit]').click()
    await page.locator('.dialog a.btn.primary, [role=dialog] a.btn.primary').click()
    await page.locator('.claim[data-active]').waitFor()
    const report = new URL(page.url()).pathname.split('/')[2]
    const before = (await claimsOf(call, report)).length
    assert(before >= 5, `${before} claims found`)

    // Accept, detection flag, edit, and take back.
    await goTo(page, 'cdn[.]lantern-update[.]com')
    await page.keyboard.press('a')
    await stateBecomes(call, report, 'https://cdn.lantern-update.com/a.bin', 'accepted')
    await page.keyboard.press('u')
    await stateBecomes(call, report, 'https://cdn.lantern-update.com/a.bin', 'proposed')
    await goTo(page, 'lantern-invoice[.]org')
    const ids = (await claimOf(call, report, 'lantern-invoice.org')).to_ids
    await page.keyboard.press('i')
    await waitFor(async () => (await claimOf(call, report, 'lantern-invoice.org')).to_ids !== ids)
    await page.keyboard.press('u')
    await waitFor(async () => (await claimOf(call, report, 'lantern-invoice.org')).to_ids === ids)
    await page.keyboard.press('e')
    await page.locator('textarea[name=comment]').fill('seen by a clerk')
    await axe(page, 'edit a claim')
    await page.locator('[role=dialog] button[type=submit]').click()
    await waitFor(
      async () => (await claimOf(call, report, 'lantern-invoice.org')).comment === 'seen by a clerk',
    )
    await page.locator('[role=dialog]').waitFor({ state: 'detached' })

    // Reject everywhere: remembered when another text states the same value.
    await goTo(page, 'relay[.]lantern-mail[.]net')
    await page.keyboard.press('x')
    await page.keyboard.press('3')
    await page.locator('input[type=radio][value=everywhere]:checked').waitFor()
    await axe(page, 'reject')
    await shot(page, 'reports-reject')
    await page.keyboard.press('Enter')
    await stateBecomes(call, report, 'relay.lantern-mail.net', 'rejected')
    const second = await drop(call, AGAIN)
    equal((await claimOf(call, second, 'relay.lantern-mail.net')).state, 'rejected', 'dropped again')
    equal((await claimOf(call, second, 'lantern-pay.biz')).state, 'proposed', 'its neighbour')

    // Undone, the correction binds nobody any more.
    await page.keyboard.press('u')
    await stateBecomes(call, report, 'relay.lantern-mail.net', 'proposed')
    const third = await drop(call, AGAIN.replace('second', 'third'))
    equal((await claimOf(call, third, 'relay.lantern-mail.net')).state, 'proposed', 'after the undo')

    // The same key again, then the rest at once, and on to the next.
    await goTo(page, 'relay[.]lantern-mail[.]net')
    await page.keyboard.press('x')
    await page.keyboard.press('1')
    await page.keyboard.press('Enter')
    await stateBecomes(call, report, 'relay.lantern-mail.net', 'rejected')
    equal((await claimOf(call, third, 'relay.lantern-mail.net')).state, 'proposed', 'rejected here alone')
    await page.keyboard.press('Shift+A')
    await waitFor(async () => (await claimsOf(call, report)).every((claim) => claim.state !== 'proposed'))
    equal((await claimOf(call, report, 'relay.lantern-mail.net')).state, 'rejected', 'the rest leaves it')
    await shot(page, 'reports-decided')
    await page.keyboard.press('Control+Enter')
    await waitFor(() => new URL(page.url()).pathname !== `/reports/${report}`)
    equal((await call('GET', `/reports/${report}`)).progress, 'reviewed', 'finished')
    equal(page.faults, [], 'faults')
    await page.context().close()
  },

  async selectedText({ browser, base, server }) {
    const { page, call } = await open(browser, base, server)
    const report = await drop(
      call,
      TEXT(
        'Found by eye',
        'The actor signs as SILENT-HARBOUR-9 and listens at 192.168.4.7 and relay.quay-nine[.]com.',
      ),
    )
    await openReport(page, report)
    const word = page.locator('.text-body').getByText('SILENT-HARBOUR-9')
    const box = await word.evaluate((node) => {
      const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT)
      for (let at = walker.nextNode(); at; at = walker.nextNode()) {
        const i = at.data.indexOf('SILENT-HARBOUR-9')
        if (i < 0) continue
        const range = document.createRange()
        range.setStart(at, i)
        range.setEnd(at, i + 'SILENT-HARBOUR-9'.length)
        const { left, right, top, height } = range.getBoundingClientRect()
        return { left, right, y: top + height / 2 }
      }
      return undefined
    })
    await page.mouse.move(box.left + 1, box.y)
    await page.mouse.down()
    await page.mouse.move(box.right - 1, box.y, { steps: 8 })
    await page.mouse.up()
    await page.locator('.add-popover').waitFor()
    await axe(page, 'a selected text')
    await page.locator('.add-popover .select-trigger').click()
    await page.getByRole('option', { name: 'mutex' }).click()
    await page.locator('.add-popover .btn.primary').click()
    await waitFor(async () => (await claimsOf(call, report)).some((claim) => claim.type === 'mutex'))
    await page.locator('.claim-value', { hasText: 'SILENT-HARBOUR-9' }).waitFor()

    // What was held back stands folded with its reason, and can be claimed anyway.
    await page.locator('.held-back .fold').click()
    const held = page.locator('.held-back li', { hasText: '192[.]168[.]4[.]7' })
    await held.waitFor()
    await axe(page, 'suppressed')
    await shot(page, 'reports-suppressed')
    await held.getByRole('button', { name: 'Claim' }).click()
    await waitFor(async () =>
      (await claimsOf(call, report)).some((claim) => claim.values[0]?.value === '192.168.4.7'),
    )
    equal(page.faults, [], 'faults')
    await page.context().close()
  },

  async history({ browser, base, server }) {
    const { page, call } = await open(browser, base, server)
    const report = await drop(
      call,
      TEXT('History', 'Two hosts: one.past-times[.]org and two.past-times[.]org.'),
    )
    const claims = await claimsOf(call, report)
    await call('POST', '/claims/review', {
      claims: claims.map((each) => each.id),
      state: 'accepted',
      reach: 'here',
    })
    await page.goto(`/reports/${report}?tab=history`)
    const line = page.locator('.history li', { hasText: 'accepted' })
    await line.waitFor()
    await axe(page, 'history')
    await line.getByRole('button', { name: 'Undo' }).click()
    await stateBecomes(call, report, 'one.past-times.org', 'proposed')
    await stateBecomes(call, report, 'two.past-times.org', 'proposed')
    await page.goto(`/reports/${report}?tab=notes`)
    await page.locator('textarea').fill('Ask the registrar.\nThen close.')
    await page.keyboard.press('Control+Enter')
    await page.locator('.notes li', { hasText: 'Ask the registrar.' }).waitFor()
    equal((await call('GET', `/reports/${report}`)).progress, 'to_review', 'a note does not finish a review')
    equal(page.faults, [], 'faults')
    await page.context().close()
  },

  async together({ browser, base, server }) {
    const { page, call } = await open(browser, base, server)
    const report = await drop(
      call,
      TEXT('Both at once', 'Host left.both-sides[.]org and host right.both-sides[.]org.'),
    )
    await server.run(
      [
        'user',
        'create',
        '--data',
        server.data,
        '--role',
        'analyst',
        '--email',
        'ana@vedette.example',
        '--password-stdin',
      ],
      'another long sentence for tests\n',
    )
    await openReport(page, report)
    const ana = await newPage(browser, base)
    await logIn(ana, { email: 'ana@vedette.example', password: 'another long sentence for tests' })
    await openReport(ana, report)
    await page.locator('.present').waitFor({ timeout: 20_000 })
    await axe(page, 'with a colleague')
    // Her claim changes under his hand: he is told who was first, and sees what is true.
    await page.route('**/api/v1/events*', (route) => route.abort())
    const claim = await claimOf(call, report, 'left.both-sides.org')
    await goTo(page, 'left[.]both-sides[.]org')
    await page.evaluate(() => {
      const send = window.fetch
      window.fetch = async (...args) => {
        if (String(args[0]?.url ?? args[0]).includes('/claims/review')) await window.hold
        return send(...args)
      }
      window.hold = new Promise((resolve) => {
        window.letGo = resolve
      })
    })
    await page.keyboard.press('a')
    await ana.evaluate(
      async ([id, version]) => {
        await fetch('/api/v1/claims/review', {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({
            claims: [id],
            versions: [version],
            state: 'rejected',
            reach: 'here',
            reason: 'benign',
          }),
        })
      },
      [claim.id, claim.version],
    )
    await stateBecomes(call, report, 'left.both-sides.org', 'rejected')
    await page.evaluate(() => window.letGo())
    await page
      .getByText(/ana@vedette\.example|ana/i)
      .first()
      .waitFor()
    await page.locator('.toast', { hasText: 'ana' }).waitFor()
    await shot(page, 'reports-collision')
    await page.locator('.claim.rejected', { hasText: 'left[.]both-sides[.]org' }).waitFor()
    equal((await claimOf(call, report, 'left.both-sides.org')).state, 'rejected', 'the first one counts')
    equal(page.faults, [], 'faults')
    await ana.context().close()
    await page.context().close()
  },

  async takenOut({ browser, base, server }) {
    const { page, call } = await open(browser, base, server)
    const report = await drop(
      call,
      TEXT(
        'For the neighbours',
        'Block gate.far-lights[.]net and 45.77.12.9, and wait for held.far-lights[.]net.',
      ),
    )
    for (const value of ['gate.far-lights.net', '45.77.12.9']) {
      const { id } = await claimOf(call, report, value)
      await call('POST', '/claims/review', { claims: [id], state: 'accepted', reach: 'here' })
    }
    await openReport(page, report)
    const take = async (format) => {
      await page.keyboard.press('Shift+X')
      const dialog = page.getByRole('dialog')
      await dialog.waitFor()
      await dialog.locator('.select-trigger').first().click()
      await page.getByRole('option', { name: format }).click()
      const [file] = await Promise.all([page.waitForEvent('download'), dialog.locator('a[download]').click()])
      const text = await readFile(await file.path(), 'utf8')
      await dialog.waitFor({ state: 'detached' })
      return text
    }
    const bundle = JSON.parse(await take(/STIX 2\.1/))
    equal(bundle.type, 'bundle', 'STIX')
    const patterns = bundle.objects.flatMap((each) => (each.pattern ? [each.pattern] : []))
    assert(
      patterns.some((each) => each.includes("'gate.far-lights.net'")),
      `no pattern of the accepted host in ${patterns}`,
    )
    assert(!JSON.stringify(bundle).includes('held.far-lights.net'), 'what is not accepted stays here')
    const misp = JSON.parse(await take(/MISP/))
    const values = JSON.stringify(misp)
    assert(values.includes('45.77.12.9') && !values.includes('held.far-lights.net'), 'MISP')
    const csv = await take(/CSV/)
    assert(csv.includes('gate.far-lights.net') && !csv.includes('held.far-lights.net'), 'CSV')
    await page.keyboard.press('Shift+X')
    await page.getByRole('dialog').waitFor()
    await page.waitForTimeout(600)
    await axe(page, 'export of a report')
    await shot(page, 'reports-export')
    equal(page.faults, [], 'faults')
    await page.context().close()
  },

  async hostile({ browser, base, server }) {
    const { page, call } = await open(browser, base, server)
    const nasty = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
    const turned = 'invoice\u202efdp.exe\u2066'
    const long = 'W'.repeat(400)
    const report = await drop(
      call,
      TEXT('Plain', `Host evil.paper-boat[.]org ${nasty} javascript:alert(1) ${turned} ${'x'.repeat(5000)}.`),
    )
    const { version } = await call('GET', `/reports/${report}`)
    await call('PATCH', `/reports/${report}`, {
      version,
      title: `${nasty}${turned}${long}`.slice(0, 490),
      summary: `${nasty}\n${turned}`,
      publisher: `${nasty}${turned}`,
      tags: [{ name: nasty }, { name: turned }, { name: long.slice(0, 100) }],
    })
    const claim = await claimOf(call, report, 'evil.paper-boat.org')
    await call('PATCH', `/claims/${claim.id}`, {
      version: claim.version,
      comment: `${nasty}${turned}${long}`,
    })
    await call('POST', `/reports/${report}/notes`, { kind: 'note', body: `${nasty}${turned}${long}` })
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 800 })
      for (const path of [
        '/reports',
        `/reports/${report}`,
        ...['summary', 'notes', 'history', 'files'].map((tab) => `/reports/${report}?tab=${tab}`),
      ]) {
        await page.goto(path)
        await page.locator('.grid-row, .grid-card, .claim, .tab-scroll').first().waitFor()
        await page.waitForTimeout(300)
        const seen = await page.evaluate(() => ({
          hacked: window.hacked === 1,
          made: document.querySelectorAll('.main img, .main script, .main a[href^="javascript" i]').length,
          turns: /[\u202a-\u202e\u2066-\u2069]/.test(
            document.querySelector('.report-head, .grid-body')?.textContent ?? '',
          ),
        }))
        equal(seen, { hacked: false, made: 0, turns: false }, `${path} at ${width}`)
        await noSidewaysScroll(page, `${path} at ${width}`)
      }
      await page.goto(`/reports/${report}`)
      await page.locator('.claim').first().waitFor()
      await shot(page, `reports-hostile-${width}`)
    }
    equal(page.faults, [], 'faults')
    await page.context().close()
  },

  async looks({ browser, base, server }) {
    const { page, call } = await open(browser, base, server)
    const report = await drop(call, FIRST.replace('Notes', 'More notes'), { tags: ['tlp:green', '银狐'] })
    await page.context().close()
    await inEveryLook(browser, base, async (page, look) => {
      await logIn(page, server.admin)
      await page.goto('/reports')
      await page.locator('.grid-row, .grid-card').first().waitFor()
      await shot(page, `reports-${look}`)
      await axe(page, `reports ${look}`)
      await noSidewaysScroll(page, `reports ${look}`)
      await openReport(page, report)
      await shot(page, `review-${look}`)
      await axe(page, `review ${look}`)
      await noSidewaysScroll(page, `review ${look}`)
      if (look !== 'en-light-1280' && look !== 'zh-dark-390') return
      for (const tab of ['summary', 'objects', 'notes', 'history', 'files', 'statements']) {
        await page.goto(`/reports/${report}?tab=${tab}`)
        await page.locator('.report-head').waitFor()
        await axe(page, `${tab} ${look}`)
      }
    })
  },
}
