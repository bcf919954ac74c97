import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { createFileRoute, Link, useRouter } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '~/api/client'
import { Problem } from '~/api/problem'
import { forgetSession } from '~/api/session'
import { Gate } from '~/shell/Gate'
import { NewPassword, useNewPassword } from '~/shell/NewPassword'
import { Button } from '~/ui/Button'
import { Field, Form } from '~/ui/Form'
import { Input } from '~/ui/Input'
import { Notice } from '~/ui/Notice'
import { problemText } from '~/ui/problemText'
import { Skeleton } from '~/ui/states'
import { toast } from '~/ui/Toast'
import { tokenOf } from './setup'

export const Route = createFileRoute('/link')({ component: LinkPage })

/** Behind an invitation or a reset link: the person chooses a password, then logs in with it. */
function LinkPage() {
  const { t } = useTranslation()
  const router = useRouter()
  const client = useQueryClient()
  const [token] = useState(() => tokenOf(window.location.hash))
  useEffect(() => {
    // The token leaves the address bar and the history; it never reached a server's log.
    if (window.location.hash) window.history.replaceState(window.history.state, '', window.location.pathname)
  }, [])
  const fresh = useNewPassword()
  const look = useQuery({
    queryKey: ['link', token],
    enabled: token !== '',
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    queryFn: () => api.post('/links/look', { body: { token } }),
  })
  const redeem = useMutation({
    mutationFn: () => api.post('/links/redeem', { body: { token, password: fresh.password } }),
    onSuccess: () => {
      // Whoever was logged in here is not the person of the link.
      forgetSession(client)
      toast({ title: t('link.done'), tone: 'success' })
      router.history.replace('/login')
    },
  })
  const problem = look.error ? Problem.from(look.error) : undefined
  if (!token || problem) {
    return (
      <Gate title={t('link.title')}>
        <div className="stack">
          <Notice tone="warning">{problem ? problemText(problem) : t('link.no_token')}</Notice>
          {problem?.retryable ? <Button onClick={() => void look.refetch()}>{t('ui.retry')}</Button> : null}
          <Link to="/login">{t('setup.to_login')}</Link>
        </div>
      </Gate>
    )
  }
  if (!look.data) {
    return (
      <Gate title={t('link.title')}>
        <Skeleton width={24} />
      </Gate>
    )
  }
  const reset = look.data.purpose === 'reset'
  return (
    <Gate
      title={reset ? t('link.reset') : t('link.invite')}
      lead={reset ? t('link.reset_lead') : t('link.invite_lead')}
    >
      <Form onSubmit={() => fresh.check() && redeem.mutate()} problem={redeem.error}>
        <Field name="email" label={t('login.email')}>
          <Input type="email" value={look.data.email ?? ''} autoComplete="username" readOnly />
        </Field>
        <NewPassword state={fresh} />
        <Button type="submit" tone="primary" busy={redeem.isPending}>
          {t('link.submit')}
        </Button>
      </Form>
    </Gate>
  )
}
