import {
  assert,
  axe,
  equal,
  inEveryLook,
  logIn,
  newPage,
  noSidewaysScroll,
  setLook,
  shot,
  waitFor,
} from './harness.mjs'

export const needs = 'fixture'

const PERSON = { email: 'lilei@vedette.example', password: 'right' }
const heading = (page, name) => page.getByRole('heading', { level: 1, name })

export const steps = {
  async gates({ browser, base, server }) {
    await inEveryLook(browser, base, async (page, look) => {
      server.logInAs(false)
      await page.goto('/reports')
      await page.locator('input[name=email]').fill('totp@vedette.example')
      await axe(page, `login ${look}`)
      await page.locator('input[name=password]').fill('wrong')
      await page.keyboard.press('Enter')
      await page.getByRole('alert').waitFor()
      await shot(page, `login-${look}`)
      await axe(page, `refused login ${look}`)
      await page.locator('input[name=password]').fill('right')
      await page.keyboard.press('Enter')
      await page.locator('input[name=code]').fill('000000')
      await page.keyboard.press('Enter')
      await page.locator('.error.server').waitFor()
      await shot(page, `totp-${look}`)
      await axe(page, `totp ${look}`)
      await page.locator('input[name=code]').fill('123456')
      await page.keyboard.press('Enter')
      await page.locator('.shell').waitFor()
      equal(new URL(page.url()).pathname, '/reports', 'back to the page asked for')
      server.logInAs(false)
      await page.goto('/setup#token=one-time')
      await page.locator('input[name=organisation]').waitFor()
      equal(new URL(page.url()).hash, '', 'the token leaves the address bar')
      await shot(page, `setup-${look}`)
      await axe(page, `setup ${look}`)
      await noSidewaysScroll(page, `setup ${look}`)
    })
  },

  async setup({ browser, base, server }) {
    server.logInAs(false)
    const page = await newPage(browser, base)
    await page.goto('/setup')
    await page.getByText('one-time link').waitFor()
    await axe(page, 'setup without a token')
    await page.goto('about:blank')
    await page.goto('/setup#token=one-time')
    const fill = async (values) => {
      for (const [name, value] of Object.entries(values))
        await page.locator(`input[name=${name}]`).fill(value)
    }
    await page.getByRole('button', { name: 'Create account' }).click()
    equal((await page.getByText('This is needed.').count()) > 0, true, 'needed fields are named')
    await fill({
      organisation: 'Example CERT',
      name: '李雷',
      email: 'taken@vedette.example',
      password: 'short',
      repeat: 'short',
    })
    await page.getByRole('button', { name: 'Create account' }).click()
    await page.getByText('Too short').waitFor()
    await fill({ password: 'a long sentence', repeat: 'another sentence' })
    await page.getByText('differ').waitFor()
    await fill({ repeat: 'a long sentence' })
    await page.getByRole('button', { name: 'Create account' }).click()
    await page.getByText('This address has an account.').waitFor()
    equal(await page.evaluate(() => document.activeElement.name), 'email', 'focus on the refused field')
    await shot(page, 'setup-refused')
    await axe(page, 'refused setup')
    await fill({ email: 'new@vedette.example' })
    equal(
      await page.getByText('This address has an account.').isVisible(),
      false,
      'a changed value is not wrong any more',
    )
    await page.getByRole('button', { name: 'Create account' }).click()
    await page.locator('.shell').waitFor()
    equal(page.faults, [], 'faults')
    await page.context().close()
  },

  async pages({ browser, base, server }) {
    await inEveryLook(browser, base, async (page, look) => {
      server.logInAs()
      await page.goto('/')
      await page.locator('.home-page').waitFor()
      await shot(page, `home-${look}`)
      await axe(page, `home ${look}`)
      await noSidewaysScroll(page, `home ${look}`)
      await page.goto('/account/sessions')
      await page.getByText('Firefox 145 on Linux').waitFor()
      await shot(page, `account-${look}`)
      await axe(page, `account ${look}`)
      await page.goto('/no/such/page')
      await heading(page, /./).waitFor()
      await page.locator('.side').waitFor()
      await shot(page, `missing-${look}`)
      await axe(page, `missing page ${look}`)
    })
  },

  async keyboard({ browser, base, server }) {
    server.logInAs(false)
    const page = await newPage(browser, base)
    await logIn(page, PERSON)
    await page.locator('.home-search input').waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('g')
    await page.locator('.pending-keys').waitFor()
    await page.keyboard.press('r')
    await heading(page, 'Reports').waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox').fill('obs')
    await shot(page, 'palette')
    await axe(page, 'palette')
    await page.keyboard.press('Enter')
    await heading(page, 'Observables').waitFor()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.keyboard.press('?')
    await page.getByRole('dialog').waitFor()
    await shot(page, 'key-sheet')
    await axe(page, 'key sheet')
    await page.keyboard.press('g')
    await page.keyboard.press('h')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await heading(page, 'Observables').waitFor()
    await page.keyboard.press('[')
    equal(await page.locator('.shell').getAttribute('data-side'), 'narrow', 'folded menu')
    await shot(page, 'side-narrow')
    await axe(page, 'folded menu')
    await page.keyboard.press('/')
    await page.keyboard.type('银狐 g r')
    equal(new URL(page.url()).pathname, '/observables', 'no shortcut while typing')
    await page.keyboard.press('Enter')
    await waitFor(() => new URL(page.url()).pathname === '/search')
    equal(new URL(page.url()).searchParams.get('q'), '银狐 g r', 'query in the URL')
    await page.goto('/search?q=123')
    await heading(page, '123').waitFor()
    equal(page.faults, [], 'faults')
    await page.context().close()
  },

  async composition({ browser, base, server }) {
    server.logInAs()
    const page = await newPage(browser, base, { language: 'zh' })
    await page.goto('/')
    const box = page.locator('.home-search input')
    await box.focus()
    const client = await page.context().newCDPSession(page)
    await client.send('Input.imeSetComposition', { text: 'yinhu', selectionStart: 5, selectionEnd: 5 })
    await client.send('Input.dispatchKeyEvent', {
      type: 'rawKeyDown',
      key: 'Process',
      code: 'Enter',
      windowsVirtualKeyCode: 229,
    })
    await client.send('Input.dispatchKeyEvent', {
      type: 'rawKeyDown',
      key: 'Enter',
      code: 'Enter',
      windowsVirtualKeyCode: 229,
    })
    await page.waitForTimeout(150)
    equal(new URL(page.url()).pathname, '/', 'Enter while composing takes the candidate, no more')
    await client.send('Input.insertText', { text: '银狐' })
    await page.keyboard.press('Enter')
    await waitFor(() => new URL(page.url()).searchParams.get('q') === '银狐')
    equal(page.faults, [], 'faults')
    await page.context().close()
  },

  async pastedList({ browser, base, server }) {
    server.logInAs()
    const page = await newPage(browser, base)
    await page.goto('/')
    await page.evaluate(() => navigator.clipboard.writeText('198.51.100.1\nexample.org\n'))
    await page.locator('.home-search input').focus()
    await page.keyboard.press('Control+v')
    await waitFor(() => new URL(page.url()).search === '?paste=1')
    equal(page.faults, [], 'faults')
    await page.context().close()
  },

  async menus({ browser, base, server }) {
    server.logInAs()
    const page = await newPage(browser, base)
    await page.goto('/reports')
    await page.getByRole('button', { name: 'Account of Li Lei' }).click()
    await page.getByRole('menu').waitFor()
    await shot(page, 'user-menu')
    await axe(page, 'user menu')
    await page.getByRole('menuitemradio', { name: 'Dark' }).click()
    equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark', 'theme')
    await page.getByRole('menuitemradio', { name: '简体中文' }).click()
    await page.keyboard.press('Escape')
    await heading(page, '报告').waitFor()
    equal(await page.evaluate(() => document.documentElement.lang), 'zh-CN', 'language')
    await shot(page, 'reports-zh-dark')
    await setLook(page, { theme: 'light', language: 'en' })
    await heading(page, 'Reports').waitFor()
    await page.getByRole('button', { name: 'Account of Li Lei' }).click()
    await page.getByRole('menuitem', { name: 'Log out' }).click()
    await page.locator('input[name=password]').waitFor()
    await page.goto('/reports')
    await page.locator('input[name=password]').waitFor()
    equal(page.faults, [], 'faults')
    await page.context().close()
  },

  async endedSession({ browser, base, server }) {
    server.logInAs()
    const page = await newPage(browser, base)
    await page.goto('/reports')
    await heading(page, 'Reports').waitFor()
    server.logInAs(false)
    await page.goto('/login?next=//evil.example/')
    await page.locator('input[name=email]').waitFor()
    await page.locator('input[name=email]').fill(PERSON.email)
    await page.locator('input[name=password]').fill(PERSON.password)
    await page.keyboard.press('Enter')
    await page.locator('.home-page').waitFor()
    assert(page.url().startsWith(base), 'a foreign next is not followed')
    await page.context().setOffline(true)
    await page.locator('.banner').waitFor()
    await shot(page, 'offline')
    await axe(page, 'offline')
    await page.context().close()
  },

  async sessions({ browser, base, server }) {
    server.logInAs()
    const page = await newPage(browser, base)
    await page.goto('/account/sessions')
    await page.getByText('Edge 141 on Windows').waitFor()
    await page.locator('.grid-row', { hasText: 'Edge 141' }).locator('.check').click()
    await page.getByRole('button', { name: 'End sessions' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'End sessions' }).click()
    await page.getByText('1 session ended').waitFor()
    equal(page.faults, [], 'faults')
    await page.context().close()
  },
}
