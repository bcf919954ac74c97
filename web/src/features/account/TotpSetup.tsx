import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '~/api/client'
import { Problem } from '~/api/problem'
import { Button } from '~/ui/Button'
import { Dialog } from '~/ui/Dialog'
import { Field, Form } from '~/ui/Form'
import { Input } from '~/ui/Input'
import { Notice } from '~/ui/Notice'
import { problemText } from '~/ui/problemText'
import { Skeleton } from '~/ui/states'
import { Qr } from './Qr'
import { useMeAgain } from './queries'
import { RecoveryCodes } from './RecoveryCodes'

/** Sets up the second factor: the secret as a picture and a text, a code that proves it, recovery codes. */
export function TotpSetup({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const again = useMeAgain()
  const [code, setCode] = useState('')
  const begun = useQuery({
    queryKey: ['totp', 'begin'],
    // Each begin makes another secret: it is read once, and not kept.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
    queryFn: () => api.post('/me/totp'),
  })
  const confirm = useMutation({
    mutationFn: () => api.post('/me/totp/confirm', { body: { code: code.replace(/\s/g, '') } }),
    onSuccess: () => again(),
    onError: () => setCode(''),
  })
  if (confirm.data) return <RecoveryCodes codes={confirm.data.codes} onClose={onClose} />
  return (
    <Dialog
      open
      sticky
      wide
      onClose={onClose}
      title={t('account.totp_set')}
      description={t('account.totp_scan')}
    >
      {begun.error ? (
        <Notice tone="danger">{problemText(Problem.from(begun.error))}</Notice>
      ) : begun.data ? (
        <Form onSubmit={() => confirm.mutate()} problem={confirm.error}>
          <div className="totp-set">
            <Qr text={begun.data.url} label={t('account.totp_picture')} />
            <div className="stack">
              <p>{t('account.totp_by_hand')}</p>
              <code className="secret">{begun.data.secret.replace(/(.{4})(?=.)/g, '$1 ')}</code>
              <Field name="code" label={t('login.totp')} hint={t('account.totp_code_hint')}>
                <Input
                  value={code}
                  onValue={setCode}
                  autoComplete="one-time-code"
                  inputMode="numeric"
                  maxLength={10}
                  required
                  autoFocus
                />
              </Field>
            </div>
          </div>
          <div className="form-actions">
            <Button onClick={onClose}>{t('ui.cancel')}</Button>
            <Button type="submit" tone="primary" busy={confirm.isPending}>
              {t('account.totp_switch_on')}
            </Button>
          </div>
        </Form>
      ) : (
        <Skeleton width={40} />
      )}
    </Dialog>
  )
}
