import { createFileRoute, Link, useRouter } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSetup } from '~/api/session'
import { Gate } from '~/shell/Gate'
import { Button } from '~/ui/Button'
import { Field, Form } from '~/ui/Form'
import { Input } from '~/ui/Input'
import { Notice } from '~/ui/Notice'

export const Route = createFileRoute('/setup')({ component: Setup })

/** The token of the one-time link: #token=… or the whole fragment. */
export function tokenOf(hash: string): string {
  const fragment = hash.replace(/^#/, '')
  return new URLSearchParams(fragment).get('token') ?? (fragment.includes('=') ? '' : fragment)
}

const MIN_PASSWORD = 12

/** First start: the person with the link makes the first account and organisation. */
function Setup() {
  const { t } = useTranslation()
  const router = useRouter()
  const setup = useSetup()
  // A fragment never reaches a server or a log; it leaves the address bar and history too.
  const [token] = useState(() => tokenOf(window.location.hash))
  useEffect(() => {
    if (window.location.hash) window.history.replaceState(window.history.state, '', window.location.pathname)
  }, [])
  const [values, setValues] = useState({ email: '', name: '', password: '', organisation: '' })
  const [repeat, setRepeat] = useState('')
  const [checked, setChecked] = useState(false)
  const set = (name: keyof typeof values) => (value: string) =>
    setValues((before) => ({ ...before, [name]: value }))
  const short =
    [...values.password].length < MIN_PASSWORD ? t('setup.password_short', { min: MIN_PASSWORD }) : undefined
  const differs = values.password === repeat ? undefined : t('setup.password_differs')

  if (!token) {
    return (
      <Gate title={t('setup.title')}>
        <div className="stack">
          <Notice tone="warning">{t('setup.no_token')}</Notice>
          <Link to="/login">{t('setup.to_login')}</Link>
        </div>
      </Gate>
    )
  }
  const submit = () => {
    setChecked(true)
    if (short || differs) return
    setup.mutate({ token, ...values }, { onSuccess: () => router.history.replace('/') })
  }
  return (
    <Gate title={t('setup.title')} lead={t('setup.lead')}>
      <Form onSubmit={submit} problem={setup.error}>
        <Field name="organisation" label={t('setup.organisation')} hint={t('setup.organisation_hint')}>
          <Input
            value={values.organisation}
            onValue={set('organisation')}
            autoComplete="organization"
            autoFocus
            required
          />
        </Field>
        <Field name="name" label={t('setup.name')}>
          <Input value={values.name} onValue={set('name')} autoComplete="name" required />
        </Field>
        <Field name="email" label={t('login.email')}>
          <Input
            type="email"
            value={values.email}
            onValue={set('email')}
            autoComplete="username"
            autoCapitalize="off"
            required
          />
        </Field>
        <Field
          name="password"
          label={t('login.password')}
          hint={t('setup.password_hint', { min: MIN_PASSWORD })}
          error={checked ? short : undefined}
        >
          <Input
            type="password"
            value={values.password}
            onValue={set('password')}
            autoComplete="new-password"
            required
          />
        </Field>
        <Field name="repeat" label={t('setup.repeat')} error={checked && !short ? differs : undefined}>
          <Input type="password" value={repeat} onValue={setRepeat} autoComplete="new-password" required />
        </Field>
        <Button type="submit" tone="primary" busy={setup.isPending}>
          {t('setup.submit')}
        </Button>
      </Form>
    </Gate>
  )
}
