import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { api, setStepUpHandler } from '~/api/client'
import { type Me, meQuery } from '~/api/session'
import { Button } from '~/ui/Button'
import { Dialog } from '~/ui/Dialog'
import { Field, Form } from '~/ui/Form'
import { Input } from '~/ui/Input'

interface Pending {
  answer: (given: boolean) => void
  promise: Promise<boolean>
}

let pending: Pending | undefined
const listeners = new Set<() => void>()

function set(next: Pending | undefined) {
  pending = next
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

// Calls refused at the same time wait for one answer.
function ask(): Promise<boolean> {
  if (pending) return pending.promise
  let answer: (given: boolean) => void = () => {}
  const promise = new Promise<boolean>((resolve) => {
    answer = (given) => {
      set(undefined)
      resolve(given)
    }
  })
  set({ answer, promise })
  return promise
}

/** Once in the shell: asks for the password where the server wants it again, then the call goes on. */
export function StepUpHost({ me }: { me: Me }) {
  const current = useSyncExternalStore(subscribe, () => pending)
  useEffect(() => {
    setStepUpHandler(ask)
    return () => setStepUpHandler(undefined)
  }, [])
  return current ? <StepUpDialog me={me} answer={current.answer} /> : null
}

function StepUpDialog({ me, answer }: { me: Me; answer: (given: boolean) => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const give = useMutation({
    mutationFn: () =>
      api.post('/reauthenticate', {
        body: { password, ...(me.totp ? { code: code.replace(/\s/g, '') } : {}) },
      }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: meQuery.queryKey })
      answer(true)
    },
    onError: () => setCode(''),
  })
  return (
    <Dialog
      open
      sticky
      onClose={() => answer(false)}
      title={t('step_up.title')}
      description={t('step_up.lead')}
    >
      <Form onSubmit={() => give.mutate()} problem={give.error}>
        {/* Password managers need to know whose password it is. */}
        <input
          type="text"
          className="sr-only"
          tabIndex={-1}
          aria-hidden="true"
          readOnly
          autoComplete="username"
          value={me.email}
        />
        <Field name="password" label={t('login.password')}>
          <Input
            type="password"
            value={password}
            onValue={setPassword}
            autoComplete="current-password"
            required
          />
        </Field>
        {me.totp ? (
          <Field name="code" label={t('login.totp')} hint={t('login.totp_hint')}>
            <Input value={code} onValue={setCode} autoComplete="one-time-code" maxLength={40} required />
          </Field>
        ) : null}
        <div className="form-actions">
          <Button onClick={() => answer(false)}>{t('ui.cancel')}</Button>
          <Button type="submit" tone="primary" busy={give.isPending}>
            {t('login.confirm')}
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}
