import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '~/api/client'
import { useCursorPages } from '~/api/paging'
import { useMe } from '~/api/session'
import { keysOf } from '~/commands'
import { useCommands } from '~/commands/useCommands'
import { useAttempt } from '~/shell/attempt'
import { Page } from '~/shell/Page'
import { RowMenu } from '~/shell/RowMenu'
import { Badge, type Tlp, TlpBadge } from '~/ui/Badge'
import { Button } from '~/ui/Button'
import { FilterSelect, FilterText } from '~/ui/Filters'
import type { GridColumn } from '~/ui/grid/columns'
import { DataGrid } from '~/ui/grid/DataGrid'
import { Add, Export } from '~/ui/icons'
import { useTextOf } from '~/ui/KindFields'
import { EmptyState } from '~/ui/states'
import { toast } from '~/ui/Toast'
import { RelativeTime } from '~/ui/time'
import { ChannelForm } from './ChannelForm'
import { type Channel, channelsKey, useChannelKinds } from './queries'

export interface ChannelSearch {
  q?: string | undefined
  deleted?: boolean | undefined
}

const rowId = (row: Channel) => row.id

/** Ways out of the organisation, by which watches tell what they found. */
export function Channels(props: { search: ChannelSearch; onSearch: (search: ChannelSearch) => void }) {
  const { t, i18n } = useTranslation()
  const textOf = useTextOf()
  const me = useMe()
  const { attempt } = useAttempt(channelsKey)
  const [editing, setEditing] = useState<Channel | 'new'>()
  const kinds = useChannelKinds().data?.items
  const { search, onSearch } = props
  const { q, deleted } = search
  const pages = useCursorPages<Channel>({
    key: [...channelsKey, 'list', { q, deleted }],
    fetchPage: (cursor, signal) =>
      api.get('/channels', {
        query: {
          limit: 100,
          ...(cursor ? { cursor } : {}),
          ...(q ? { q } : {}),
          ...(deleted ? { deleted } : {}),
        },
        signal,
      }),
  })
  const lang = i18n.language === 'zh' ? 'zh' : 'en'
  const admin = me?.permissions.includes('users.org') || me?.permissions.includes('users.all')
  const owner = me?.id
  const columns = useMemo(() => {
    const acts = {
      test: (row: Channel) =>
        void attempt(async () => {
          await api.post('/channels/{id}/test', { path: { id: row.id }, query: { lang } })
          toast({ title: t('channels.tested', { name: row.name }), tone: 'success' })
        }),
      toggle: (row: Channel) =>
        void attempt(() =>
          api.patch('/channels/{id}', { path: { id: row.id }, body: { enabled: !row.enabled } }),
        ),
      restore: (row: Channel) =>
        void attempt(() => api.post('/channels/{id}/restore', { path: { id: row.id } })),
      remove: (row: Channel) =>
        void attempt(async () => {
          await api.delete('/channels/{id}', { path: { id: row.id }, query: { version: row.version } })
          toast({
            title: t('channels.deleted', { name: row.name }),
            undo: () =>
              void attempt(async () => {
                await api.post('/channels/{id}/restore', { path: { id: row.id } })
                if (row.enabled)
                  await api.patch('/channels/{id}', { path: { id: row.id }, body: { enabled: true } })
              }),
          })
        }),
    }
    const kindName = (kind: string) => textOf(kinds?.find((each) => each.name === kind)?.label) || kind
    return channelColumns(t, kindName, acts, (row) => Boolean(admin) || row.owner === owner)
  }, [t, textOf, kinds, attempt, lang, admin, owner])
  const make = () => setEditing('new')
  useCommands('admin', { 'admin.new': make })
  return (
    <Page
      layout="full"
      lead={t('channels.lead')}
      actions={
        <Button
          tone="primary"
          icon={<Add className="icon" />}
          keys={keysOf('admin.new') ?? ''}
          onClick={make}
        >
          {t('channels.new')}
        </Button>
      }
    >
      <DataGrid
        id="channels"
        label={t('channels.title')}
        columns={columns}
        rowId={rowId}
        pages={pages}
        onOpen={(row) => !row.deleted && setEditing(row)}
        toolbar={
          <>
            <FilterText
              value={q ?? ''}
              label={t('channels.find')}
              onValue={(next) => onSearch({ ...search, q: next || undefined })}
            />
            <FilterSelect<'deleted'>
              label={t('users.state')}
              any={t('assets.in_use')}
              value={deleted ? 'deleted' : undefined}
              options={[{ value: 'deleted', label: t('assets.only_deleted') }]}
              onValue={(next) => onSearch({ ...search, deleted: next ? true : undefined })}
            />
          </>
        }
        empty={
          <EmptyState
            title={t(q || deleted ? 'ui.nothing_found' : 'channels.empty')}
            icon={<Export className="icon" aria-hidden="true" />}
          >
            {q || deleted ? null : t('channels.empty_why')}
          </EmptyState>
        }
      />
      {editing ? (
        <ChannelForm item={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} />
      ) : null}
    </Page>
  )
}

interface Acts {
  test: (row: Channel) => void
  toggle: (row: Channel) => void
  restore: (row: Channel) => void
  remove: (row: Channel) => void
}

function channelColumns(
  t: ReturnType<typeof useTranslation>['t'],
  kindName: (kind: string) => string,
  acts: Acts,
  may: (row: Channel) => boolean,
): GridColumn<Channel>[] {
  return [
    {
      id: 'name',
      header: t('channels.name'),
      width: 150,
      grow: true,
      fixed: true,
      card: 'title',
      cell: (row) => row.name,
    },
    { id: 'kind', header: t('channels.kind'), width: 120, cell: (row) => kindName(row.kind) },
    {
      id: 'state',
      header: t('users.state'),
      width: 100,
      cardBare: true,
      cell: (row) =>
        !row.enabled ? (
          <Badge>{t('watches.off')}</Badge>
        ) : row.last_error ? (
          <Badge tone="danger" title={row.last_error}>
            {t('channels.failing')}
          </Badge>
        ) : (
          <Badge tone="success">{t('watches.on')}</Badge>
        ),
    },
    {
      id: 'tlp',
      header: t('channels.ceiling'),
      width: 125,
      cell: (row) => <TlpBadge level={row.tlp as Tlp} />,
    },
    {
      id: 'per_hour',
      header: t('channels.per_hour'),
      width: 90,
      align: 'end',
      cell: (row) => <span className="num">{row.per_hour}</span>,
    },
    {
      id: 'error',
      header: t('watches.error'),
      width: 130,
      grow: true,
      cell: (row) => <span title={row.last_error}>{row.last_error}</span>,
    },
    {
      id: 'modified',
      hidden: true,
      header: t('organisations.modified'),
      width: 130,
      card: 'none',
      cell: (row) => <RelativeTime at={row.modified} />,
    },
    {
      id: 'actions',
      header: t('ui.actions'),
      width: 70,
      cardBare: true,
      cell: (row) => (
        <RowMenu
          name={row.name}
          entries={
            !may(row)
              ? []
              : row.deleted
                ? [{ id: 'restore', label: t('assets.restore'), run: () => acts.restore(row) }]
                : [
                    { id: 'test', label: t('channels.test'), run: () => acts.test(row) },
                    {
                      id: 'toggle',
                      label: t(row.enabled ? 'watches.disable' : 'watches.enable'),
                      run: () => acts.toggle(row),
                    },
                    'separator',
                    { id: 'delete', label: t('ui.delete'), danger: true, run: () => acts.remove(row) },
                  ]
          }
        />
      ),
    },
  ]
}
