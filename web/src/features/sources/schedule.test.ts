import { expect, test } from 'vitest'
import { formatSchedule, hoursOf, parseSchedule } from './schedule'

test('a schedule that the form has fields for comes back as it was', () => {
  for (const text of ['', '@every 15m', '@every 6h', '30 6 * * *', '5 18 * * 1-5'])
    expect(formatSchedule(parseSchedule(text))).toBe(text)
})

test('names mean the same', () => {
  expect(formatSchedule(parseSchedule('@hourly'))).toBe('@every 1h')
  expect(formatSchedule(parseSchedule('@daily'))).toBe('0 0 * * *')
})

test('everything else stays a text', () => {
  for (const text of ['@every 1h30m', '0 */6 * * *', '@weekly', '61 6 * * *', '0 6 1 * *'])
    expect(parseSchedule(text)).toEqual({ mode: 'cron', text })
})

test('sixty minutes are an hour', () => {
  expect(hoursOf({ count: '60', unit: 'm' })).toBe(1)
  expect(hoursOf({ count: '90', unit: 'm' })).toBe(0)
  expect(hoursOf({ count: '6', unit: 'h' })).toBe(6)
})
