import { expect, test } from 'vitest'
import type { Evidence } from './api'
import { voiceQuery, voicesOf } from './Publishers'

const base: Evidence = {
  publisher: 'Vendor',
  source: '1',
  source_name: 'Vendor blog',
  state: 'proposed',
  to_ids: true,
  confidence: 50,
  pain: 3,
  claims: 2,
  reports: 2,
  first: '2026-01-02T00:00:00Z',
  last: '2026-01-05T00:00:00Z',
}

test('sums what a source says over states, newest source first', () => {
  const voices = voicesOf([
    base,
    { ...base, state: 'accepted', claims: 3, reports: 1, first: '2026-01-01T00:00:00Z' },
    { ...base, source: '2', publisher: 'Other', last: '2026-02-01T00:00:00Z', state: 'rejected' },
  ])
  expect(voices.map((voice) => voice.key)).toEqual(['2.Other', '1.Vendor'])
  expect(voices[1]).toMatchObject({
    states: { proposed: 2, accepted: 3 },
    reports: 3,
    first: '2026-01-01T00:00:00Z',
    toIds: true,
  })
  // A rejected claim asks for no detection.
  expect(voices[0]?.toIds).toBe(false)
})

test('a source of many publishers has a voice for each', () => {
  const voices = voicesOf([base, { ...base, publisher: 'Se "x" cond' }])
  expect(voices).toHaveLength(2)
  expect(voices.map((voice) => voiceQuery(voice.key))).toEqual([
    'source:1 publisher:"Vendor"',
    'source:1 publisher:"Se \\"x\\" cond"',
  ])
  expect(voiceQuery('7')).toBe('source:7')
})
