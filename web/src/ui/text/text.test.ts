import { describe, expect, test } from 'vitest'
import { blockAt, cutBlocks, type IndexSpan, segments, spansByBlock } from './blocks'
import { Utf8Map } from './utf8'

// A small generator, so that a failure repeats.
function random(seed: number) {
  let s = seed
  return (below: number) => {
    s = (s * 1103515245 + 12345) % 2147483648
    return s % below
  }
}

const PIECES = [
  'a',
  'é',
  '银',
  '狐',
  '👍',
  '\ud800',
  '\udc00',
  '\n',
  ' ',
  '\u200b',
  'z'.repeat(600),
  '銀'.repeat(700),
]

function randomText(seed: number): string {
  const next = random(seed)
  return Array.from({ length: 1 + next(60) }, () => PIECES[next(PIECES.length)]).join('')
}

describe('Utf8Map', () => {
  test('agrees with TextEncoder at every character', () => {
    const encoder = new TextEncoder()
    for (let seed = 1; seed < 40; seed++) {
      const text = randomText(seed)
      const map = new Utf8Map(text)
      expect(map.byteLength).toBe(encoder.encode(text).length)
      let index = 0
      let byte = 0
      for (const c of text) {
        if (map.toByte(index) !== byte || map.toIndex(byte) !== index) {
          expect({ seed, index, byte: map.toByte(index), back: map.toIndex(byte) }).toEqual({
            seed,
            index,
            byte,
            back: index,
          })
        }
        index += c.length
        byte += encoder.encode(c).length
      }
      expect(map.toIndex(byte)).toBe(text.length)
    }
  })

  test('an offset inside a character means its start, one outside the text its end', () => {
    const map = new Utf8Map('a银👍b')
    expect([1, 2, 3].map((byte) => map.toIndex(byte))).toEqual([1, 1, 1])
    expect([4, 5, 6, 7].map((byte) => map.toIndex(byte))).toEqual([2, 2, 2, 2])
    expect(map.toIndex(8)).toBe(4)
    expect(map.toIndex(99)).toBe(5)
    expect(map.toByte(-1)).toBe(0)
    expect(map.toByte(99)).toBe(9)
    expect(new Utf8Map('').toIndex(3)).toBe(0)
  })

  test('a pair astride a checkpoint stays whole', () => {
    const text = `${'x'.repeat(511)}👍y`
    const map = new Utf8Map(text)
    expect(map.toIndex(511)).toBe(511)
    expect(map.toIndex(513)).toBe(511)
    expect(map.toIndex(515)).toBe(513)
  })
})

describe('cutBlocks', () => {
  test('blocks join to the text, none over the limit but by a line end, no character cut', () => {
    for (let seed = 1; seed < 60; seed++) {
      const text = randomText(seed)
      const starts = [...cutBlocks(text, 50)]
      const blocks = starts.map((start, i) => text.slice(start, starts[i + 1] ?? text.length))
      expect(blocks.join('')).toBe(text)
      for (const block of blocks) {
        expect(block.length).toBeLessThanOrEqual(51)
        expect(block.slice(0, -1).includes('\n')).toBe(false)
      }
      for (const start of starts) {
        const pair = /[\ud800-\udbff][\udc00-\udfff]/.test(text.slice(start - 1, start + 1))
        expect({ seed, start, pair }).toEqual({ seed, start, pair: false })
      }
    }
  })

  test('an empty text is one block; five million characters in one line are many', () => {
    expect([...cutBlocks('')]).toEqual([0])
    expect([...cutBlocks('a\nb\n')]).toEqual([0, 2])
    const began = performance.now()
    expect(cutBlocks('x'.repeat(5_000_000)).length).toBeGreaterThan(3000)
    expect(performance.now() - began).toBeLessThan(2000)
  })

  test('blockAt finds the block of an index', () => {
    const starts = Uint32Array.from([0, 10, 20])
    expect([0, 9, 10, 19, 20, 500].map((i) => blockAt(starts, i))).toEqual([0, 0, 1, 1, 2, 2])
  })
})

describe('segments', () => {
  const span = (id: string, start: number, end: number): IndexSpan => ({ id, tone: 'proposed', start, end })

  test('the shortest span is on top, and the text stays whole', () => {
    const text = 'see http://a.example/x now'
    const parts = segments(text, 0, text.length, [span('url', 4, 22), span('host', 11, 20)])
    expect(parts.map(({ text, span }) => [text, span?.id])).toEqual([
      ['see ', undefined],
      ['http://', 'url'],
      ['a.example', 'host'],
      ['/x', 'url'],
      [' now', undefined],
    ])
  })

  test('a span over several blocks is in each; empty ones in none', () => {
    const starts = Uint32Array.from([0, 10, 20])
    const map = spansByBlock(starts, [span('long', 5, 25), span('edge', 0, 10), span('none', 3, 3)])
    expect([0, 1, 2].map((block) => map.get(block)?.map((s) => s.id))).toEqual([
      ['long', 'edge'],
      ['long'],
      ['long'],
    ])
  })
})
