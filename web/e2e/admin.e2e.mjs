// Administration and one's own account, against the real server.
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import { assert, axe, equal, logIn, newPage, noSidewaysScroll, shot, waitFor } from './harness.mjs'

export const needs = 'server'
export const env = { VEDETTE_EGRESS_ALLOW: '127.0.0.1' }

const heading = (page, name) => page.getByRole('heading', { level: 1, name })
const button = (page, name) => page.getByRole('button', { name, exact: true })
const shown = (page) => page.locator('.shown-once pre').innerText()

/** What an authenticator app shows for a key (RFC 6238: SHA-1, 30 s, 6 digits). */
function totp(secret, at = Date.now()) {
  const bits = [...secret.replace(/[\s=]/g, '')]
    .map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0'))
    .join('')
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)))
  const hash = createHmac('sha1', key).update(counter).digest()
  const from = hash[19] & 15
  return String((hash.readUInt32BE(from) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/** A program that uses the API with a key. */
function client(base, key) {
  return async (method, path, body) => {
    const response = await fetch(`${base}/api/v1${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${key}`,
        ...(body
          ? { 'Content-Type': 'application/json', 'Idempotency-Key': Math.random().toString(36) }
          : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    return { status: response.status, data: await response.json().catch(() => undefined) }
  }
}

const QUIET = { tlp: 'green', accept: true }
let call
let reader

export const steps = {
  async key({ browser, base, server }) {
    const page = await newPage(browser, base)
    await logIn(page, server.admin)
    await page.goto('/account/keys')
    await button(page, 'New API key').click()
    await page.locator('input[name=name]').fill('e2e')
    await axe(page, 'key form')
    await button(page, 'Make key').click()
    const key = await shown(page)
    await axe(page, 'key shown')
    await button(page, 'I have kept it').click()
    await page.locator('.grid-row', { hasText: 'e2e' }).waitFor()
    assert(!(await page.content()).includes(key), 'the key is shown once')
    call = client(base, key)
    equal((await call('GET', '/me')).data.email, server.admin.email, 'the key works')
    equal(page.faults, [], 'faults')
    await page.context().close()
  },

  async invite({ browser, base, server }) {
    const page = await newPage(browser, base)
    await logIn(page, server.admin)
    await page.goto('/admin')
    await waitFor(() => new URL(page.url()).pathname === '/admin/assets')
    await page.getByRole('link', { name: 'Users', exact: true }).click()
    await heading(page, 'Users').waitFor()
    await page.keyboard.press('n')
    await page.locator('input[name=email]').fill('wei@vedette.example')
    await page.locator('input[name=name]').fill('Wei 魏')
    await page.getByRole('dialog').getByRole('combobox').first().click()
    await page.getByRole('option', { name: 'Read Only' }).click()
    await axe(page, 'invitation')
    await button(page, 'Make the invitation').click()
    const link = await shown(page)
    assert(link.startsWith(`${base}/link#token=`), `a link: ${link}`)
    await shot(page, 'admin-invited')
    await button(page, 'I have handed it over').click()
    await page.locator('.grid-row', { hasText: 'invited' }).waitFor()

    const hers = await newPage(browser, base, { language: 'zh' })
    await hers.goto(link)
    await hers.locator('input[name=password]').fill('another long sentence')
    await hers.locator('input[name=repeat]').fill('another long sentence')
    equal(new URL(hers.url()).hash, '', 'the token leaves the address bar')
    await hers.locator('button[type=submit]').click()
    await waitFor(() => new URL(hers.url()).pathname === '/login')
    reader = { email: 'wei@vedette.example', password: 'another long sentence' }
    await logIn(hers, reader)
    await hers.goto('/account')
    await hers.getByText('只读').waitFor()
    await hers.goto('/admin')
    await heading(hers, '资产').waitFor()
    equal(await hers.getByRole('link', { name: '用户', exact: true }).count(), 0, 'no users for a reader')
    equal(await hers.getByRole('button', { name: '新建资产' }).count(), 0, 'nothing to change for a reader')
    await axe(hers, 'assets of a reader')
    await hers.goto(link)
    await hers.getByText('此链接已使用').waitFor()
    equal([...page.faults, ...hers.faults], [], 'faults')
    await hers.context().close()

    await page.locator('.grid-row', { hasText: 'Wei' }).click()
    await page.getByRole('dialog').getByRole('tab', { name: 'Sessions' }).click()
    await button(page, 'End all sessions').waitFor()
    await shot(page, 'admin-user')
    await axe(page, 'a user')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    equal(page.faults, [], 'faults')
    await page.context().close()
  },

  async assets({ browser, base, server }) {
    const page = await newPage(browser, base)
    await logIn(page, server.admin)
    await page.goto('/admin/assets')
    await button(page, 'Import CSV').click()
    await page
      .locator('textarea')
      .fill(
        '类型,值,名称,重要程度\n域名,contoso.com,Our site,4\nnetwork,198.51.100.0/24,Office,2\nnetwork,not a network,,\n',
      )
    await button(page, 'Try it out').click()
    await page.getByText('2 new, 0 changed, 0 unchanged, 1 with errors').waitFor()
    await page.getByRole('cell', { name: '4', exact: true }).waitFor()
    await shot(page, 'admin-import')
    await axe(page, 'import')
    equal((await call('GET', '/assets')).data.items.length, 0, 'a dry run writes nothing')
    await button(page, 'Import').click()
    await page.getByText('Imported: 2 new').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
    const row = page.locator('.grid-row', { hasText: 'contoso[.]com' })
    await row.waitFor()

    const dropped = await call('POST', '/drop', {
      text: 'The phishing page was at login.contoso.com and at contoso-login.com.',
      title: 'Phishing of Contoso',
      ...QUIET,
    })
    assert(dropped.status < 300, `drop: ${JSON.stringify(dropped)}`)
    await waitFor(async () => (await call('GET', '/reports?q=own:yes')).data.items.length === 1, 20_000)
    await page.reload()
    await row.locator('a', { hasText: '1' }).click()
    await page.getByText('Phishing of Contoso').first().waitFor()
    assert(/own:\d+/.test(decodeURIComponent(page.url())), 'the number opens the reports of this asset')

    await page.goto('/admin/assets')
    await page.locator('.grid-row', { hasText: 'Office' }).locator('.check').click()
    await button(page, 'Delete').click()
    await page.getByText('1 asset deleted').waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.locator('.grid-row', { hasText: 'Office' }).waitFor()
    equal(page.faults, [], 'faults')
    await page.context().close()
  },

  async watch({ browser, base, server }) {
    const got = []
    const receiver = createServer(async (request, response) => {
      let raw = ''
      for await (const chunk of request) raw += chunk
      got.push(JSON.parse(raw))
      response.writeHead(204).end()
    })
    await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve))
    const page = await newPage(browser, base)
    try {
      await logIn(page, server.admin)
      await page.goto('/admin/channels')
      await button(page, 'New channel').first().click()
      const dialog = page.getByRole('dialog')
      await dialog.locator('input[name=name]').waitFor()
      await dialog.getByRole('combobox').first().click()
      await page.getByRole('option', { name: 'Webhook' }).click()
      await dialog.locator('input[name=name]').fill('Our hook')
      await dialog.locator('input[name=url]').fill(`http://127.0.0.1:${receiver.address().port}/hook`)
      await axe(page, 'channel form')
      await button(page, 'Save and test').click()
      await waitFor(() => got.length === 1, 15_000)
      await page.getByText('The receiver took the test message').waitFor()

      await page.getByRole('link', { name: 'Watches', exact: true }).click()
      await heading(page, 'Watches').waitFor()
      await page.keyboard.press('n')
      await dialog.locator('input[name=query]').fill('badsite[.]org')
      await dialog.getByLabel('Send to').first().fill('Our')
      await page.getByRole('option', { name: 'Our hook' }).click()
      await dialog.locator('input[name=name]').click()
      await dialog.getByLabel('Gather hits for').first().click()
      await page.getByRole('option', { name: /at once/ }).click()
      await axe(page, 'watch form')
      await button(page, 'Save').click()
      await page.locator('.grid-row', { hasText: 'badsite[.]org' }).waitFor()
      await call('POST', '/drop', {
        text: 'It calls home to badsite.org every hour.',
        title: 'Beacon',
        ...QUIET,
      })
      await waitFor(() => got.length === 2, 30_000)
      assert(JSON.stringify(got[1]).includes('badsite'), 'the message names what was found')
      await page.locator('.grid-row', { hasText: 'badsite[.]org' }).click()
      await dialog.getByText('badsite[.]org').nth(1).waitFor()
      await dialog.getByRole('tab', { name: 'Messages' }).click()
      await dialog.getByText('sent', { exact: true }).waitFor()
      await shot(page, 'admin-watch')
      await axe(page, 'a watch')
      equal(page.faults, [], 'faults')
    } finally {
      receiver.close()
      await page.context().close()
    }
  },

  async secondFactor({ browser, base }) {
    const page = await newPage(browser, base)
    await logIn(page, reader)
    await page.goto('/account/security')
    await button(page, 'Set up an authenticator app').click()
    const secret = await page.locator('code.secret').innerText()
    await page.locator('svg.qr').waitFor()
    await shot(page, 'account-totp')
    await axe(page, 'second factor')
    await page.locator('input[name=code]').fill('000000')
    await button(page, 'Switch on').click()
    await page.locator('.error.server, .notice.danger').first().waitFor()
    await page.locator('input[name=code]').fill(totp(secret))
    await button(page, 'Switch on').click()
    const codes = (await shown(page)).split('\n')
    equal(codes.length, 10, 'recovery codes')
    await button(page, 'I have kept it').click()
    await page.getByText('on', { exact: true }).waitFor()
    await page.context().clearCookies()
    await page.goto('/login')
    await page.locator('input[name=email]').fill(reader.email)
    await page.locator('input[name=password]').fill(reader.password)
    await page.keyboard.press('Enter')
    await page.locator('input[name=code]').fill(codes[0])
    await page.keyboard.press('Enter')
    await page.locator('.shell').waitFor()
    equal(page.faults, [], 'faults')
    await page.context().close()
  },

  async everyPage({ browser, base, server }) {
    const pages = [
      'account',
      'account/security',
      'account/sessions',
      'account/keys',
      'account/views',
      'admin/assets',
      'admin/watches',
      'admin/channels',
      'admin/tags',
      'admin/users',
      'admin/organisations',
      'admin/roles',
      'admin/teams',
      'admin/sharing-groups',
      'admin/keys',
      'admin/system',
      'admin/jobs',
      'admin/audit',
      'admin/api?op=list-reports',
    ]
    // One login serves all looks: logins are limited.
    const first = await newPage(browser, base)
    await logIn(first, server.admin)
    const cookies = await first.context().cookies()
    await first.context().close()
    // Twenty pages in all eight looks would take many minutes: the two that differ in everything.
    const looks = [
      { language: 'zh', theme: 'dark', width: 390 },
      { language: 'en', theme: 'light', width: 1280 },
    ]
    for (const each of looks) {
      const look = `${each.language}-${each.theme}-${each.width}`
      const page = await newPage(browser, base, each)
      await page.context().addCookies(cookies)
      for (const path of pages) {
        await page.goto(`/${path}`)
        await page.locator('.page').waitFor()
        await waitFor(async () => (await page.locator('.skeleton').count()) === 0, 10_000)
        await shot(page, `${path.replace(/[/?=]/g, '-')}-${look}`)
        await axe(page, `${path} ${look}`)
        await noSidewaysScroll(page, `${path} ${look}`)
      }
      equal(page.faults, [], `faults ${look}`)
      await page.context().close()
    }
  },
}
