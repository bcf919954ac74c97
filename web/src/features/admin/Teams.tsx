import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '~/api/client'
import { useCursorPages } from '~/api/paging'
import { useCan } from '~/api/session'
import { keysOf } from '~/commands'
import { useCommands } from '~/commands/useCommands'
import { useAttempt } from '~/shell/attempt'
import { Page } from '~/shell/Page'
import { Button, IconButton } from '~/ui/Button'
import { confirm } from '~/ui/ConfirmDialog'
import { saveVersioned } from '~/ui/ConflictDialog'
import { Drawer } from '~/ui/Dialog'
import { Field, Form } from '~/ui/Form'
import type { GridColumn } from '~/ui/grid/columns'
import { DataGrid } from '~/ui/grid/DataGrid'
import { Input, Textarea } from '~/ui/Input'
import { Add, Close, People } from '~/ui/icons'
import { Optional } from '~/ui/KindFields'
import { Combobox } from '~/ui/Select'
import { EmptyState } from '~/ui/states'
import { toast } from '~/ui/Toast'
import { RelativeTime } from '~/ui/time'
import { type Team, teamsKey, usersKey } from './queries'
import './admin.css'

const rowId = (row: Team) => row.id

/** Groups of users, to whom intelligence is released or kept for. */
export function Teams() {
  const { t } = useTranslation()
  const can = useCan()
  const manage = can('users.all')
  const [editing, setEditing] = useState<string>()
  const pages = useCursorPages<Team>({
    key: [...teamsKey, 'list'],
    fetchPage: (cursor, signal) => api.get('/teams', { query: cursor ? { cursor } : {}, signal }),
  })
  const columns = useMemo(() => teamColumns(t), [t])
  const make = manage ? () => setEditing('new') : undefined
  useCommands('admin', make ? { 'admin.new': make } : {})
  const item = pages.rows.find((each) => each.id === editing)
  const button = make ? (
    <Button tone="primary" icon={<Add className="icon" />} keys={keysOf('admin.new') ?? ''} onClick={make}>
      {t('teams.new')}
    </Button>
  ) : undefined
  return (
    <Page layout="full" lead={t('teams.lead')} actions={button}>
      <DataGrid
        id="teams"
        label={t('teams.title')}
        columns={columns}
        rowId={rowId}
        pages={pages}
        onOpen={(row) => setEditing(row.id)}
        empty={
          <EmptyState title={t('teams.empty')} icon={<People className="icon" aria-hidden="true" />}>
            {t('teams.empty_why')}
          </EmptyState>
        }
      />
      {editing === 'new' || item ? (
        <TeamDrawer
          key={editing}
          item={item}
          manage={manage}
          onMade={setEditing}
          onClose={() => setEditing(undefined)}
        />
      ) : null}
    </Page>
  )
}

function TeamDrawer(props: {
  item: Team | undefined
  manage: boolean
  onMade: (id: string) => void
  onClose: () => void
}) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const { item, manage, onClose } = props
  const { attempt } = useAttempt(teamsKey)
  const [name, setName] = useState(item?.name ?? '')
  const [description, setDescription] = useState(item?.description ?? '')
  const save = useMutation({
    mutationFn: async () => {
      const body = { name: name.trim(), description }
      if (!item) return api.post('/teams', { body })
      return saveVersioned({
        etag: String(item.version),
        write: (version) =>
          api.patch('/teams/{id}', { path: { id: item.id }, body: { ...body, version: Number(version) } }),
        reload: async () => {
          const now = await api.get('/teams', { query: { limit: 500 } })
          return String(now.items.find((each) => each.id === item.id)?.version ?? 0)
        },
      })
    },
    onSuccess: async (saved) => {
      await client.invalidateQueries({ queryKey: teamsKey })
      if (!saved) return
      toast({ title: t('teams.saved', { name: saved.name }), tone: 'success' })
      // Members are added to what is there now.
      if (!item) props.onMade(saved.id)
    },
  })
  const remove = async () => {
    if (!item) return
    const sure = await confirm({
      title: t('teams.delete_title', { name: item.name }),
      body: t('teams.delete_body'),
      action: t('ui.delete'),
      danger: true,
    })
    if (!sure) return
    const done = await attempt(() => api.delete('/teams/{id}', { path: { id: item.id } }))
    if (done) onClose()
  }
  return (
    <Drawer open sticky onClose={onClose} title={item ? item.name : t('teams.new')} width={520}>
      <div className="stack">
        {manage ? (
          <Form onSubmit={() => save.mutate()} problem={save.error}>
            <Field name="name" label={t('teams.name')}>
              <Input value={name} onValue={setName} required maxLength={300} />
            </Field>
            <Field name="description" label={<Optional label={t('organisations.description')} />}>
              <Textarea value={description} onValue={setDescription} rows={2} maxLength={20000} />
            </Field>
            <div className="form-actions">
              {item ? (
                <Button tone="danger" onClick={() => void remove()}>
                  {t('ui.delete')}
                </Button>
              ) : null}
              <Button type="submit" tone="primary" busy={save.isPending}>
                {t('ui.save')}
              </Button>
            </div>
          </Form>
        ) : (
          <p>{item?.description}</p>
        )}
        {item ? <Members team={item} manage={manage} /> : <p className="muted">{t('teams.then_members')}</p>}
      </div>
    </Drawer>
  )
}

function Members({ team, manage }: { team: Team; manage: boolean }) {
  const { t } = useTranslation()
  const { attempt, busy } = useAttempt(teamsKey)
  const [typed, setTyped] = useState('')
  const members = useQuery({
    queryKey: [...teamsKey, 'members', team.id],
    queryFn: ({ signal }) =>
      api.get('/teams/{id}/members', { path: { id: team.id }, query: { limit: 500 }, signal }),
  })
  const found = useQuery({
    queryKey: [...usersKey, 'find', typed],
    enabled: manage,
    queryFn: ({ signal }) => api.get('/users', { query: { q: typed, limit: 20 }, signal }),
  })
  const items = members.data?.items ?? []
  const options = (found.data?.items ?? [])
    .filter((each) => !items.some((member) => member.id === each.id))
    .map((each) => ({ value: each.id, label: `${each.name} · ${each.email}` }))
  const set = (user: string, member: boolean) =>
    attempt(() => {
      const path = { id: team.id, user }
      return member
        ? api.put('/teams/{id}/members/{user}', { path })
        : api.delete('/teams/{id}/members/{user}', { path })
    })
  return (
    <section className="stack">
      <h3>{t('teams.members')}</h3>
      {manage ? (
        <Field name="member" label={t('teams.add_member')}>
          <Combobox
            value={null}
            options={options}
            disabled={busy}
            loading={found.isFetching}
            onSearch={setTyped}
            aria-label={t('teams.add_member')}
            onValue={(user) => user && void set(user, true)}
          />
        </Field>
      ) : null}
      {members.data && items.length === 0 ? <p className="muted">{t('teams.no_members')}</p> : null}
      <ul>
        {items.map((each) => (
          <li key={each.id} className="inline spread member-line">
            <span>
              {each.name} <span className="muted">{each.email}</span>
            </span>
            {manage ? (
              <IconButton
                small
                label={t('ui.remove', { name: each.name })}
                icon={<Close className="icon" />}
                onClick={() => void set(each.id, false)}
              />
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  )
}

function teamColumns(t: ReturnType<typeof useTranslation>['t']): GridColumn<Team>[] {
  return [
    {
      id: 'name',
      header: t('teams.name'),
      width: 220,
      grow: true,
      fixed: true,
      card: 'title',
      cell: (row) => row.name,
    },
    {
      id: 'members',
      header: t('teams.members'),
      width: 110,
      align: 'end',
      cell: (row) => <span className="num">{row.members}</span>,
    },
    {
      id: 'description',
      header: t('organisations.description'),
      width: 300,
      grow: true,
      cell: (row) => row.description,
    },
    {
      id: 'created',
      header: t('keys.created'),
      width: 130,
      cell: (row) => <RelativeTime at={row.created} />,
    },
  ]
}
