import { assert, axe, equal, inEveryLook, newPage, noSidewaysScroll, shot, waitFor } from './harness.mjs'

export const needs = 'fixture'

const PARTS = ['controls', 'marks', 'feedback', 'grid', 'text']

const activeRow = (page) => page.locator('.grid-row[data-cursor]').getAttribute('aria-rowindex')
const chosen = (page) => page.locator('.grid-row[aria-selected=true]').count()

export const steps = {
  async looks({ browser, base }) {
    await inEveryLook(browser, base, async (page, look) => {
      for (const part of PARTS) {
        await page.goto(`/dev/gallery#${part}`)
        await page.reload()
        await page.locator('h1').waitFor()
        if (part === 'grid')
          await page.locator('.grid-row:not([aria-hidden]), .grid-card .title').first().waitFor()
        await shot(page, `gallery-${part}-${look}`)
        await axe(page, `${part} ${look}`)
        await noSidewaysScroll(page, `${part} ${look}`)
      }
    })
  },

  async gridKeyboard({ browser, base }) {
    const page = await newPage(browser, base)
    await page.goto('/dev/gallery#grid')
    await page.locator('.grid-row:not([aria-hidden])').first().waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    equal(await activeRow(page), '3', 'j twice')
    await page.keyboard.press('k')
    equal(await activeRow(page), '2', 'k')
    await page.keyboard.press('x')
    equal(await chosen(page), 1, 'x')
    await page.locator('[role=grid]').focus()
    for (let i = 0; i < 3; i++) await page.keyboard.press('Shift+ArrowDown')
    equal(await chosen(page), 4, 'Shift and arrows')
    await shot(page, 'gallery-grid-chosen')
    await axe(page, 'grid with a selection')
    await page.keyboard.press('Escape')
    equal(await chosen(page), 0, 'Escape')
    await page.keyboard.press('End')
    await waitFor(async () => Number(await activeRow(page)) > 200)
    await page.locator('.grid-scroll').evaluate((node) => node.scrollTo(0, node.scrollHeight))
    await waitFor(async () => (await page.locator('.grid-row').last().getAttribute('aria-rowindex')) > 390)
    equal(page.faults, [], 'faults')
    await page.context().close()
  },

  async gridPointer({ browser, base }) {
    const page = await newPage(browser, base)
    await page.goto('/dev/gallery#grid')
    await page.locator('.grid-row:not([aria-hidden])').first().waitFor()
    const boxes = page.locator('.grid-row .check')
    await boxes.nth(1).click()
    await boxes.nth(5).click({ modifiers: ['Shift'] })
    equal(await chosen(page), 5, 'a range with Shift')
    const head = page.locator('.grid-th', { hasText: 'Type' })
    const before = (await head.boundingBox()).width
    const edge = await head.locator('.resize').boundingBox()
    await page.mouse.move(edge.x + 4, edge.y + 8)
    await page.mouse.down()
    await page.mouse.move(edge.x + 64, edge.y + 8, { steps: 4 })
    await page.mouse.up()
    const after = (await head.boundingBox()).width
    assert(Math.abs(after - before - 60) < 6, `resize: ${before} became ${after}`)
    const cell = await page.locator('.grid-row').first().locator('.grid-td').nth(2).boundingBox()
    assert(Math.abs(cell.width - after) < 1, 'rows follow the heading')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Columns' }).click()
    await page.getByRole('checkbox', { name: 'Report' }).click()
    await shot(page, 'gallery-grid-columns')
    await axe(page, 'column menu')
    await page.keyboard.press('Escape')
    equal(await page.locator('.grid-th', { hasText: 'Report' }).count(), 0, 'hidden column')
    await page.reload()
    await page.locator('.grid-row:not([aria-hidden])').first().waitFor()
    equal(await page.locator('.grid-th', { hasText: 'Report' }).count(), 0, 'layout kept')
    await page
      .locator('.grid-th', { hasText: 'Published' })
      .dragTo(page.locator('.grid-th', { hasText: 'State' }))
    equal(await page.locator('.grid-th .name').first().innerText(), 'Published', 'moved by dragging')
    equal(page.faults, [], 'faults')
    await page.context().close()
  },

  async textSelection({ browser, base }) {
    const page = await newPage(browser, base)
    await page.goto('/dev/gallery#text')
    await page.locator('.mark').first().waitFor()
    await page.locator('.mark', { hasText: '税务主题' }).first().dblclick()
    await page.evaluate(() => {
      const mark = [...document.querySelectorAll('.mark')].find((m) => m.textContent === '税务主题')
      getSelection().selectAllChildren(mark)
    })
    const text = await page.locator('[data-testid=selection]').innerText()
    const [, start, end] = /^(\d+)–(\d+): 税务主题$/.exec(text) ?? []
    // 税务主题 is twelve bytes of UTF-8; where it begins is counted independently here.
    equal(Number(end) - Number(start), 12, `selection "${text}"`)
    await page.locator('.text-doc').focus()
    for (let i = 0; i < 60; i++) await page.keyboard.press('n')
    await page.locator('.mark[data-active]').waitFor()
    const inSight = await page
      .locator('.mark[data-active]')
      .first()
      .evaluate((mark) => {
        const box = mark.getBoundingClientRect()
        const frame = mark.closest('.text-doc').getBoundingClientRect()
        return box.top >= frame.top && box.bottom <= frame.bottom
      })
    assert(inSight, 'the sixtieth mark is scrolled to')
    await shot(page, 'gallery-text-active')
    equal(page.faults, [], 'faults')
    await page.context().close()
  },

  async longText({ browser, base }) {
    const page = await newPage(browser, base)
    const began = Date.now()
    await page.goto('/dev/gallery?repeat=12000#text')
    await page.locator('.mark').first().waitFor()
    const opened = Date.now() - began
    const counts = await page.evaluate(() => document.querySelectorAll('.text-block').length)
    assert(counts < 120, `${counts} blocks in the page`)
    await page.locator('.text-doc').evaluate((node) => node.scrollTo(0, node.scrollHeight))
    await waitFor(async () => {
      const last = await page.locator('.text-block').last().getAttribute('data-index')
      return Number(last) >= 24_000
    })
    // 60,000 marks in 5 MB; the machine may be busy.
    assert(opened < 8000, `opened in ${opened} ms`)
    console.log(`     five megabytes open in ${opened} ms`)
    equal(page.faults, [], 'faults')
    await page.context().close()
  },

  async overlays({ browser, base }) {
    await inEveryLook(
      browser,
      base,
      async (page, look) => {
        await page.goto('/dev/gallery#controls')
        for (const name of ['Dialog', 'Drawer', 'Confirm', 'Conflict']) {
          await page.getByRole('button', { name, exact: true }).click()
          await page.getByRole('dialog').waitFor()
          await shot(page, `gallery-${name.toLowerCase()}-${look}`)
          await axe(page, `${name} ${look}`)
          await page.keyboard.press('Escape')
          await page.getByRole('dialog').waitFor({ state: 'detached' })
        }
        await page.getByRole('button', { name: 'More', exact: true }).click()
        await page.getByRole('menu').waitFor()
        await axe(page, `menu ${look}`)
        await shot(page, `gallery-menu-${look}`)
        await page.keyboard.press('Escape')
        await page.getByRole('combobox', { name: 'Type', exact: true }).click()
        await page.getByRole('listbox').waitFor()
        await shot(page, `gallery-select-${look}`)
        await axe(page, `select ${look}`)
        await page.keyboard.press('Escape')
        await page.getByRole('button', { name: 'Toast', exact: true }).click()
        await page.getByRole('button', { name: 'Error toast' }).click()
        await page.locator('.toast').nth(1).waitFor()
        await shot(page, `gallery-toast-${look}`)
        await axe(page, `toast ${look}`)
      },
      [1280],
    )
  },
}
