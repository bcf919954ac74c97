import { expect, test } from 'vitest'
import { queryOfValues } from './values'

const of = (value: string) => ({ type: 'url', value, defanged: value })

test('names each value, quoted and escaped as the language reads it', () => {
  expect(queryOfValues([of('evil.example'), of('C:\\a "b".exe')])).toBe(
    'value:"evil.example" OR value:"C:\\\\a \\"b\\".exe"',
  )
})

test('refuses more than one query can name', () => {
  expect(queryOfValues(Array.from({ length: 400 }, (_, i) => of(`${i}.example`)))).toContain('"399.example"')
  expect(() => queryOfValues(Array.from({ length: 401 }, (_, i) => of(`${i}.example`)))).toThrow()
  expect(() => queryOfValues([of('a'.repeat(20_000))])).toThrow()
})
