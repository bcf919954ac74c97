import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const css = readFileSync(join(import.meta.dirname, 'styles/tokens.css'), 'utf8')
const names = (block: string) =>
  new Map([...block.matchAll(/(--[\w-]+):\s*([^;]+);/g)].map((m) => [m[1], m[2]]))
const blockAfter = (start: string) => {
  const from = css.indexOf('{', css.indexOf(start)) + 1
  return css.slice(from, css.indexOf('}', from))
}

test('the dark theme is the same by choice and by the system', () => {
  const chosen = names(blockAfter(':root[data-theme="dark"]'))
  expect(chosen.size).toBeGreaterThan(30)
  expect(names(blockAfter(':root:not([data-theme="light"])'))).toEqual(chosen)
})

test('both themes define the same colours', () => {
  const light = names(blockAfter(':root {\n    color-scheme: light'))
  expect([...names(blockAfter(':root[data-theme="dark"]')).keys()]).toEqual([...light.keys()])
})

const root = join(import.meta.dirname, '..')
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(tsx?|css)$/.test(name) && !name.includes('.gen.') && !name.includes('.test.'))
  .map((name) => [name, readFileSync(join(root, name), 'utf8')] as const)

test('styles use only known tokens', () => {
  const defined = new Set(
    sources.flatMap(([, text]) => [...text.matchAll(/['"]?(--[\w-]+)['"]?:/g)].map((m) => m[1])),
  )
  for (const [name, text] of sources) {
    for (const [, token, comma] of text.matchAll(/var\((--[\w-]+)\s*(,)?/g)) {
      // With a fallback, or set by the headless primitives on their own elements.
      if (comma || /^--(available|anchor|transform|toast|nested)/.test(token ?? '')) continue
      if (token === '--pain-') continue
      expect({ name, token, known: defined.has(token ?? '') }).toEqual({ name, token, known: true })
    }
  }
})

test('no source makes markup or script of text', () => {
  const banned =
    /dangerouslySetInnerHTML|\.innerHTML|outerHTML|insertAdjacentHTML|document\.write|new Function|\beval\(|srcdoc/i
  for (const [name, text] of sources)
    expect({ name, found: banned.exec(text)?.[0] }).toEqual({ name, found: undefined })
})

test('no file and no function is too long', () => {
  for (const [name, text] of sources) {
    expect({ name, lines: text.split('\n').length > 800 }).toEqual({ name, lines: false })
  }
})
