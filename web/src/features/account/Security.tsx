import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '~/api/client'
import { type Me, meQuery, useMe } from '~/api/session'
import { NewPassword, useNewPassword } from '~/shell/NewPassword'
import { Page } from '~/shell/Page'
import { Badge } from '~/ui/Badge'
import { Button } from '~/ui/Button'
import { Dialog } from '~/ui/Dialog'
import { Field, Form } from '~/ui/Form'
import { Input } from '~/ui/Input'
import { toast } from '~/ui/Toast'
import { useMeAgain } from './queries'
import { RecoveryCodes } from './RecoveryCodes'
import { TotpSetup } from './TotpSetup'
import './account.css'

/** The password and the second factor. */
export function Security() {
  const me = useMe()
  if (!me) return null
  return (
    <Page layout="reading">
      <div className="account-cards">
        <SecondFactor me={me} />
        <Password me={me} />
      </div>
    </Page>
  )
}

function Password({ me }: { me: Me }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const [old, setOld] = useState('')
  const [code, setCode] = useState('')
  const fresh = useNewPassword()
  const change = useMutation({
    mutationFn: () =>
      api.post('/me/password', {
        body: { old, new: fresh.password, ...(me.totp ? { code: code.trim() } : {}) },
      }),
    onSuccess: (now) => {
      client.setQueryData(meQuery.queryKey, now)
      setOld('')
      setCode('')
      fresh.clear()
      toast({ title: t('account.password_changed'), tone: 'success' })
    },
  })
  return (
    <section className="card">
      <header>
        <h2>{t('login.password')}</h2>
      </header>
      <div className="body">
        <Form onSubmit={() => fresh.check() && change.mutate()} problem={change.error}>
          <UserName email={me.email} />
          <p className="muted">{t('account.password_lead')}</p>
          <Field name="old" label={t('password.old')}>
            <Input type="password" value={old} onValue={setOld} autoComplete="current-password" required />
          </Field>
          {me.totp ? <CodeField value={code} onValue={setCode} /> : null}
          <NewPassword state={fresh} name="new" />
          <div className="form-actions">
            <Button type="submit" tone="primary" busy={change.isPending}>
              {t('password.change')}
            </Button>
          </div>
        </Form>
      </div>
    </section>
  )
}

/** Password managers need to know whose password it is. */
function UserName({ email }: { email: string }) {
  return (
    <input
      type="text"
      className="sr-only"
      tabIndex={-1}
      aria-hidden="true"
      readOnly
      autoComplete="username"
      value={email}
    />
  )
}

function CodeField(props: { value: string; onValue: (value: string) => void }) {
  const { t } = useTranslation()
  return (
    <Field name="code" label={t('login.totp')} hint={t('login.totp_hint')}>
      <Input
        value={props.value}
        onValue={props.onValue}
        autoComplete="one-time-code"
        maxLength={40}
        required
      />
    </Field>
  )
}

function SecondFactor({ me }: { me: Me }) {
  const { t } = useTranslation()
  const [doing, setDoing] = useState<'set' | 'disable' | 'recovery'>()
  return (
    <section className="card">
      <header>
        <h2>{t('account.totp')}</h2>
        {me.totp ? (
          <Badge tone="success">{t('account.totp_on')}</Badge>
        ) : (
          <Badge>{t('account.totp_off')}</Badge>
        )}
      </header>
      <div className="body stack">
        <p className="muted">{t('account.totp_lead')}</p>
        <div className="inline">
          {me.totp ? (
            <>
              <Button onClick={() => setDoing('recovery')}>{t('account.totp_renew')}</Button>
              <Button tone="danger" onClick={() => setDoing('disable')}>
                {t('account.totp_remove')}
              </Button>
            </>
          ) : (
            <Button tone="primary" onClick={() => setDoing('set')}>
              {t('account.totp_set')}
            </Button>
          )}
        </div>
      </div>
      {doing === 'set' ? <TotpSetup onClose={() => setDoing(undefined)} /> : null}
      {doing === 'disable' || doing === 'recovery' ? (
        <ProofDialog me={me} what={doing} onClose={() => setDoing(undefined)} />
      ) : null}
    </section>
  )
}

/** Asks for password and code, then removes the second factor or makes new recovery codes. */
function ProofDialog({ me, what, onClose }: { me: Me; what: 'disable' | 'recovery'; onClose: () => void }) {
  const { t } = useTranslation()
  const again = useMeAgain()
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const give = useMutation({
    mutationFn: async () => {
      const body = { password, code: code.replace(/\s/g, '') }
      if (what === 'recovery') return (await api.post('/me/totp/recovery', { body })).codes
      await api.post('/me/totp/disable', { body })
      return undefined
    },
    onSuccess: async (codes) => {
      await again()
      if (codes) return
      toast({ title: t('account.totp_removed'), tone: 'success' })
      onClose()
    },
    onError: () => setCode(''),
  })
  if (give.data) return <RecoveryCodes codes={give.data} onClose={onClose} />
  return (
    <Dialog
      open
      sticky
      onClose={onClose}
      title={t(what === 'disable' ? 'account.totp_remove' : 'account.totp_renew')}
      description={t(what === 'disable' ? 'account.totp_remove_lead' : 'account.totp_renew_lead')}
    >
      <Form onSubmit={() => give.mutate()} problem={give.error}>
        <UserName email={me.email} />
        <Field name="password" label={t('login.password')}>
          <Input
            type="password"
            value={password}
            onValue={setPassword}
            autoComplete="current-password"
            required
          />
        </Field>
        <CodeField value={code} onValue={setCode} />
        <div className="form-actions">
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button type="submit" tone={what === 'disable' ? 'danger-solid' : 'primary'} busy={give.isPending}>
            {t('login.confirm')}
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}
