import { expect, test } from 'vitest'
import { totalOf } from './QuarantinePage'
import { bytesText } from './QueuePage'

const counts = [
  { stage: 'parse', code: 'document_broken', count: 3 },
  { stage: 'parse', code: 'document_locked', count: 1 },
  { stage: 'ingest', code: 'document_broken', count: 2 },
]

test('open items are counted by what the filter can say of them', () => {
  expect(totalOf(counts, {})).toBe(6)
  expect(totalOf(counts, { stage: 'parse' })).toBe(4)
  expect(totalOf(counts, { stage: 'parse', code: 'document_broken' })).toBe(3)
  expect(totalOf(counts, { code: 'other' })).toBe(0)
})

test('sizes are said in two figures', () => {
  expect([0, 999, 1000, 1_450_000, 23_400_000_000].map(bytesText)).toEqual([
    '0 B',
    '999 B',
    '1.0 KB',
    '1.4 MB',
    '23 GB',
  ])
})
