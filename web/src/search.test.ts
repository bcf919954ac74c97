import { expect, test } from 'vitest'
import { isLocal } from './routes/login'
import { tokenOf } from './routes/setup'
import { many, one, oneOf, parseSearch, stringifySearch } from './search'
import { isList } from './shell/paste'
import { initials } from './shell/UserMenu'

test('a query stays text, whatever it looks like', () => {
  for (const q of ['123', 'true', 'null', '{"a":1}', '银狐', 'a&b=c', '1.2.3[.]4', ' x ', '%', '"']) {
    expect(parseSearch(stringifySearch({ q }).slice(1))).toEqual({ q })
  }
  expect(parseSearch('a=1&a=2&b=')).toEqual({ a: ['1', '2'], b: '' })
  expect(stringifySearch({ a: ['1', '2'], b: undefined, c: '' })).toBe('?a=1&a=2')
  expect(stringifySearch({})).toBe('')
  expect(Object.getPrototypeOf(parseSearch('__proto__=x'))).toBe(Object.prototype)
})

test('values are read as one, many or one of a few', () => {
  const search = parseSearch('a=1&a=2&b=&state=accepted')
  expect(one(search, 'a')).toBe('1')
  expect(one(search, 'b')).toBeUndefined()
  expect(many(search, 'a')).toEqual(['1', '2'])
  expect(many(search, 'none')).toEqual([])
  expect(oneOf(search, 'state', ['proposed', 'accepted'])).toBe('accepted')
  expect(oneOf(search, 'a', ['x'])).toBeUndefined()
})

test('after login only this console is gone to', () => {
  for (const good of ['/', '/reports?x=1', '/a//b']) expect(isLocal(good)).toBe(true)
  for (const bad of ['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:x', '']) {
    expect(isLocal(bad)).toBe(false)
  }
})

test('the token of the one-time link', () => {
  expect(tokenOf('#token=abc')).toBe('abc')
  expect(tokenOf('#abc')).toBe('abc')
  expect(tokenOf('#other=1')).toBe('')
  expect(tokenOf('')).toBe('')
})

test('a pasted list is told from a query', () => {
  expect(isList('a\r\nb')).toBe(true)
  expect(isList('a\n\n  \n')).toBe(false)
})

test('initials', () => {
  expect(initials('Li Lei')).toBe('LL')
  expect(initials('欧阳 明月')).toBe('明月')
  expect(initials('admin@vedette.example')).toBe('AV')
  expect(initials('')).toBe('?')
})
