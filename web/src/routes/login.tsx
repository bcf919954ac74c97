import { createFileRoute, redirect, useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Problem } from '~/api/problem'
import { meQuery, useLogIn } from '~/api/session'
import { one } from '~/search'
import { Gate } from '~/shell/Gate'
import { Button } from '~/ui/Button'
import { Field, Form } from '~/ui/Form'
import { Input } from '~/ui/Input'

export const Route = createFileRoute('/login')({
  validateSearch: (search: Record<string, unknown>): { next?: string | undefined } => {
    const next = one(search, 'next')
    // Undefined must be said: a name left out keeps what the URL had.
    return { next: next && isLocal(next) ? next : undefined }
  },
  beforeLoad: async ({ context, search }) => {
    // The page must show even when the server is down: it then says so on the first try.
    const me = await context.queryClient.ensureQueryData(meQuery).catch(() => null)
    if (me) throw redirect({ href: search.next ?? '/' })
  },
  component: Login,
})

/** Only a path of this console: "//host" and "/\host" would leave it. */
export function isLocal(path: string): boolean {
  return /^\/(?![/\\])/.test(path)
}

function Login() {
  const { t } = useTranslation()
  const router = useRouter()
  const { next } = Route.useSearch()
  const logIn = useLogIn()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [totp, setTotp] = useState('')
  // The server asks for the second factor only after the first was right.
  const [second, setSecond] = useState(false)

  const submit = () => {
    logIn.mutate(
      { email: email.trim(), password, ...(second ? { code: totp.replace(/\s/g, '') } : {}) },
      {
        onSuccess: () => router.history.replace(next ?? '/'),
        onError: (cause) => {
          if (Problem.from(cause).code === 'totp_required') {
            setSecond(true)
            logIn.reset()
          } else setTotp('')
        },
      },
    )
  }
  return second ? (
    <Gate key="totp" title={t('login.totp_title')} lead={t('login.totp_lead')}>
      <Form onSubmit={submit} problem={logIn.error}>
        <Field name="code" label={t('login.totp')} hint={t('login.totp_hint')}>
          <Input
            className="otp"
            value={totp}
            onValue={setTotp}
            autoComplete="one-time-code"
            maxLength={40}
            autoFocus
            required
          />
        </Field>
        <Button type="submit" tone="primary" busy={logIn.isPending}>
          {t('login.confirm')}
        </Button>
        <Button
          tone="quiet"
          onClick={() => {
            setSecond(false)
            logIn.reset()
          }}
        >
          {t('ui.back')}
        </Button>
      </Form>
    </Gate>
  ) : (
    <Gate key="password" title={t('login.title')}>
      <Form onSubmit={submit} problem={logIn.error}>
        <Field name="email" label={t('login.email')}>
          <Input
            type="email"
            value={email}
            onValue={setEmail}
            autoComplete="username"
            autoCapitalize="off"
            autoFocus
            required
          />
        </Field>
        <Field name="password" label={t('login.password')}>
          <Input
            type="password"
            value={password}
            onValue={setPassword}
            autoComplete="current-password"
            required
          />
        </Field>
        <Button type="submit" tone="primary" busy={logIn.isPending}>
          {t('login.submit')}
        </Button>
      </Form>
    </Gate>
  )
}
