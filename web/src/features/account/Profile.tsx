import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '~/api/client'
import { type Me, meQuery, useMe } from '~/api/session'
import { LANGUAGES, type Language, languagePreference, setLanguage } from '~/i18n'
import { Page } from '~/shell/Page'
import { usePermissionText, useRoleName } from '~/shell/permissions'
import { type Tlp, TlpBadge } from '~/ui/Badge'
import { Button } from '~/ui/Button'
import { saveVersioned } from '~/ui/ConflictDialog'
import { Field, Form } from '~/ui/Form'
import { Input } from '~/ui/Input'
import { type Density, densityPreference, type Theme, themePreference, usePreference } from '~/ui/preferences'
import { Select } from '~/ui/Select'
import { toast } from '~/ui/Toast'
import { RelativeTime } from '~/ui/time'
import './account.css'

/** Who I am, what I may do, and how the console looks to me. */
export function Profile() {
  const me = useMe()
  if (!me) return null
  return (
    <Page layout="reading">
      <div className="account-cards">
        <ProfileForm me={me} key={me.version} />
        <Look />
        <Rights me={me} />
      </div>
    </Page>
  )
}

function ProfileForm({ me }: { me: Me }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const [name, setName] = useState(me.name)
  const [locale, setLocale] = useState(me.locale as '' | 'en' | 'zh')
  const save = useMutation({
    mutationFn: () =>
      saveVersioned({
        etag: String(me.version),
        write: (version) =>
          api.patch('/me', { body: { name: name.trim(), locale, version: Number(version) } }),
        reload: async () => {
          const now = await client.fetchQuery({ ...meQuery, staleTime: 0 })
          return String(now?.version ?? 0)
        },
      }),
    onSuccess: async (now) => {
      if (!now) return
      client.setQueryData(meQuery.queryKey, now)
      toast({ title: t('account.saved'), tone: 'success' })
    },
  })
  return (
    <section className="card">
      <header>
        <h2>{t('account.profile')}</h2>
      </header>
      <div className="body">
        <Form onSubmit={() => save.mutate()} problem={save.error}>
          <div className="columns">
            <Field name="name" label={t('account.name')}>
              <Input value={name} onValue={setName} required maxLength={300} autoComplete="name" />
            </Field>
            <Field name="email" label={t('login.email')} hint={t('account.email_hint')}>
              <Input type="email" value={me.email} readOnly />
            </Field>
          </div>
          <Field name="locale" label={t('account.mail_language')} hint={t('account.mail_language_hint')}>
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
            <Button type="submit" tone="primary" busy={save.isPending}>
              {t('ui.save')}
            </Button>
          </div>
        </Form>
      </div>
    </section>
  )
}

function Look() {
  const { t } = useTranslation()
  const theme = usePreference(themePreference)
  const density = usePreference(densityPreference)
  const language = usePreference(languagePreference)
  const themes: Theme[] = ['system', 'light', 'dark']
  const densities: Density[] = ['normal', 'dense']
  return (
    <section className="card">
      <header>
        <h2>{t('account.look')}</h2>
      </header>
      <div className="body columns">
        <Field name="language" label={t('user.language')}>
          <Select
            value={language}
            options={LANGUAGES.map((each) => ({ value: each.id, label: each.name }))}
            onValue={(next: Language) => void setLanguage(next)}
          />
        </Field>
        <Field name="theme" label={t('user.theme')}>
          <Select
            value={theme}
            options={themes.map((each) => ({ value: each, label: t(`user.theme_${each}`) }))}
            onValue={themePreference.set}
          />
        </Field>
        <Field name="density" label={t('account.rows')}>
          <Select
            value={density}
            options={densities.map((each) => ({ value: each, label: t(`grid.${each}_rows`) }))}
            onValue={densityPreference.set}
          />
        </Field>
      </div>
    </section>
  )
}

function Rights({ me }: { me: Me }) {
  const { t } = useTranslation()
  const permissionText = usePermissionText()
  const roleName = useRoleName()
  return (
    <section className="card">
      <header>
        <h2>{t('account.rights')}</h2>
      </header>
      <div className="body stack">
        <dl className="facts">
          <dt>{t('account.organisation')}</dt>
          <dd>{me.organisation.name}</dd>
          <dt>{t('account.role')}</dt>
          <dd>{roleName(me.role.name)}</dd>
          <dt>{t('account.clearance')}</dt>
          <dd>
            <TlpBadge level={me.clearance as Tlp} />
          </dd>
          <dt>{t('account.last_login')}</dt>
          <dd>
            <RelativeTime at={me.last_login} />
          </dd>
        </dl>
        <ul className="ticks">
          {me.permissions.map((each) => (
            <li key={each}>{permissionText(each)}</li>
          ))}
        </ul>
      </div>
    </section>
  )
}
