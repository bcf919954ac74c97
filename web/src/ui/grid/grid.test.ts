import { describe, expect, test } from 'vitest'
import { formatSort, loadLayout, mergeOrder, moveBefore, nextSort, parseSort, saveLayout } from './columns'
import { NO_SELECTION, prune, toggle, toggleAll } from './selection'

const order = ['a', 'b', 'c', 'd', 'e']
const ids = (of: { ids: ReadonlySet<string> }) => [...of.ids].sort().join('')

describe('selection', () => {
  test('a range with Shift goes from the last click, both ways, and takes away too', () => {
    let s = toggle(NO_SELECTION, order, 'b', true, false)
    s = toggle(s, order, 'd', true, true)
    expect(ids(s)).toBe('bcd')
    s = toggle(s, order, 'a', true, true)
    expect(ids(s)).toBe('abcd')
    s = toggle(s, order, 'c', false, true)
    expect(ids(s)).toBe('d')
  })

  test('a range from a row that is gone takes the one row', () => {
    const s = toggle({ ids: new Set(), anchor: 'gone', all: false }, order, 'c', true, true)
    expect(ids(s)).toBe('c')
  })

  test('all, none, and what is left when rows go', () => {
    const all = toggleAll(NO_SELECTION, order)
    expect(ids(all)).toBe('abcde')
    expect(toggleAll(all, order)).toBe(NO_SELECTION)
    expect(ids(prune({ ...all, all: true }, ['b', 'x']))).toBe('b')
    expect(prune({ ...all, all: true }, ['b']).all).toBe(false)
    expect(prune(all, order)).toBe(all)
    expect(toggleAll(NO_SELECTION, []).ids.size).toBe(0)
  })
})

describe('columns', () => {
  test('new columns come in at their usual place, unknown ones go', () => {
    expect(mergeOrder(['a', 'b', 'c', 'd'], ['d', 'gone', 'a'])).toEqual(['d', 'a', 'b', 'c'])
    expect(mergeOrder(['n', 'a'], ['a'])).toEqual(['n', 'a'])
    expect(mergeOrder(['a', 'b'], [])).toEqual(['a', 'b'])
  })

  test('moveBefore', () => {
    expect(moveBefore(order, 'd', 'b').join('')).toBe('adbce')
    expect(moveBefore(order, 'a', null).join('')).toBe('bcdea')
    expect(moveBefore(order, 'a', 'a').join('')).toBe('abcde')
    expect(moveBefore(order, 'a', 'gone').join('')).toBe('bcdea')
  })

  test('a click sorts up, down, not at all', () => {
    const up = nextSort(null, 'x')
    expect(up).toEqual({ by: 'x', descending: false })
    const down = nextSort(up, 'x')
    expect(formatSort(down)).toBe('-x')
    expect(nextSort(down, 'x')).toBeNull()
    expect(nextSort(down, 'y')).toEqual({ by: 'y', descending: false })
    expect(parseSort('-published')).toEqual({ by: 'published', descending: true })
    for (const bad of ['', undefined, '--x', "x';drop", '-']) expect(parseSort(bad)).toBeNull()
  })

  test('a broken stored layout counts as none', () => {
    const none = { order: [], hidden: {}, widths: {} }
    for (const text of ['', '{', 'null', '7', '{"order":5,"hidden":[1],"widths":{"a":"x","b":-4}}']) {
      localStorage.setItem('vedette.grid.t', text)
      expect(loadLayout('t')).toEqual(none)
    }
    const layout = { order: ['b'], hidden: { a: true }, widths: { b: 90 } }
    saveLayout('t', layout)
    expect(loadLayout('t')).toEqual(layout)
  })
})
