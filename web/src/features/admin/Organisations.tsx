import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '~/api/client'
import { useCursorPages } from '~/api/paging'
import { useCan, useMe } from '~/api/session'
import { keysOf } from '~/commands'
import { useCommands } from '~/commands/useCommands'
import { useAttempt } from '~/shell/attempt'
import { Page } from '~/shell/Page'
import { RowMenu } from '~/shell/RowMenu'
import { Badge } from '~/ui/Badge'
import { Button } from '~/ui/Button'
import { Checkbox } from '~/ui/Checkbox'
import { confirm } from '~/ui/ConfirmDialog'
import { saveVersioned } from '~/ui/ConflictDialog'
import { Dialog } from '~/ui/Dialog'
import { ClearFilters, FilterSelect, FilterText } from '~/ui/Filters'
import { Field, Form } from '~/ui/Form'
import type { GridColumn } from '~/ui/grid/columns'
import { DataGrid } from '~/ui/grid/DataGrid'
import { Input, Textarea } from '~/ui/Input'
import { Add } from '~/ui/icons'
import { Optional } from '~/ui/KindFields'
import { toast } from '~/ui/Toast'
import { RelativeTime } from '~/ui/time'
import { type Organisation, organisationsKey } from './queries'

export interface OrganisationSearch {
  q?: string | undefined
  local?: 'true' | 'false' | undefined
}

const rowId = (row: Organisation) => row.id

/** Organisations with accounts here, and those known from what they shared. */
export function Organisations(props: {
  search: OrganisationSearch
  onSearch: (search: OrganisationSearch) => void
}) {
  const { t } = useTranslation()
  const can = useCan()
  const me = useMe()
  const { attempt } = useAttempt(organisationsKey)
  const [editing, setEditing] = useState<Organisation | 'new'>()
  const { search, onSearch } = props
  const all = can('users.all')
  const mayEdit = (row: Organisation) => all || (can('users.org') && row.id === me?.organisation.id)
  const pages = useCursorPages<Organisation>({
    key: [...organisationsKey, search],
    fetchPage: (cursor, signal) =>
      api.get('/organisations', {
        query: {
          ...(cursor ? { cursor } : {}),
          ...(search.q ? { q: search.q } : {}),
          ...(search.local ? { local: search.local } : {}),
        },
        signal,
      }),
  })
  const columns = useMemo(() => {
    const remove = async (row: Organisation) => {
      const sure = await confirm({
        title: t('organisations.delete_title', { name: row.name }),
        body: t('organisations.delete_body'),
        action: t('ui.delete'),
        danger: true,
      })
      if (!sure) return
      await attempt(async () => {
        await api.delete('/organisations/{id}', { path: { id: row.id }, query: { version: row.version } })
        toast({ title: t('organisations.deleted', { name: row.name }), tone: 'success' })
      })
    }
    return organisationColumns(t, all ? (row) => void remove(row) : undefined)
  }, [t, all, attempt])
  const make = all ? () => setEditing('new') : undefined
  useCommands('admin', make ? { 'admin.new': make } : {})
  return (
    <Page
      layout="full"
      lead={t('organisations.lead')}
      actions={
        make ? (
          <Button
            tone="primary"
            icon={<Add className="icon" />}
            keys={keysOf('admin.new') ?? ''}
            onClick={make}
          >
            {t('organisations.new')}
          </Button>
        ) : undefined
      }
    >
      <DataGrid
        id="organisations"
        label={t('organisations.title')}
        columns={columns}
        rowId={rowId}
        pages={pages}
        onOpen={(row) => mayEdit(row) && setEditing(row)}
        toolbar={
          <>
            <FilterText
              value={search.q ?? ''}
              label={t('organisations.find')}
              onValue={(q) => onSearch({ ...search, q: q || undefined })}
            />
            <FilterSelect<'true' | 'false'>
              label={t('organisations.kind')}
              any={t('organisations.any')}
              value={search.local}
              options={[
                { value: 'true', label: t('organisations.local') },
                { value: 'false', label: t('organisations.foreign') },
              ]}
              onValue={(local) => onSearch({ ...search, local })}
            />
            <ClearFilters active={Boolean(search.q || search.local)} onClear={() => onSearch({})} />
          </>
        }
      />
      {editing ? (
        <OrganisationForm
          item={editing === 'new' ? undefined : editing}
          onClose={() => setEditing(undefined)}
        />
      ) : null}
    </Page>
  )
}

function OrganisationForm({ item, onClose }: { item: Organisation | undefined; onClose: () => void }) {
  const { t } = useTranslation()
  const can = useCan()
  const client = useQueryClient()
  const [name, setName] = useState(item?.name ?? '')
  const [description, setDescription] = useState(item?.description ?? '')
  const [local, setLocal] = useState(item?.local ?? true)
  const save = useMutation({
    mutationFn: async () => {
      const body = { name: name.trim(), description }
      if (!item) return api.post('/organisations', { body: { ...body, local } })
      return saveVersioned({
        etag: String(item.version),
        write: (version) =>
          api.patch('/organisations/{id}', {
            path: { id: item.id },
            body: { ...body, ...(local === item.local ? {} : { local }), version: Number(version) },
          }),
        reload: async () => String((await api.get('/organisations/{id}', { path: { id: item.id } })).version),
      })
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: organisationsKey })
      onClose()
    },
  })
  return (
    <Dialog open sticky onClose={onClose} title={item ? item.name : t('organisations.new')}>
      <Form onSubmit={() => save.mutate()} problem={save.error}>
        <Field name="name" label={t('organisations.name')}>
          <Input value={name} onValue={setName} required maxLength={300} />
        </Field>
        <Field name="description" label={<Optional label={t('organisations.description')} />}>
          <Textarea value={description} onValue={setDescription} rows={3} maxLength={20000} />
        </Field>
        {can('users.all') ? (
          <Checkbox checked={local} onChecked={setLocal}>
            {t('organisations.local_hint')}
          </Checkbox>
        ) : null}
        <div className="form-actions">
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button type="submit" tone="primary" busy={save.isPending}>
            {t('ui.save')}
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}

function organisationColumns(
  t: ReturnType<typeof useTranslation>['t'],
  remove: ((row: Organisation) => void) | undefined,
): GridColumn<Organisation>[] {
  return [
    {
      id: 'name',
      header: t('organisations.name'),
      width: 210,
      grow: true,
      fixed: true,
      card: 'title',
      cell: (row) => row.name,
    },
    {
      id: 'local',
      header: t('organisations.kind'),
      width: 100,
      cardBare: true,
      cell: (row) =>
        row.local ? (
          <Badge tone="info">{t('organisations.local')}</Badge>
        ) : (
          <Badge>{t('organisations.foreign')}</Badge>
        ),
    },
    {
      id: 'users',
      header: t('users.title'),
      width: 80,
      align: 'end',
      cell: (row) => <span className="num">{row.users.toLocaleString()}</span>,
    },
    {
      id: 'description',
      header: t('organisations.description'),
      width: 200,
      grow: true,
      cell: (row) => <span title={row.description}>{row.description}</span>,
    },
    {
      id: 'modified',
      header: t('organisations.modified'),
      width: 120,
      card: 'none',
      cell: (row) => <RelativeTime at={row.modified} />,
    },
    ...(remove
      ? [
          {
            id: 'actions',
            header: t('ui.actions'),
            width: 70,
            cardBare: true,
            cell: (row: Organisation) => (
              <RowMenu
                name={row.name}
                entries={[
                  {
                    id: 'delete',
                    label: t('ui.delete'),
                    danger: true,
                    disabled: row.users > 0,
                    run: () => remove(row),
                  },
                ]}
              />
            ),
          },
        ]
      : []),
  ]
}
