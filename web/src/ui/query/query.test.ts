import { describe, expect, test } from 'vitest'
import { complete, QUERY_FIELDS } from './complete'
import { cutTerms, quoteValue, termOf, withTerm } from './terms'

describe('terms', () => {
  test('cuts at spaces outside quotes and parentheses', () => {
    const text = ' tag:"two words"  (a OR b) 银狐 "x y"'
    expect(cutTerms(text).map((term) => term.text)).toEqual(['tag:"two words"', '(a OR b)', '银狐', '"x y"'])
    for (const { text: part, start, end } of cutTerms(text)) expect(text.slice(start, end)).toBe(part)
    expect(cutTerms('"never closed (').map((term) => term.text)).toEqual(['"never closed ('])
  })

  test('reads, sets and takes away a term', () => {
    expect(termOf('a progress:to_review b', 'progress')).toBe('to_review')
    expect(termOf('tag:"two words"', 'tag')).toBe('two words')
    expect(termOf('-progress:reviewed', 'progress')).toBeUndefined()
    expect(withTerm('a progress:to_review', 'progress', 'reviewed')).toBe('a progress:reviewed')
    expect(withTerm('a progress:to_review', 'progress', undefined)).toBe('a')
    expect(withTerm('', 'tag', 'two words')).toBe('tag:"two words"')
  })

  test('a query with OR is kept whole', () => {
    expect(termOf('progress:reviewed OR b', 'progress')).toBeUndefined()
    expect(withTerm('a OR b', 'kind', 'feed')).toBe('(a OR b) kind:feed')
  })

  test('quotes what would fall apart', () => {
    expect(quoteValue('a b')).toBe('"a b"')
    expect(quoteValue('a"b')).toBe('ab')
    expect(quoteValue('')).toBe('""')
    expect(quoteValue('misp-galaxy:threat-actor="APT 28"')).toBe('"misp-galaxy:threat-actor=APT 28"')
  })
})

describe('complete', () => {
  const at = (text: string, found: string[] = []) =>
    complete(text.replace('|', ''), text.indexOf('|'), QUERY_FIELDS, found, Date.UTC(2026, 10, 22))
  const inserts = (text: string, found?: string[]) => at(text, found).items.map((item) => item.insert)

  test('offers fields by their beginning', () => {
    expect(inserts('pu|')).toEqual(['publisher:', 'published:', 'publishers:'])
    expect(inserts('x -pro|')).toEqual(['-progress:'])
    expect(inserts('(prog| OR b)')).toEqual(['progress:'])
    expect(inserts('银|')).toEqual([])
    expect(inserts('|').length).toBe(QUERY_FIELDS.length)
  })

  test('offers values of a field, and replaces only what was typed of it', () => {
    const got = at('a progress:re| b')
    expect(got).toMatchObject({ from: 11, to: 13, field: 'progress', typed: 're' })
    expect(inserts('a progress:re| b')).toEqual(['reviewed '])
    expect(inserts('published:>=2|')).toContain('>=2026-11-15 ')
  })

  test('takes values that the server found', () => {
    expect(inserts('tag:ap|', ['apt', 'apt 28'])).toEqual(['apt ', '"apt 28" '])
    expect(inserts('kind:feed|')).toEqual([])
  })

  test('an unknown name before a colon is text', () => {
    expect(inserts('http:|')).toEqual([])
  })
})
