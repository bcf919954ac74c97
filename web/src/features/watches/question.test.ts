import { expect, test } from 'vitest'
import { safeQuestion } from './QuestionText'

test('a watched value is shown defanged, once', () => {
  expect(safeQuestion('value', 'evil.example')).toBe('evil[.]example')
  expect(safeQuestion('value', 'evil[.]example')).toBe('evil[.]example')
  expect(safeQuestion('value', 'https://evil.example/a.b')).toMatch(/^hxxps:\/\/evil\[\.\]example/)
  expect(safeQuestion('value', 'a@evil.example')).toBe('a[@]evil[.]example')
  expect(safeQuestion('value', '198.51.100.7')).toBe('198[.]51[.]100[.]7')
  expect(safeQuestion('value', '2001:db8::1')).toContain('[:]')
})

test('tags and queries stay as they are', () => {
  expect(safeQuestion('tag', 'tlp:amber')).toBe('tlp:amber')
  expect(safeQuestion('search', 'value:*.evil.com')).toBe('value:*.evil.com')
})
