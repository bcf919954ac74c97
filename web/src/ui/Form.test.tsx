import { act } from 'react'
import { expect, test, vi } from 'vitest'
import { Problem } from '~/api/problem'
import { render } from '~/test-render'
import { Field, Form } from './Form'
import { Input } from './Input'
import { fieldErrorText, problemText } from './problemText'

const refused = (name: string) =>
  new Problem({
    status: 422,
    code: 'invalid',
    errors: [{ name, code: 'email_taken', message: 'Taken.', params: {} }],
  })

test('an error stands at its field, which gets the focus and names it', async () => {
  const root = await render(
    <Form onSubmit={() => {}} problem={refused('email')}>
      <Field name="name" label="Name">
        <Input />
      </Field>
      <Field name="email" label="E-mail">
        <Input />
      </Field>
    </Form>,
  )
  const input = root.querySelector('input[name=email]')
  expect(document.activeElement).toBe(input)
  expect(input?.getAttribute('aria-invalid')).toBe('true')
  const described = input?.getAttribute('aria-describedby')?.split(' ') ?? []
  expect(described.map((id) => document.getElementById(id)?.textContent)).toContain('Taken.')
  expect(root.querySelector('[role=alert]')).toBeNull()
})

test('an error of a field that is not there is not lost', async () => {
  const root = await render(
    <Form onSubmit={() => {}} problem={refused('no_such_field')}>
      <Field name="name" label="Name">
        <Input />
      </Field>
    </Form>,
  )
  expect(root.querySelector('[role=alert]')?.textContent).toContain('Taken.')
})

test('Enter that takes a candidate does not submit the form', async () => {
  const submit = vi.fn()
  const root = await render(
    <Form onSubmit={submit}>
      <Field name="name" label="Name">
        <Input />
      </Field>
    </Form>,
  )
  const event = new KeyboardEvent('keydown', { key: 'Enter', keyCode: 229, bubbles: true, cancelable: true })
  await act(async () => void root.querySelector('input')?.dispatchEvent(event))
  expect(event.defaultPrevented).toBe(true)
})

test('texts of problems: by code, else what the server said, else by kind', async () => {
  expect(problemText(new Problem({ status: 401, code: 'login_failed' }))).toMatch(/wrong/)
  expect(problemText(new Problem({ status: 400, code: 'no_such_code', detail: 'As said.' }))).toBe('As said.')
  // One code may have several texts: the server's is exact, and English.
  expect(problemText(new Problem({ status: 400, code: 'bad_id', detail: 'Exactly so.' }))).toBe('Exactly so.')
  expect(problemText(new Problem({ status: 0, code: 'network', detail: 'Failed to fetch' }))).not.toMatch(
    /fetch/,
  )
  expect(problemText(new Problem({ status: 413, code: 'no_such_code' }))).toMatch(/too large/)
  expect(problemText(new Problem({ status: 400, code: 'x.y{z}', subject: 'claim 3', detail: 'No.' }))).toBe(
    'claim 3: No.',
  )
  expect(fieldErrorText({ name: 'a', code: 'constructor', message: 'm', params: {} })).toBe('m')
})
