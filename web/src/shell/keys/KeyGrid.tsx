import { type QueryKey, useQueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { api, type Schema } from '~/api/client'
import { type Page, useCursorPages } from '~/api/paging'
import { usePermissionText } from '~/shell/permissions'
import { RowMenu } from '~/shell/RowMenu'
import { Badge } from '~/ui/Badge'
import { confirm } from '~/ui/ConfirmDialog'
import type { GridColumn } from '~/ui/grid/columns'
import { DataGrid } from '~/ui/grid/DataGrid'
import { Lock } from '~/ui/icons'
import { EmptyState } from '~/ui/states'
import { toast, toastProblem } from '~/ui/Toast'
import { RelativeTime } from '~/ui/time'

export type ApiKey = Schema<'Key'>

const rowId = (row: ApiKey) => row.id

/** API keys with what they may do and when they were used last; never the keys themselves. */
export function KeyGrid(props: {
  id: string
  queryKey: QueryKey
  list: (signal: AbortSignal) => Promise<Page<ApiKey>>
  /** The path that revokes: one's own, or anybody's. */
  own: boolean
  /** Names the owner, where the list holds the keys of several. */
  owner?: ((user: string) => string) | undefined
  toolbar?: React.ReactNode
  empty?: React.ReactNode
  keyboard?: boolean
  cardsBelow?: number
}) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const permissionText = usePermissionText()
  const pages = useCursorPages<ApiKey>({
    key: props.queryKey,
    fetchPage: (_, signal) => props.list(signal),
  })
  const { own, owner, queryKey } = props
  const columns = useMemo(() => {
    const revoke = async (key: ApiKey) => {
      const sure = await confirm({
        title: t('keys.revoke_title', { name: key.name }),
        body: t('keys.revoke_body'),
        action: t('keys.revoke'),
        danger: true,
      })
      if (!sure) return
      try {
        const path = { id: key.id }
        await (own ? api.delete('/me/keys/{id}', { path }) : api.delete('/keys/{id}', { path }))
        toast({ title: t('keys.revoked', { name: key.name }), tone: 'success' })
      } catch (cause) {
        toastProblem(cause)
      }
      await client.invalidateQueries({ queryKey })
    }
    return keyColumns(t, permissionText, owner, revoke)
  }, [t, permissionText, owner, own, client, queryKey])
  return (
    <DataGrid
      id={props.id}
      label={t('keys.title')}
      columns={columns}
      rowId={rowId}
      pages={pages}
      keyboard={props.keyboard ?? true}
      {...(props.cardsBelow ? { cardsBelow: props.cardsBelow } : {})}
      toolbar={props.toolbar}
      empty={
        <EmptyState
          title={t('keys.empty')}
          icon={<Lock className="icon" aria-hidden="true" />}
          actions={props.empty}
        >
          {t('keys.empty_why')}
        </EmptyState>
      }
    />
  )
}

function KeyState({ item }: { item: ApiKey }) {
  const { t } = useTranslation()
  if (item.revoked) return <Badge>{t('keys.state_revoked')}</Badge>
  if (item.expires && new Date(item.expires).getTime() < Date.now())
    return <Badge tone="warning">{t('keys.state_expired')}</Badge>
  return <Badge tone="success">{t('keys.state_active')}</Badge>
}

function keyColumns(
  t: ReturnType<typeof useTranslation>['t'],
  permissionText: (permission: string) => string,
  owner: ((user: string) => string) | undefined,
  revoke: (key: ApiKey) => Promise<void>,
): GridColumn<ApiKey>[] {
  return [
    {
      id: 'name',
      header: t('keys.name'),
      width: 150,
      grow: true,
      fixed: true,
      card: 'title',
      cell: (row) => row.name,
    },
    ...(owner
      ? [{ id: 'owner', header: t('keys.owner'), width: 120, cell: (row: ApiKey) => owner(row.user) }]
      : []),
    {
      id: 'state',
      header: t('keys.state'),
      width: 90,
      cardBare: true,
      cell: (row) => <KeyState item={row} />,
    },
    { id: 'prefix', header: t('keys.prefix'), width: 110, cell: (row) => <code>{row.prefix}…</code> },
    {
      id: 'permissions',
      header: t('keys.reach'),
      width: 150,
      grow: true,
      cell: (row) =>
        row.permissions ? (
          <span title={row.permissions.map(permissionText).join('\n')}>
            {row.permissions.map(permissionText).join(', ')}
          </span>
        ) : (
          t('keys.reach_all')
        ),
    },
    {
      id: 'addresses',
      header: t('keys.addresses'),
      width: 150,
      hidden: true,
      cell: (row) =>
        row.addresses.length > 0 ? <code>{row.addresses.join(' ')}</code> : t('keys.everywhere'),
    },
    {
      id: 'used',
      header: t('keys.used'),
      width: 110,
      cell: (row) =>
        row.used ? (
          <span title={row.used_address}>
            <RelativeTime at={row.used} />
          </span>
        ) : (
          <span className="muted">{t('keys.never_used')}</span>
        ),
    },
    {
      id: 'expires',
      header: t('keys.expires'),
      width: 100,
      cell: (row) =>
        row.expires ? <RelativeTime at={row.expires} /> : <span className="muted">{t('keys.never')}</span>,
    },
    {
      id: 'created',
      hidden: true,
      header: t('keys.created'),
      width: 120,
      card: 'none',
      cell: (row) => <RelativeTime at={row.created} />,
    },
    {
      id: 'actions',
      header: t('ui.actions'),
      width: 70,
      cardBare: true,
      cell: (row) =>
        row.revoked ? null : (
          <RowMenu
            name={row.name}
            entries={[{ id: 'revoke', label: t('keys.revoke'), danger: true, run: () => void revoke(row) }]}
          />
        ),
    },
  ]
}
