import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, type Schema } from '~/api/client'
import { useCan, useMe } from '~/api/session'
import { useAttempt } from '~/shell/attempt'
import { KeyForm } from '~/shell/keys/KeyForm'
import { KeyGrid } from '~/shell/keys/KeyGrid'
import { Badge } from '~/ui/Badge'
import { Button } from '~/ui/Button'
import { confirm } from '~/ui/ConfirmDialog'
import { saveVersioned } from '~/ui/ConflictDialog'
import { Drawer } from '~/ui/Dialog'
import { Field, Form } from '~/ui/Form'
import { Input } from '~/ui/Input'
import { ErrorState, Skeleton } from '~/ui/states'
import { Tabs } from '~/ui/Tabs'
import { toast } from '~/ui/Toast'
import { RelativeTime } from '~/ui/time'
import { LinkShown } from './LinkShown'
import { type User, useRoles, usersKey } from './queries'
import { OrganisationField, RoleField } from './UserForm'
import { UserState } from './Users'

type Tab = 'account' | 'sessions' | 'keys'

/** One account: what it is, where it is logged in, its keys, and what an administrator can do with it. */
export function UserDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation()
  const can = useCan()
  const manage = can('users.org') || can('users.all')
  const [tab, setTab] = useState<Tab>('account')
  const found = useQuery({
    queryKey: [...usersKey, 'one', id],
    queryFn: ({ signal }) => api.get('/users/{id}', { path: { id }, signal }),
  })
  const user = found.data
  return (
    <Drawer open onClose={onClose} title={user?.name ?? t('users.one')} description={user?.email} width={640}>
      {found.error ? (
        <ErrorState inset problem={found.error} onRetry={found.refetch} />
      ) : !user ? (
        <Skeleton width={40} />
      ) : manage ? (
        <Tabs<Tab>
          value={tab}
          onValue={setTab}
          aria-label={user.name}
          tabs={[
            { id: 'account', label: t('users.one'), panel: <Account user={user} onClose={onClose} /> },
            {
              id: 'sessions',
              label: t('account.sessions'),
              panel: <UserSessions id={id} name={user.name} />,
            },
            { id: 'keys', label: t('keys.title'), panel: <UserKeys user={user} /> },
          ]}
        />
      ) : (
        <Facts user={user} />
      )}
    </Drawer>
  )
}

function Facts({ user }: { user: User }) {
  const { t } = useTranslation()
  return (
    <dl className="facts">
      <dt>{t('users.state')}</dt>
      <dd>
        <UserState user={user} /> {user.totp ? <Badge>{t('account.totp')}</Badge> : null}
      </dd>
      <dt>{t('users.last_login')}</dt>
      <dd>{user.last_login ? <RelativeTime at={user.last_login} absolute /> : t('keys.never_used')}</dd>
      <dt>{t('users.created')}</dt>
      <dd>
        <RelativeTime at={user.created} absolute />
      </dd>
    </dl>
  )
}

function Account({ user, onClose }: { user: User; onClose: () => void }) {
  return (
    <div className="stack drawer-part">
      <Facts user={user} />
      <EditUser user={user} key={user.version} />
      <Acts user={user} onGone={onClose} />
    </div>
  )
}

function EditUser({ user }: { user: User }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const [name, setName] = useState(user.name)
  const [email, setEmail] = useState(user.email)
  const [role, setRole] = useState(user.role)
  const [organisation, setOrganisation] = useState<string | null>(user.organisation)
  const save = useMutation({
    mutationFn: () =>
      saveVersioned({
        etag: String(user.version),
        write: (version) =>
          api.patch('/users/{id}', {
            path: { id: user.id },
            body: {
              name: name.trim(),
              version: Number(version),
              ...(email.trim() === user.email ? {} : { email: email.trim() }),
              ...(role === user.role ? {} : { role }),
              ...(organisation && organisation !== user.organisation ? { organisation } : {}),
            },
          }),
        reload: async () => {
          const now = await api.get('/users/{id}', { path: { id: user.id } })
          return String(now.version)
        },
      }),
    onSuccess: async (saved) => {
      await client.invalidateQueries({ queryKey: usersKey })
      if (saved) toast({ title: t('users.saved', { name: saved.name }), tone: 'success' })
    },
  })
  return (
    <Form onSubmit={() => save.mutate()} problem={save.error}>
      <div className="columns">
        <Field name="name" label={t('users.name')}>
          <Input value={name} onValue={setName} required maxLength={300} />
        </Field>
        <Field name="email" label={t('login.email')}>
          <Input type="email" value={email} onValue={setEmail} required maxLength={320} />
        </Field>
        <RoleField value={role} onValue={setRole} />
        <OrganisationField value={organisation} onValue={setOrganisation} />
      </div>
      <p className="muted">{t('users.edit_hint')}</p>
      <div className="form-actions">
        <Button type="submit" tone="primary" busy={save.isPending}>
          {t('ui.save')}
        </Button>
      </div>
    </Form>
  )
}

function Acts({ user, onGone }: { user: User; onGone: () => void }) {
  const { t } = useTranslation()
  const me = useMe()
  const { attempt, busy } = useAttempt(usersKey)
  const [link, setLink] = useState<Schema<'Link'>>()
  const path = { id: user.id }
  const self = me?.id === user.id
  const purpose = user.has_password ? 'reset' : 'invite'
  const setDisabled = (disabled: boolean) =>
    attempt(async () => {
      await api.patch('/users/{id}', { path, body: { disabled } })
      toast({
        title: t(disabled ? 'users.disabled' : 'users.enabled', { name: user.name }),
        undo: () => void setDisabled(!disabled),
      })
    })
  const resetTotp = () =>
    attempt(async () => {
      const sure = await confirm({
        title: t('users.totp_title', { name: user.name }),
        body: t('users.totp_body'),
        action: t('users.totp_reset'),
        danger: true,
      })
      if (!sure) return
      await api.post('/users/{id}/reset-totp', { path })
      toast({ title: t('users.totp_done', { name: user.name }), tone: 'success' })
    })
  const remove = () =>
    attempt(async () => {
      const sure = await confirm({
        title: t('users.delete_title', { name: user.name }),
        body: t('users.delete_body'),
        action: t('ui.delete'),
        danger: true,
        typed: user.email,
      })
      if (!sure) return
      await api.delete('/users/{id}', { path, query: { version: user.version } })
      toast({ title: t('users.deleted', { name: user.name }), tone: 'success' })
      onGone()
    })
  return (
    <section className="stack">
      <h3>{t('users.acts')}</h3>
      <div className="inline">
        <Button
          disabled={busy || user.disabled}
          onClick={() => void attempt(async () => setLink(await api.post('/users/{id}/link', { path })))}
        >
          {t(purpose === 'invite' ? 'users.make_invite' : 'users.make_reset')}
        </Button>
        {user.totp ? (
          <Button disabled={busy || self} onClick={() => void resetTotp()}>
            {t('users.totp_reset')}
          </Button>
        ) : null}
        <Button disabled={busy || self} onClick={() => void setDisabled(!user.disabled)}>
          {t(user.disabled ? 'users.enable' : 'users.disable')}
        </Button>
        <Button tone="danger" disabled={busy || self} onClick={() => void remove()}>
          {t('ui.delete')}
        </Button>
      </div>
      {link ? (
        <LinkShown name={user.name} purpose={purpose} link={link} onClose={() => setLink(undefined)} />
      ) : null}
    </section>
  )
}

function UserSessions({ id, name }: { id: string; name: string }) {
  const { t } = useTranslation()
  const key = [...usersKey, 'sessions', id]
  const { attempt, busy } = useAttempt(key)
  const found = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => api.get('/users/{id}/sessions', { path: { id }, signal }),
  })
  const end = () =>
    attempt(async () => {
      const sure = await confirm({
        title: t('users.end_title', { name }),
        body: t('users.end_body'),
        action: t('account.revoke'),
        danger: true,
      })
      if (!sure) return
      const { count } = await api.delete('/users/{id}/sessions', { path: { id } })
      toast({ title: t('account.revoked', { count }), tone: 'success' })
    })
  if (found.error) return <ErrorState inset problem={found.error} onRetry={found.refetch} />
  const items = found.data?.items ?? []
  return (
    <div className="stack drawer-part">
      {found.data && items.length === 0 ? <p className="muted">{t('users.no_sessions')}</p> : null}
      <ul className="stack">
        {items.map((each) => (
          <li key={each.id} className="inline spread session-line">
            <span className="ellipsis" title={each.agent}>
              {each.agent || '–'}
            </span>
            <span className="inline muted">
              <code>{each.address}</code>
              <RelativeTime at={each.seen} />
            </span>
          </li>
        ))}
      </ul>
      {items.length > 0 ? (
        <div className="inline">
          <Button tone="danger" disabled={busy} onClick={() => void end()}>
            {t('users.end_all')}
          </Button>
        </div>
      ) : null}
    </div>
  )
}

function UserKeys({ user }: { user: User }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const [making, setMaking] = useState(false)
  const role = useRoles().data?.items.find((each) => each.id === user.role)
  const key = [...usersKey, 'keys', user.id]
  return (
    <div className="drawer-grid">
      <KeyGrid
        id="user-keys"
        queryKey={key}
        list={(signal) => api.get('/users/{id}/keys', { path: { id: user.id }, signal })}
        own={false}
        keyboard={false}
        cardsBelow={900}
        toolbar={
          <Button small onClick={() => setMaking(true)}>
            {t('keys.new')}
          </Button>
        }
      />
      {making ? (
        <KeyForm
          permissions={role?.permissions ?? []}
          create={(body) => api.post('/users/{id}/keys', { path: { id: user.id }, body })}
          onMade={() => void client.invalidateQueries({ queryKey: key })}
          onClose={() => setMaking(false)}
        />
      ) : null}
    </div>
  )
}
