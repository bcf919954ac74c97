import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '~/api/client'
import { useCursorPages } from '~/api/paging'
import { useCan, useMe } from '~/api/session'
import { keysOf } from '~/commands'
import { useCommands } from '~/commands/useCommands'
import { Page } from '~/shell/Page'
import { Badge } from '~/ui/Badge'
import { Button, IconButton } from '~/ui/Button'
import { Checkbox, Switch } from '~/ui/Checkbox'
import { saveVersioned } from '~/ui/ConflictDialog'
import { Drawer } from '~/ui/Dialog'
import { Field, Form } from '~/ui/Form'
import type { GridColumn } from '~/ui/grid/columns'
import { DataGrid } from '~/ui/grid/DataGrid'
import { Input, Textarea } from '~/ui/Input'
import { Add, Close, Export } from '~/ui/icons'
import { Optional } from '~/ui/KindFields'
import { Combobox } from '~/ui/Select'
import { EmptyState } from '~/ui/states'
import { toast } from '~/ui/Toast'
import { RelativeTime } from '~/ui/time'
import { groupsKey, type SharingGroup, useOrganisations } from './queries'
import './admin.css'

const rowId = (row: SharingGroup) => row.id

/** Groups of organisations, to which intelligence can be limited. */
export function SharingGroups() {
  const { t } = useTranslation()
  const can = useCan()
  const [editing, setEditing] = useState<SharingGroup | 'new'>()
  const pages = useCursorPages<SharingGroup>({
    key: [...groupsKey, 'list'],
    fetchPage: (cursor, signal) => api.get('/sharing-groups', { query: cursor ? { cursor } : {}, signal }),
  })
  const columns = useMemo(() => groupColumns(t), [t])
  const make = can('intel.publish') ? () => setEditing('new') : undefined
  useCommands('admin', make ? { 'admin.new': make } : {})
  return (
    <Page
      layout="full"
      lead={t('groups.lead')}
      actions={
        make ? (
          <Button
            tone="primary"
            icon={<Add className="icon" />}
            keys={keysOf('admin.new') ?? ''}
            onClick={make}
          >
            {t('groups.new')}
          </Button>
        ) : undefined
      }
    >
      <DataGrid
        id="sharing-groups"
        label={t('groups.title')}
        columns={columns}
        rowId={rowId}
        pages={pages}
        onOpen={setEditing}
        empty={
          <EmptyState title={t('groups.empty')} icon={<Export className="icon" aria-hidden="true" />}>
            {t('groups.empty_why')}
          </EmptyState>
        }
      />
      {editing ? (
        <GroupForm item={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} />
      ) : null}
    </Page>
  )
}

interface Member {
  organisation: string
  name: string
  extend: boolean
}

function GroupForm({ item, onClose }: { item: SharingGroup | undefined; onClose: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const can = useCan()
  const me = useMe()
  const [name, setName] = useState(item?.name ?? '')
  const [releasability, setReleasability] = useState(item?.releasability ?? '')
  const [description, setDescription] = useState(item?.description ?? '')
  const [active, setActive] = useState(item?.active ?? true)
  const [members, setMembers] = useState<Member[]>(
    (item?.members ?? []).map((each) => ({
      organisation: each.organisation,
      name: each.name ?? '',
      extend: each.extend ?? false,
    })),
  )
  const owned = !item || item.owner === me?.organisation.id
  const may =
    can('intel.publish') &&
    (owned || (item?.members.some((m) => m.organisation === me?.organisation.id && m.extend) ?? false))
  const save = useMutation({
    mutationFn: async () => {
      const body = {
        members: members.map(({ organisation, extend }) => ({ organisation, extend })),
        ...(owned ? { name: name.trim(), releasability, description } : {}),
      }
      if (!item) return api.post('/sharing-groups', { body: { ...body, name: name.trim() } })
      return saveVersioned({
        etag: String(item.version),
        write: (version) =>
          api.patch('/sharing-groups/{id}', {
            path: { id: item.id },
            body: { ...body, ...(owned ? { active } : {}), version: Number(version) },
          }),
        reload: async () =>
          String((await api.get('/sharing-groups/{id}', { path: { id: item.id } })).version),
      })
    },
    onSuccess: async (saved) => {
      await client.invalidateQueries({ queryKey: groupsKey })
      if (saved) toast({ title: t('groups.saved', { name: saved.name }), tone: 'success' })
      onClose()
    },
  })
  return (
    <Drawer open sticky onClose={onClose} title={item ? item.name : t('groups.new')} width={560}>
      <Form onSubmit={() => save.mutate()} problem={save.error}>
        <Field name="name" label={t('groups.name')}>
          <Input value={name} onValue={setName} required maxLength={300} readOnly={!owned} />
        </Field>
        <Field
          name="releasability"
          label={<Optional label={t('groups.releasability')} />}
          hint={t('groups.releasability_hint')}
        >
          <Input value={releasability} onValue={setReleasability} maxLength={20000} readOnly={!owned} />
        </Field>
        <Field name="description" label={<Optional label={t('organisations.description')} />}>
          <Textarea
            value={description}
            onValue={setDescription}
            rows={2}
            maxLength={20000}
            readOnly={!owned}
          />
        </Field>
        {item && owned ? (
          <Switch checked={active} onChecked={setActive}>
            {t('groups.active_hint')}
          </Switch>
        ) : null}
        <Members members={members} onMembers={setMembers} mayRemove={owned} may={may} />
        <div className="form-actions">
          <Button onClick={onClose}>{t(may ? 'ui.cancel' : 'ui.close')}</Button>
          {may ? (
            <Button type="submit" tone="primary" busy={save.isPending}>
              {t('ui.save')}
            </Button>
          ) : null}
        </div>
      </Form>
    </Drawer>
  )
}

function Members(props: {
  members: Member[]
  onMembers: (members: Member[]) => void
  mayRemove: boolean
  may: boolean
}) {
  const { t } = useTranslation()
  const { members, onMembers } = props
  const organisations = useOrganisations().data?.items ?? []
  const options = organisations
    .filter((each) => !members.some((member) => member.organisation === each.id))
    .map((each) => ({ value: each.id, label: each.name }))
  return (
    <fieldset className="fieldset">
      <legend>{t('groups.members')}</legend>
      {props.may ? (
        <Combobox
          value={null}
          options={options}
          placeholder={t('groups.add_member')}
          aria-label={t('groups.add_member')}
          onValue={(id) => {
            const found = organisations.find((each) => each.id === id)
            if (found) onMembers([...members, { organisation: found.id, name: found.name, extend: false }])
          }}
        />
      ) : null}
      <ul>
        {members.map((each) => (
          <li key={each.organisation} className="inline spread member-line">
            <span>{each.name || each.organisation}</span>
            <span className="inline">
              <Checkbox
                checked={each.extend}
                disabled={!props.mayRemove}
                onChecked={(extend) =>
                  onMembers(members.map((m) => (m.organisation === each.organisation ? { ...m, extend } : m)))
                }
              >
                {t('groups.extend')}
              </Checkbox>
              {props.mayRemove ? (
                <IconButton
                  small
                  label={t('ui.remove', { name: each.name })}
                  icon={<Close className="icon" />}
                  onClick={() => onMembers(members.filter((m) => m.organisation !== each.organisation))}
                />
              ) : null}
            </span>
          </li>
        ))}
      </ul>
    </fieldset>
  )
}

function groupColumns(t: ReturnType<typeof useTranslation>['t']): GridColumn<SharingGroup>[] {
  return [
    {
      id: 'name',
      header: t('groups.name'),
      width: 220,
      grow: true,
      fixed: true,
      card: 'title',
      cell: (row) => row.name,
    },
    {
      id: 'active',
      header: t('users.state'),
      width: 110,
      cardBare: true,
      cell: (row) =>
        row.active ? (
          <Badge tone="success">{t('groups.active')}</Badge>
        ) : (
          <Badge>{t('groups.inactive')}</Badge>
        ),
    },
    {
      id: 'members',
      header: t('groups.members'),
      width: 260,
      grow: true,
      cell: (row) => row.members.map((each) => each.name || each.organisation).join(', '),
    },
    {
      id: 'releasability',
      header: t('groups.releasability'),
      width: 200,
      card: 'none',
      cell: (row) => row.releasability,
    },
    {
      id: 'modified',
      header: t('organisations.modified'),
      width: 130,
      cell: (row) => <RelativeTime at={row.modified} />,
    },
  ]
}
