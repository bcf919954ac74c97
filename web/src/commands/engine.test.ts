import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { placeOf, ShortcutEngine } from './engine'
import { chordOf, keyLabels, keysFault } from './keys'
import type { Command, CommandContext } from './types'

const context: CommandContext = {
  go: () => {},
  can: (permission) => permission === 'review',
  openPalette: () => {},
  openHelp: () => {},
  focusSearch: () => {},
  toggleSidebar: () => {},
  logOut: () => {},
}

function press(
  engine: ShortcutEngine,
  key: string,
  init: KeyboardEventInit = {},
  target: Element = document.body,
) {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init })
  Object.defineProperty(event, 'target', { value: target })
  return engine.handle(event)
}

describe('ShortcutEngine', () => {
  let log: string[]
  let engine: ShortcutEngine

  beforeEach(() => {
    vi.useFakeTimers()
    log = []
    const run = (id: string) => () => void log.push(id)
    const commands: Command[] = [
      { id: 'home', title: 'nav.home', keys: ['g h'], scope: 'global', run: run('home') },
      { id: 'help', title: 'nav.home', keys: ['?'], scope: 'global', run: run('help') },
      {
        id: 'palette',
        title: 'nav.home',
        keys: ['Mod+k'],
        scope: 'global',
        inInputs: true,
        run: run('palette'),
      },
      {
        id: 'secret',
        title: 'nav.home',
        keys: ['s'],
        scope: 'global',
        when: (c) => c.can('admin'),
        run: run('secret'),
      },
      { id: 'next', title: 'nav.home', keys: ['j'], scope: 'grid' },
      { id: 'reject1', title: 'nav.home', keys: ['x 1'], scope: 'document' },
      { id: 'reject2', title: 'nav.home', keys: ['x 2'], scope: 'document' },
      { id: 'select', title: 'nav.home', keys: ['x'], scope: 'grid' },
      { id: 'goal', title: 'nav.home', keys: ['g'], scope: 'document' },
    ]
    engine = new ShortcutEngine(commands)
    engine.setContext(context)
  })
  afterEach(() => vi.useRealTimers())

  test('runs a sequence, and gives it up after a while', () => {
    press(engine, 'g')
    expect(engine.pending()).toBe('g')
    press(engine, 'h')
    expect(log).toEqual(['home'])
    expect(engine.pending()).toBe('')
    press(engine, 'g')
    vi.advanceTimersByTime(1600)
    press(engine, 'h')
    expect(log).toEqual(['home'])
  })

  test('a key that does not go on with a sequence counts as a new beginning', () => {
    press(engine, 'g')
    press(engine, '?', { shiftKey: true })
    expect(log).toEqual(['help'])
  })

  test('the layer raised last is asked first; without a handler nothing runs', () => {
    expect(press(engine, 'x')).toBe(false)
    const grid = engine.push('grid', { next: () => log.push('next'), select: () => log.push('select') })
    const review = engine.push('document', {
      reject1: () => log.push('reject1'),
      reject2: () => log.push('reject2'),
    })
    press(engine, 'x')
    press(engine, '2')
    expect(log).toEqual(['reject2'])
    grid.raise()
    press(engine, 'x')
    expect(log).toEqual(['reject2', 'select'])
    press(engine, 'j')
    expect(log.at(-1)).toBe('next')
    grid.remove()
    review.remove()
    expect(press(engine, 'j')).toBe(false)
  })

  test('a page may shadow the start of a global sequence', () => {
    engine.push('document', { goal: () => log.push('goal') })
    press(engine, 'g')
    expect(log).toEqual(['goal'])
  })

  test('respects permissions', () => {
    expect(press(engine, 's')).toBe(false)
    expect(engine.run('secret')).toBe(false)
    expect(engine.available().map(({ command }) => command.id)).not.toContain('secret')
  })

  test('hears only marked commands while somebody types, and none in dialogs', () => {
    const input = document.createElement('input')
    expect(press(engine, '?', {}, input)).toBe(false)
    expect(press(engine, 'k', { ctrlKey: true }, input)).toBe(true)
    const dialog = document.createElement('div')
    dialog.setAttribute('role', 'dialog')
    const inside = dialog.appendChild(document.createElement('button'))
    expect(press(engine, '?', {}, inside)).toBe(false)
    expect(log).toEqual(['palette'])
  })

  test('ignores what an input method sends', () => {
    expect(press(engine, '?', { isComposing: true })).toBe(false)
    expect(press(engine, '?', { keyCode: 229 })).toBe(false)
  })
})

test('placeOf tells text from buttons', () => {
  const make = (html: string) => new DOMParser().parseFromString(html, 'text/html').body.firstElementChild
  expect(placeOf(make('<textarea></textarea>'))).toBe('text')
  expect(placeOf(make('<input type="checkbox">'))).toBe('button')
  expect(placeOf(make('<a href="#">x</a>'))).toBe('button')
  expect(placeOf(make('<div role="grid"></div>'))).toBe('page')
  expect(placeOf(null)).toBe('page')
})

describe('keys', () => {
  const key = (key: string, more: Partial<KeyboardEvent> = {}) => ({
    key,
    code: '',
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    shiftKey: false,
    ...more,
  })

  test('chordOf writes what commands write', () => {
    expect(chordOf(key('A', { shiftKey: true }), false)).toBe('Shift+a')
    expect(chordOf(key('?', { shiftKey: true }), false)).toBe('?')
    expect(chordOf(key('k', { ctrlKey: true }), false)).toBe('Mod+k')
    expect(chordOf(key('k', { metaKey: true }), true)).toBe('Mod+k')
    expect(chordOf(key('k', { metaKey: true }), false)).toBe('')
    expect(chordOf(key('Enter', { ctrlKey: true, shiftKey: true }), false)).toBe('Mod+Shift+Enter')
    expect(chordOf(key(' '), false)).toBe('Space')
    expect(chordOf(key('Shift', { shiftKey: true }), false)).toBe('')
    // A Cyrillic keyboard: the key where j is.
    expect(chordOf(key('о', { code: 'KeyJ' }), false)).toBe('j')
    expect(chordOf(key('é'), false)).toBe('')
  })

  test('keyLabels names keys as the keyboard does', () => {
    expect(keyLabels('Mod+Enter', false)).toEqual(['Ctrl ↵'])
    expect(keyLabels('Mod+Enter', true)).toEqual(['⌘↵'])
    expect(keyLabels('g h', false)).toEqual(['G', 'H'])
    expect(keyLabels('Shift+a', false)).toEqual(['⇧ A'])
  })

  test('keysFault finds misspelt keys', () => {
    expect(keysFault('')).toBeDefined()
    expect(keysFault('Ctrl+k')).toContain('modifier')
    expect(keysFault('Shift+Mod+k')).toContain('Mod+Alt+Shift')
    expect(keysFault('A')).toContain('lower case')
    expect(keysFault('Shift+?')).toContain('sign')
    expect(keysFault('x 1')).toBeUndefined()
  })
})
