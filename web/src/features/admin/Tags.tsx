import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, type Schema } from '~/api/client'
import { useCursorPages } from '~/api/paging'
import { useCan } from '~/api/session'
import { keysOf } from '~/commands'
import { useCommands } from '~/commands/useCommands'
import { Page } from '~/shell/Page'
import { Button } from '~/ui/Button'
import { saveVersioned } from '~/ui/ConflictDialog'
import { Dialog } from '~/ui/Dialog'
import { FilterText } from '~/ui/Filters'
import { Field, Form } from '~/ui/Form'
import type { GridColumn } from '~/ui/grid/columns'
import { DataGrid } from '~/ui/grid/DataGrid'
import { Input, Textarea } from '~/ui/Input'
import { Add, Tag as TagIcon } from '~/ui/icons'
import { Optional } from '~/ui/KindFields'
import { EmptyState } from '~/ui/states'
import { Tag } from '~/ui/Tag'
import { RelativeTime } from '~/ui/time'

type TagInfo = Schema<'TagInfo'>

const KEY = ['tags', 'list'] as const
const rowId = (row: TagInfo) => row.id

/** Tags in use, with what taxonomies say that they mean, their colours and how often they are used. */
export function Tags(props: { q: string | undefined; onQ: (q: string | undefined) => void }) {
  const { t } = useTranslation()
  const can = useCan()
  const [editing, setEditing] = useState<TagInfo | 'new'>()
  const { q } = props
  const pages = useCursorPages<TagInfo>({
    key: [...KEY, q],
    fetchPage: (cursor, signal) =>
      api.get('/tags', { query: { ...(cursor ? { cursor } : {}), ...(q ? { q } : {}) }, signal }),
  })
  const columns = useMemo(() => tagColumns(t), [t])
  const write = can('intel.write')
  const make = write ? () => setEditing('new') : undefined
  useCommands('admin', make ? { 'admin.new': make } : {})
  return (
    <Page
      layout="full"
      lead={t('tags.lead')}
      actions={
        make ? (
          <Button
            tone="primary"
            icon={<Add className="icon" />}
            keys={keysOf('admin.new') ?? ''}
            onClick={make}
          >
            {t('tags.new')}
          </Button>
        ) : undefined
      }
    >
      <DataGrid
        id="tags"
        label={t('tags.title')}
        columns={columns}
        rowId={rowId}
        pages={pages}
        onOpen={(row) => write && setEditing(row)}
        toolbar={
          <FilterText
            value={q ?? ''}
            label={t('tags.find')}
            onValue={(next) => props.onQ(next || undefined)}
          />
        }
        empty={
          <EmptyState title={t('tags.empty')} icon={<TagIcon className="icon" aria-hidden="true" />}>
            {t('tags.empty_why')}
          </EmptyState>
        }
      />
      {editing ? (
        <TagForm item={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} />
      ) : null}
    </Page>
  )
}

function TagForm({ item, onClose }: { item: TagInfo | undefined; onClose: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const [name, setName] = useState(item?.name ?? '')
  const [colour, setColour] = useState(item?.colour ?? '')
  const [description, setDescription] = useState(item?.description ?? '')
  const save = useMutation({
    mutationFn: async () => {
      const body = { name: name.trim(), colour: colour.trim(), description }
      if (!item) return api.post('/tags', { body })
      return saveVersioned({
        etag: String(item.version),
        write: (version) => api.patch('/tags', { body: { ...body, version: Number(version) } }),
        reload: async () => {
          const now = await api.get('/tags', { query: { q: item.name, limit: 100 } })
          return String(now.items.find((each) => each.id === item.id)?.version ?? 0)
        },
      })
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['tags'] })
      onClose()
    },
  })
  return (
    <Dialog
      open
      sticky
      onClose={onClose}
      title={item ? item.name : t('tags.new')}
      description={item?.expanded}
    >
      <Form onSubmit={() => save.mutate()} problem={save.error}>
        {item ? null : (
          <Field name="name" label={t('tags.name')} hint={t('tags.name_hint')}>
            <Input value={name} onValue={setName} required maxLength={1000} />
          </Field>
        )}
        <Field name="colour" label={<Optional label={t('tags.colour')} />} hint={t('tags.colour_hint')}>
          <Input
            className="mono"
            value={colour}
            onValue={setColour}
            maxLength={7}
            placeholder="#0b6c8c"
            spellCheck={false}
            after={<Tag text={name || t('tags.name')} colour={colour} />}
          />
        </Field>
        <Field name="description" label={<Optional label={t('organisations.description')} />}>
          <Textarea value={description} onValue={setDescription} rows={3} maxLength={2000} />
        </Field>
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

/** The query that finds what has a tag. */
const tagQuery = (name: string) => `tag:"${name.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`

function tagColumns(t: ReturnType<typeof useTranslation>['t']): GridColumn<TagInfo>[] {
  return [
    {
      id: 'name',
      header: t('tags.name'),
      width: 280,
      grow: true,
      fixed: true,
      card: 'title',
      cell: (row) => <Tag text={row.name} colour={row.colour} />,
    },
    {
      id: 'uses',
      header: t('tags.uses'),
      width: 100,
      align: 'end',
      cell: (row) => (
        <Link to="/reports" search={{ q: tagQuery(row.name) } as never} className="num">
          {row.uses.toLocaleString()}
        </Link>
      ),
    },
    { id: 'expanded', header: t('tags.meaning'), width: 240, grow: true, cell: (row) => row.expanded ?? '' },
    {
      id: 'description',
      header: t('organisations.description'),
      width: 220,
      grow: true,
      cell: (row) => row.description ?? '',
    },
    {
      id: 'created',
      header: t('keys.created'),
      width: 130,
      card: 'none',
      cell: (row) => <RelativeTime at={row.created} />,
    },
  ]
}
