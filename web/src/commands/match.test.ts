import { expect, test } from 'vitest'
import { fuzzyMatch } from './match'

const items = ['Go to reports', 'Reports of today', 'Export as CSV', '跳到搜索框']
const find = (query: string) => fuzzyMatch(query, items, (item) => [item]).map((match) => match.item)

test('whole words come first, scattered letters after', () => {
  expect(find('reports')).toEqual(['Reports of today', 'Go to reports'])
  expect(find('ecsv')).toEqual(['Export as CSV'])
  expect(find('搜索')).toEqual(['跳到搜索框'])
  expect(find('zzz')).toEqual([])
  expect(find('  ')).toEqual(items)
})

test('hits are the places in the first text only', () => {
  const [match] = fuzzyMatch('csv', ['x'], () => ['Save', 'csv export'])
  expect(match?.hits).toEqual([])
})
