import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '~/api/client'
import { type Me, meQuery, useLogOut } from '~/api/session'
import { Button } from '~/ui/Button'
import { Field, Form } from '~/ui/Form'
import { Input } from '~/ui/Input'
import { Gate } from './Gate'
import { NewPassword, useNewPassword } from './NewPassword'

/** Stands in the console's place until the person has chosen a password of their own. */
export function MustChange({ me }: { me: Me }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const logOut = useLogOut()
  const [old, setOld] = useState('')
  const [code, setCode] = useState('')
  const fresh = useNewPassword()
  const change = useMutation({
    mutationFn: () =>
      api.post('/me/password', { body: { old, new: fresh.password, ...(me.totp ? { code } : {}) } }),
    onSuccess: (now) => client.setQueryData(meQuery.queryKey, now),
  })
  return (
    <Gate title={t('password.must_title')} lead={t('password.must_lead')}>
      <Form onSubmit={() => fresh.check() && change.mutate()} problem={change.error}>
        <Field name="old" label={t('password.old')}>
          <Input type="password" value={old} onValue={setOld} autoComplete="current-password" required />
        </Field>
        {me.totp ? (
          <Field name="code" label={t('login.totp')} hint={t('login.totp_hint')}>
            <Input value={code} onValue={setCode} autoComplete="one-time-code" required />
          </Field>
        ) : null}
        <NewPassword state={fresh} name="new" />
        <Button type="submit" tone="primary" busy={change.isPending}>
          {t('password.change')}
        </Button>
        <Button tone="quiet" onClick={() => logOut.mutate()}>
          {t('user.log_out')}
        </Button>
      </Form>
    </Gate>
  )
}
