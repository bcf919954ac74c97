import { expect, test } from 'vitest'
import type { Lookup } from '~/api/intel'
import { readPaste, sortRows, toCsv } from './list'

test('reads lists as people keep them', () => {
  const values = (text: string) => {
    const read = readPaste(text)
    return read.kind === 'values' ? read.values : read.kind
  }
  expect(values('evil[.]example\n198.51.100[.]7\n\n# comment\nevil[.]example')).toEqual([
    'evil[.]example',
    '198.51.100[.]7',
  ])
  expect(values('- a.example\n* b.example # seen today\n• "c.example"')).toEqual([
    'a.example',
    'b.example',
    'c.example',
  ])
  expect(values('a.example, b.example；c.example、d.example\te.example')).toHaveLength(5)
  expect(values('hxxp://a[.]example/x(1)\n[2001:db8::1]:443')).toEqual([
    'hxxp://a[.]example/x(1)',
    '[2001:db8::1]:443',
  ])
  expect(values('CVE-2026-1234\nT1059.001\nd41d8cd98f00b204e9800998ecf8427e')).toHaveLength(3)
  // A few things that are no values do not make it prose: the table names them.
  expect(values('a.example\nb.example\nc.example\nd.example\noops')).toHaveLength(5)
})

test('prose is read as a text', () => {
  const text = 'In late August a mail run reached companies.\nIt fetched hxxps://cdn[.]example/u from there.'
  expect(readPaste(text)).toEqual({ kind: 'text', text })
  expect(readPaste('攻击者使用 evil[.]example 作为\n控制服务器，并投放样本').kind).toBe('text')
})

const row = (value: string, more: Partial<Lookup> = {}): Lookup => ({
  asked: value,
  type: 'domain-name',
  value,
  defanged: value.replaceAll('.', '[.]'),
  known: false,
  score: 0,
  publishers: 0,
  reports: 0,
  claims: 0,
  ...more,
})

test('sorts stably', () => {
  const rows = [
    row('b.example', { score: 1 }),
    row('a.example', { score: 2 }),
    row('c.example', { score: 1 }),
  ]
  expect(sortRows(rows, 'score', true).map((r) => r.value)).toEqual(['a.example', 'b.example', 'c.example'])
  expect(sortRows(rows, 'nonsense', false)).toEqual(rows)
})

test('CSV cannot carry formulas or break its lines', () => {
  const csv = toCsv([
    row('=cmd|x', { defanged: '=cmd|x', code: 'value_unknown' }),
    row('a","b', { defanged: 'a","b' }),
  ])
  expect(csv.split('\r\n')[1]).toMatch(/^'=cmd\|x,/)
  expect(csv.split('\r\n')[2]).toMatch(/^"a"",""b",/)
})
