import { expect, test } from 'vitest'
import { absoluteTime, relativeTime } from './time'

const now = Date.UTC(2026, 10, 22, 12)
const ago = (seconds: number, language = 'en') => relativeTime(now - seconds * 1000, now, language)

test('relative times, both languages, both directions', () => {
  expect(ago(10)).toBe('now')
  expect(ago(61)).toBe('1 min. ago')
  expect(ago(3 * 3600)).toBe('3 hr. ago')
  expect(ago(26 * 3600)).toBe('yesterday')
  expect(ago(-26 * 3600)).toBe('tomorrow')
  expect(ago(40 * 86400)).toBe('last mo.')
  expect(ago(3 * 3600, 'zh')).toBe('3小时前')
})

test('absolute times', () => {
  expect(absoluteTime('2026-11-22T04:05:06Z', { utc: true })).toBe('2026-11-22 04:05Z')
  expect(absoluteTime('2026-11-22T04:05:06Z', { utc: true, seconds: true })).toBe('2026-11-22 04:05:06Z')
  expect(absoluteTime('not a time')).toBe('not a time')
})
