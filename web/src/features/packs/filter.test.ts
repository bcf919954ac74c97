import { expect, test } from 'vitest'
import type { Pack } from './api'
import { matching } from './filter'

const pack = (more: Partial<Pack>): Pack =>
  ({ id: '1', kind: 'warninglist', name: 'alexa', enabled: true, ...more }) as Pack

test('packs are found by kind, state and any of their texts', () => {
  const packs = [
    pack({ id: '1', title: 'Top 1000' }),
    pack({ id: '2', kind: 'taxonomy', name: 'tlp', enabled: false, description: 'Traffic Light' }),
  ]
  const ids = (search: Parameters<typeof matching>[1]) => matching(packs, search).map((each) => each.id)
  expect(ids({})).toEqual(['1', '2'])
  expect(ids({ kind: 'taxonomy' })).toEqual(['2'])
  expect(ids({ on: 'true' })).toEqual(['1'])
  expect(ids({ q: 'top' })).toEqual(['1'])
  expect(ids({ q: 'LIGHT' })).toEqual(['2'])
})
