import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import en from './en.json'
import zh from './zh.json'

type Tree = { [key: string]: string | Tree }

function leaves(tree: Tree, path = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[path + key, value] as [string, string]] : leaves(value, `${path}${key}.`),
  )
}

// English has one and other, Chinese other alone.
const plain = (key: string) => key.replace(/_(one|other)$/, '')
const params = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort()

const english = leaves(en)
const chinese = leaves(zh)

test('both languages have the same keys', () => {
  const keys = (of: [string, string][]) => [...new Set(of.map(([key]) => plain(key)))].sort()
  expect(keys(chinese)).toEqual(keys(english))
})

test('a plural is whole', () => {
  for (const [key] of english) {
    if (key.endsWith('_one')) expect(english.map(([k]) => k)).toContain(`${plain(key)}_other`)
  }
  expect(chinese.map(([key]) => key).filter((key) => key.endsWith('_one'))).toEqual([])
})

test('both languages use the same parameters', () => {
  for (const [key, text] of english) {
    if (key.endsWith('_one')) continue
    const other = chinese.find(([k]) => k === key)
    expect({ key, params: params(other?.[1] ?? '') }).toEqual({ key, params: params(text) })
  }
})

test('no text is empty, and Chinese texts are Chinese', () => {
  for (const [key, text] of [...english, ...chinese])
    expect({ key, empty: text.trim() === '' }).toEqual({ key, empty: false })
  // Names and sample texts stay as they are; they are few.
  const latin = chinese.filter(([, text]) => !/\p{Script=Han}/u.test(text)).map(([key]) => key)
  expect(latin.length).toBeLessThanOrEqual(Math.ceil(chinese.length * 0.02))
})

test('every key that the source names exists, and none is left over', () => {
  const root = join(import.meta.dirname, '..')
  const source = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !name.includes('.gen.') && !name.includes('.test.'))
    .map((name) => readFileSync(join(root, name), 'utf8'))
    .join('\n')
  // Keys made of a constant and a variable part are written `prefix.${…}`.
  const prefixes = [...source.matchAll(/`([a-z_.]+[._])\$\{/g)].map((m) => m[1] ?? '')
  const unused = [...new Set(english.map(([key]) => plain(key)))].filter(
    (key) =>
      !key.startsWith('errors.') &&
      !source.includes(`'${key}'`) &&
      !prefixes.some((prefix) => key.startsWith(prefix)),
  )
  expect(unused).toEqual([])
})
