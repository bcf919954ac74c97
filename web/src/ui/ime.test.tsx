import { act } from 'react'
import { expect, test, vi } from 'vitest'
import { render } from '~/test-render'
import { isComposing, useSubmitOnEnter } from './ime'

function Box({ submit, mod }: { submit: () => void; mod: boolean }) {
  return <input onKeyDown={useSubmitOnEnter(submit, { mod })} />
}

async function mount(submit: () => void, mod = false): Promise<HTMLInputElement> {
  return (await render(<Box submit={submit} mod={mod} />)).querySelector('input') as HTMLInputElement
}

function press(input: HTMLInputElement, init: KeyboardEventInit) {
  act(
    () =>
      void input.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init })),
  )
}

test('Enter submits; Enter that takes a candidate does not', async () => {
  const submit = vi.fn()
  const input = await mount(submit)
  // Chrome and Firefox: the key belongs to the composition.
  press(input, { key: 'Enter', isComposing: true })
  // Safari: the composition has ended, the code remains.
  press(input, { key: 'Enter', keyCode: 229 })
  press(input, { key: 'a' })
  expect(submit).not.toHaveBeenCalled()
  press(input, { key: 'Enter', keyCode: 13 })
  expect(submit).toHaveBeenCalledTimes(1)
})

test('with mod, Enter alone is a line break', async () => {
  const submit = vi.fn()
  const input = await mount(submit, true)
  press(input, { key: 'Enter' })
  expect(submit).not.toHaveBeenCalled()
  press(input, { key: 'Enter', ctrlKey: true })
  press(input, { key: 'Enter', metaKey: true })
  press(input, { key: 'Enter', metaKey: true, isComposing: true })
  expect(submit).toHaveBeenCalledTimes(2)
})

test('isComposing reads native and React events', () => {
  expect(isComposing({ key: 'Enter', keyCode: 13 })).toBe(false)
  expect(isComposing({ key: 'Enter', keyCode: 13, nativeEvent: { isComposing: true } })).toBe(true)
})
