import i18next from 'i18next'
import { expect, test } from 'vitest'
import { commands } from './index'
import { chords, keysFault } from './keys'

test('every id is unique', () => {
  expect(new Set(commands.map((command) => command.id)).size).toBe(commands.length)
})

test('keys are well formed', () => {
  for (const command of commands) {
    for (const keys of command.keys) expect([command.id, keysFault(keys)]).toEqual([command.id, undefined])
  }
})

test('within a scope no keys are taken twice, and none hides a longer sequence', () => {
  const all = commands.flatMap((command) =>
    command.keys.map((keys) => ({ id: command.id, scope: command.scope, keys: chords(keys).join(' ') })),
  )
  for (const a of all) {
    for (const b of all) {
      if (a.id === b.id || a.scope !== b.scope) continue
      expect({ a: a.id, b: b.id, clash: a.keys === b.keys || b.keys.startsWith(`${a.keys} `) }).toEqual({
        a: a.id,
        b: b.id,
        clash: false,
      })
    }
  }
})

test('keys heard while typing cannot be typed', () => {
  for (const command of commands.filter((each) => each.inInputs)) {
    for (const keys of command.keys) expect(keys).toMatch(/^(Mod\+|Escape$)/)
  }
})

test('every command has a title', () => {
  for (const command of commands)
    expect([command.id, i18next.exists(command.title)]).toEqual([command.id, true])
})
