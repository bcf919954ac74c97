import { expect, test } from 'vitest'
import { parseTypes, typesText, withField, withProperty } from './mapping'

test('empty properties are left out, the map stays', () => {
  expect(withProperty({ format: 'csv', header: true }, 'header', false)).toEqual({ format: 'csv' })
  expect(withField({ format: 'csv', map: { value: 'ip', type: 't' } }, 'type', '')).toEqual({
    format: 'csv',
    map: { value: 'ip' },
  })
})

test('words for types come back as they were', () => {
  const types = { 'ip:port': '', IP: 'ip-dst', 'a = b': 'url' }
  expect(parseTypes(typesText({ types }))).toEqual(types)
  expect(parseTypes(' \n')).toBeUndefined()
})
