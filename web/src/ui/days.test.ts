import { expect, test } from 'vitest'
import { dayOf, endOfDay } from './days'

test('a day ends in its own time zone and comes back the same', () => {
  for (const day of ['2026-01-01', '2026-12-31', '2024-02-29']) {
    const end = endOfDay(day)
    expect(end).toMatch(/^\d{4}-\d\d-\d\dT/)
    expect(dayOf(end)).toBe(day)
    expect(dayOf(new Date(Date.parse(end ?? '') + 1000).toISOString())).not.toBe(day)
  }
})

test('what is no day is none', () => {
  for (const text of ['', 'tomorrow', '2026-1-1', '20260101']) expect(endOfDay(text)).toBeUndefined()
  expect(dayOf(undefined)).toBe('')
  expect(dayOf('nonsense')).toBe('')
})
