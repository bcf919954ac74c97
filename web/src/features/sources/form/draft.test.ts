import { expect, test } from 'vitest'
import type { KindField } from '~/ui/KindFields'
import type { Source } from '../api'
import { draftOf, editOf, formOf, freshForm } from './draft'

const none = { en: '', zh: '' }
const fields: KindField[] = [
  { name: 'path', type: 'path', label: none, help: none, required: true },
  { name: 'hidden', type: 'boolean', label: none, help: none, required: false, default: false },
  { name: 'include', type: 'lines', label: none, help: none, required: false },
]
const source = {
  kind: 'folder',
  name: 'Inbox',
  publisher: 'CERT',
  plane: 'extranet',
  reliability: 'B',
  schedule: '@every 5m',
  accept: 'stated',
  enabled: true,
  config: { include: ['*.pdf'], path: '/in' },
  label: { distribution: 1 },
  claim_label: { distribution: 1, tlp: 'amber' },
  tags: ['x'],
  options: { hosts: ['cert.example'], preset: 'p', max_items: 5 },
} as unknown as Source

test('a form that nobody touched changes nothing', () => {
  expect(editOf(formOf(source), source, fields)).toEqual({})
})

test('only what changed is sent; options without a field stay', () => {
  const form = { ...formOf(source), name: ' Inbox 2 ', maxItems: '', hosts: 'a.example, b.example' }
  expect(editOf(form, source, fields)).toEqual({
    name: 'Inbox 2',
    options: { hosts: ['a.example', 'b.example'], preset: 'p' },
  })
})

test('a typed secret is sent, also an emptied one', () => {
  expect(editOf({ ...formOf(source), secrets: { token: '' } }, source, fields)).toEqual({
    secrets: { token: '' },
  })
})

test('a draft leaves out what is empty', () => {
  const draft = draftOf({ ...freshForm('folder'), config: { path: ' /in ', include: ['', ' '] } }, fields)
  expect(draft.config).toEqual({ path: '/in' })
  expect(draft).not.toHaveProperty('name')
  expect(draft).not.toHaveProperty('secrets')
  expect(draft.options).toEqual({})
})
