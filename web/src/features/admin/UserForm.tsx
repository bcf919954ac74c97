import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, type Schema } from '~/api/client'
import { useCan, useMe } from '~/api/session'
import { LANGUAGES } from '~/i18n'
import { useRoleName } from '~/shell/permissions'
import { Button } from '~/ui/Button'
import { Dialog } from '~/ui/Dialog'
import { Field, Form } from '~/ui/Form'
import { Input } from '~/ui/Input'
import { Combobox, Select } from '~/ui/Select'
import { LinkShown } from './LinkShown'
import { useOrganisations, useRoles, usersKey } from './queries'

const ANALYST = 'Analyst'

/** Makes an account and shows its invitation link, once. */
export function UserForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const me = useMe()
  const roles = useRoles().data?.items
  const [email, setEmail] = useState('')
  const [name, setName] = useState('')
  const [role, setRole] = useState<string>()
  const [organisation, setOrganisation] = useState(me?.organisation.id ?? null)
  const [locale, setLocale] = useState<'' | 'en' | 'zh'>('')
  const chosen = role ?? roles?.find((each) => each.name === ANALYST)?.id
  const make = useMutation({
    mutationFn: (): Promise<Schema<'CreateUserOut'>> =>
      api.post('/users', {
        body: {
          email: email.trim(),
          name: name.trim(),
          locale,
          ...(chosen ? { role: chosen } : {}),
          ...(organisation ? { organisation } : {}),
        },
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: usersKey }),
  })
  if (make.data) {
    return <LinkShown name={make.data.item.name} purpose="invite" link={make.data.link} onClose={onClose} />
  }
  return (
    <Dialog open sticky onClose={onClose} title={t('users.new')} description={t('users.new_lead')}>
      <Form onSubmit={() => make.mutate()} problem={make.error}>
        <Field name="email" label={t('login.email')}>
          <Input type="email" value={email} onValue={setEmail} required maxLength={320} />
        </Field>
        <Field name="name" label={t('users.name')}>
          <Input value={name} onValue={setName} required maxLength={300} />
        </Field>
        <RoleField value={chosen ?? null} onValue={setRole} />
        <OrganisationField value={organisation} onValue={setOrganisation} />
        <Field name="locale" label={t('account.mail_language')}>
          <Select
            value={locale}
            options={[
              { value: '', label: t('account.language_any') },
              ...LANGUAGES.map((each) => ({ value: each.id, label: each.name })),
            ]}
            onValue={setLocale}
          />
        </Field>
        <div className="form-actions">
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button type="submit" tone="primary" busy={make.isPending}>
            {t('users.invite')}
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}

export function RoleField(props: { value: string | null; onValue: (role: string) => void }) {
  const { t } = useTranslation()
  const roleName = useRoleName()
  const roles = useRoles().data?.items ?? []
  return (
    <Field name="role" label={t('users.role')}>
      <Select
        value={props.value}
        options={roles.map((each) => ({ value: each.id, label: roleName(each.name) }))}
        onValue={props.onValue}
      />
    </Field>
  )
}

/** Only those who manage all organisations may choose. */
export function OrganisationField(props: {
  value: string | null
  onValue: (organisation: string | null) => void
}) {
  const { t } = useTranslation()
  const can = useCan()
  const found = useOrganisations().data?.items ?? []
  if (!can('users.all')) return null
  const options = found.filter((each) => each.local).map((each) => ({ value: each.id, label: each.name }))
  return (
    <Field name="organisation" label={t('users.organisation')}>
      <Combobox
        value={options.length > 0 ? props.value : null}
        options={options}
        aria-label={t('users.organisation')}
        onValue={props.onValue}
      />
    </Field>
  )
}
