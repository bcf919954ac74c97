import { type ReactNode, useState, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from './Button'
import { Dialog } from './Dialog'
import { Field } from './Form'
import { Input } from './Input'
import { useSubmitOnEnter } from './ime'

export interface ConfirmOptions {
  title: string
  body?: ReactNode
  /** What the button does, as a verb: "Delete 12 claims", never "OK". */
  action: string
  danger?: boolean
  /** The person must type this first: for what cannot be undone. */
  typed?: string
}

interface Pending extends ConfirmOptions {
  answer: (yes: boolean) => void
}

let pending: Pending | undefined
const listeners = new Set<() => void>()

function setPending(next: Pending | undefined) {
  pending = next
  for (const listener of listeners) listener()
}

/** Asks, from anywhere; resolves to the answer. Prefer an undo where one is possible. */
export function confirm(options: ConfirmOptions): Promise<boolean> {
  pending?.answer(false)
  return new Promise((resolve) => {
    setPending({
      ...options,
      answer: (yes) => {
        setPending(undefined)
        resolve(yes)
      },
    })
  })
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Once in the shell: shows what confirm() asks. */
export function ConfirmHost() {
  const current = useSyncExternalStore(subscribe, () => pending)
  return current ? <ConfirmDialog key={current.title} {...current} /> : null
}

function ConfirmDialog({ title, body, action, danger, typed, answer }: Pending) {
  const { t } = useTranslation()
  const [text, setText] = useState('')
  const ready = !typed || text.trim() === typed
  const onKeyDown = useSubmitOnEnter(() => {
    if (ready) answer(true)
  })
  return (
    <Dialog
      open
      onClose={() => answer(false)}
      title={title}
      footer={
        <>
          <Button onClick={() => answer(false)}>{t('ui.cancel')}</Button>
          <Button
            tone={danger ? 'danger-solid' : 'primary'}
            disabled={!ready}
            autoFocus={!typed}
            onClick={() => answer(true)}
          >
            {action}
          </Button>
        </>
      }
    >
      {body}
      {typed ? (
        <Field name="confirm" label={t('ui.type_to_confirm', { text: typed })}>
          <Input value={text} onValue={setText} onKeyDown={onKeyDown} autoFocus spellCheck={false} />
        </Field>
      ) : null}
    </Dialog>
  )
}
