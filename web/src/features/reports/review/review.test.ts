import { expect, test } from 'vitest'
import { addressIn, bytes } from '../drop/send'
import { apiSort } from '../list/ReportList'
import { type Change, fieldChanges, groupChanges, verbOf } from '../page/history'
import { concerns, inverse } from '../page/queries'
import { inert } from '../page/Statements'
import { prose } from '../titles'
import type { Claim, Mention, Report, Section } from '../types'
import { changes, valuesOf } from './EditClaim'
import { partOf, usefulSections } from './FilterBar'
import { expiryOf, lastRejection, rememberRejection } from './rejection'
import { claimQuery, nextProposed, patchPages } from './store'
import { activeSpan, mentionsByClaim, spansOf } from './TextPane'

const claim = (id: string, more: Partial<Claim> = {}) =>
  ({ id, state: 'proposed', stated: id, ...more }) as Claim

test('the next claim to decide is below, then from the top, and never the same', () => {
  const rows = [claim('1'), claim('2', { state: 'accepted' }), claim('3', { deleted: true }), claim('4')]
  expect(nextProposed(rows, 0)).toBe(3)
  expect(nextProposed(rows, 3)).toBe(0)
  expect(nextProposed([claim('1')], 0)).toBe(-1)
  expect(nextProposed([], -1)).toBe(-1)
})

test('pages that no change meets stay the same objects', () => {
  const data = {
    pageParams: [undefined, 'c'],
    pages: [{ items: [claim('1')] }, { items: [claim('2'), claim('3')] }],
  }
  const next = patchPages(data, new Map([['3', { state: 'rejected' as const }]]))
  expect(next.pages[0]).toBe(data.pages[0])
  expect(next.pages[1]?.items[0]).toBe(data.pages[1]?.items[0])
  expect(next.pages[1]?.items[1]?.state).toBe('rejected')
  expect(patchPages(data, new Map([['9', {}]]))).toBe(data)
})

test('a type joins what was typed, quoted where it must be', () => {
  expect(claimQuery(' net:10.0.0.0/8 ', 'ipv4-addr')).toBe('net:10.0.0.0/8 type:ipv4-addr')
  expect(claimQuery('', 'a "b" c')).toBe('type:"a b c"')
  expect(claimQuery(undefined, undefined)).toBeUndefined()
})

test('scope, reason and time of a rejection are remembered, its comment is not', () => {
  rememberRejection({ reach: 'everywhere', reason: 'benign', comment: 'secret', days: 90 })
  expect(lastRejection()).toEqual({ reach: 'everywhere', reason: 'benign', comment: '', days: 90 })
  localStorage.setItem('vedette.reject', '{"reach":"moon","days":7}')
  expect(lastRejection()).toEqual({ reach: 'here', reason: 'not_an_indicator', comment: '', days: 0 })
  expect(expiryOf(0)).toBeUndefined()
  expect(expiryOf(30, Date.UTC(2026, 0, 1))).toBe('2026-01-31T00:00:00.000Z')
})

test('marks name claim and place; the one of the sentence is shown first', () => {
  const mention = (of: string, start: number): Mention => ({
    claim: of,
    document: 'd',
    start,
    end: start + 4,
  })
  const places = [mention('1', 0), mention('2', 10), mention('1', 20)]
  const held = { document: 'd', type: 'x', value: 'v', start: 5, end: 7, reason: 'r' }
  expect(spansOf(places, [held, { ...held, document: 'e' }], 'd').map((span) => span.id)).toEqual([
    '1@0',
    '2@10',
    '1@20',
    'off@5',
  ])
  const own = mentionsByClaim(places).get('1') ?? []
  const sentence = { text: '', start: 0, end: 0, document: 'd', offset: 20 }
  expect(activeSpan(own, claim('1', { sentence }), 'd')).toBe('1@20')
  expect(activeSpan(own, claim('1', { sentence: { ...sentence, document: 'e' } }), 'd')).toBe('1@0')
  expect(activeSpan([], claim('1'), 'd')).toBeUndefined()
})

test('a heading reaches to the next of its level; rows are no sections', () => {
  const part = (kind: string, start: number, end: number, level?: number): Section => ({
    kind,
    start,
    end,
    ...(level ? { level } : {}),
  })
  const found = usefulSections(
    [part('heading', 0, 5, 1), part('heading', 10, 15, 2), part('row', 20, 25), part('heading', 30, 35, 1)],
    100,
  )
  expect(found.map(({ start, end }) => [start, end])).toEqual([
    [0, 30],
    [10, 30],
    [30, 100],
  ])
  expect(partOf('10-30')).toEqual({ from: 10, to: 30 })
  expect(partOf('10-x')).toBeUndefined()
})

test('only what was changed is sent', () => {
  const before = valuesOf(claim('a', { type: 'domain-name', confidence: 50, to_ids: true }))
  expect(changes(before, before)).toEqual({})
  expect(changes(before, { ...before, comment: 'x', confidence: 'many', toIds: false })).toEqual({
    comment: 'x',
    to_ids: false,
  })
})

test('an edit is taken back by what stood there; an empty date cannot be', () => {
  const report = { title: 'old', tags: [], publisher: 'p' } as unknown as Report
  expect(inverse(report, { title: 'new', assignee: 'me' })).toEqual({ title: 'old', assignee: '' })
  expect(inverse(report, { published: '2026-01-01T00:00:00Z' })).toBeUndefined()
})

test('a change concerns a report by itself, by its parent, or within a range', () => {
  expect(concerns({ kind: 'claim', parent: '7', first: '9', last: '9' }, '7')).toBe(true)
  expect(concerns({ kind: 'report', first: '5', last: '8' }, '7')).toBe(true)
  expect(concerns({ kind: 'claim', first: '7', last: '7' }, '7')).toBe(false)
})

const change = (more: Partial<Change>): Change => ({
  seq: '1',
  at: '2026-11-22T00:00:00Z',
  who: 'Ana',
  op: 'update',
  kind: 'claim',
  first: '1',
  last: '1',
  ...more,
})

test('one action of many entries is one line of the history', () => {
  const turn = (seq: string, first: string, at = '2026-11-22T00:00:00Z') =>
    change({ seq, first, last: first, at, before: { state: 'proposed' }, after: { state: 'accepted' } })
  const lines = groupChanges([turn('3', '3'), turn('2', '2'), turn('1', '1', '2026-11-21T00:00:00Z')])
  expect(lines.map(({ verb, count, seqs }) => [verb, count, seqs])).toEqual([
    ['accepted', 2, ['3', '2']],
    ['accepted', 1, ['1']],
  ])
  expect(verbOf(change({ before: { to_ids: true }, after: { to_ids: false } }))).toBe('ids_off')
  expect(verbOf(change({ op: 'revive' }))).toBe('restored')
  expect(
    fieldChanges(change({ before: { comment: 'a', version: 1 }, after: { comment: 'b', version: 2 } })),
  ).toEqual([{ field: 'comment', before: 'a', after: 'b' }])
})

test('what a source writes cannot turn or link the page', () => {
  expect(prose('a\u202eb\n\tc')).toBe('a<U+202E>b  c')
  expect(inert('see https://evil.example and FTP://x')).toBe('see hxxps://evil.example and FxP://x')
  expect(addressIn(' hxxps://evil[.]example/a ')).toBe('hxxps://evil[.]example/a')
  expect(addressIn('see https://a.example')).toBeUndefined()
  expect([bytes(12), bytes(2048), bytes(5 * 1024 * 1024)]).toEqual(['12 B', '2.0 KB', '5.0 MB'])
  expect([apiSort('-published'), apiSort('arrived')]).toEqual(['published', '-arrived'])
})
