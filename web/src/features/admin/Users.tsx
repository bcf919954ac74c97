import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '~/api/client'
import { useCursorPages } from '~/api/paging'
import { useCan } from '~/api/session'
import { keysOf } from '~/commands'
import { useCommands } from '~/commands/useCommands'
import { Page } from '~/shell/Page'
import { useRoleName } from '~/shell/permissions'
import { Badge } from '~/ui/Badge'
import { Button } from '~/ui/Button'
import { ClearFilters, FilterSelect, FilterText } from '~/ui/Filters'
import type { GridColumn } from '~/ui/grid/columns'
import { DataGrid } from '~/ui/grid/DataGrid'
import { Add } from '~/ui/icons'
import { RelativeTime } from '~/ui/time'
import { type User, useOrganisations, useRoles, usersKey } from './queries'
import { UserDrawer } from './UserDrawer'
import { UserForm } from './UserForm'
import './admin.css'

export interface UserSearch {
  q?: string | undefined
  role?: string | undefined
  organisation?: string | undefined
  state?: 'on' | 'off' | undefined
  open?: string | undefined
}

const rowId = (row: User) => row.id

/** The accounts one may see: all, or those of the own organisation. */
export function Users(props: { search: UserSearch; onSearch: (search: UserSearch) => void }) {
  const { t } = useTranslation()
  const can = useCan()
  const roleName = useRoleName()
  const { search, onSearch } = props
  const [making, setMaking] = useState(false)
  const manage = can('users.org') || can('users.all')
  const roles = useRoles().data?.items ?? []
  const organisations = useOrganisations().data?.items ?? []
  const { q, role, organisation, state } = search
  const pages = useCursorPages<User>({
    key: [...usersKey, { q, role, organisation, state }],
    fetchPage: (cursor, signal) =>
      api.get('/users', {
        query: {
          limit: 100,
          ...(cursor ? { cursor } : {}),
          ...(q ? { q } : {}),
          ...(role ? { role } : {}),
          ...(organisation ? { organisation } : {}),
          ...(state ? { disabled: state === 'off' ? ('true' as const) : ('false' as const) } : {}),
        },
        signal,
      }),
  })
  const columns = useMemo(() => userColumns(t, roleName), [t, roleName])
  const make = manage ? () => setMaking(true) : undefined
  useCommands('admin', make ? { 'admin.new': make } : {})
  return (
    <Page
      layout="full"
      lead={t('users.lead')}
      actions={
        make ? (
          <Button
            tone="primary"
            icon={<Add className="icon" />}
            keys={keysOf('admin.new') ?? ''}
            onClick={make}
          >
            {t('users.new')}
          </Button>
        ) : undefined
      }
    >
      <DataGrid
        id="users"
        label={t('users.title')}
        columns={columns}
        rowId={rowId}
        pages={pages}
        onOpen={(row) => onSearch({ ...search, open: row.id })}
        toolbar={
          <>
            <FilterText
              value={q ?? ''}
              label={t('users.find')}
              onValue={(next) => onSearch({ ...search, q: next || undefined })}
            />
            <FilterSelect
              label={t('users.role')}
              any={t('users.any_role')}
              value={role}
              options={roles.map((each) => ({ value: each.id, label: roleName(each.name) }))}
              onValue={(next) => onSearch({ ...search, role: next })}
            />
            {can('users.all') && organisations.length > 1 ? (
              <FilterSelect
                label={t('users.organisation')}
                any={t('users.any_organisation')}
                value={organisation}
                options={organisations
                  .filter((each) => each.local)
                  .map((each) => ({ value: each.id, label: each.name }))}
                onValue={(next) => onSearch({ ...search, organisation: next })}
              />
            ) : null}
            <FilterSelect<'on' | 'off'>
              label={t('users.state')}
              any={t('users.any_state')}
              value={state}
              options={[
                { value: 'on', label: t('users.state_on') },
                { value: 'off', label: t('users.state_off') },
              ]}
              onValue={(next) => onSearch({ ...search, state: next })}
            />
            <ClearFilters
              active={Boolean(q || role || organisation || state)}
              onClear={() => onSearch({ open: search.open })}
            />
          </>
        }
      />
      {making ? <UserForm onClose={() => setMaking(false)} /> : null}
      {search.open ? (
        <UserDrawer
          key={search.open}
          id={search.open}
          onClose={() => onSearch({ ...search, open: undefined })}
        />
      ) : null}
    </Page>
  )
}

/** Whether somebody can log in, in a word. */
export function UserState({ user }: { user: User }) {
  const { t } = useTranslation()
  if (user.disabled) return <Badge tone="danger">{t('users.state_off')}</Badge>
  if (!user.has_password) return <Badge tone="warning">{t('users.state_invited')}</Badge>
  return <Badge tone="success">{t('users.state_on')}</Badge>
}

function userColumns(
  t: ReturnType<typeof useTranslation>['t'],
  roleName: (name: string) => string,
): GridColumn<User>[] {
  return [
    {
      id: 'name',
      header: t('users.name'),
      width: 150,
      grow: true,
      fixed: true,
      card: 'title',
      cell: (row) => row.name,
    },
    { id: 'email', header: t('login.email'), width: 175, grow: true, cell: (row) => row.email },
    {
      id: 'state',
      header: t('users.state'),
      width: 95,
      cardBare: true,
      cell: (row) => <UserState user={row} />,
    },
    { id: 'role', header: t('users.role'), width: 110, cell: (row) => roleName(row.role_name) },
    { id: 'organisation', header: t('users.organisation'), width: 140, cell: (row) => row.organisation_name },
    {
      id: 'totp',
      header: t('account.totp'),
      width: 100,
      card: 'none',
      cell: (row) =>
        row.totp ? t('account.totp_on') : <span className="muted">{t('account.totp_off')}</span>,
    },
    {
      id: 'last_login',
      header: t('users.last_login'),
      width: 110,
      cell: (row) =>
        row.last_login ? (
          <RelativeTime at={row.last_login} />
        ) : (
          <span className="muted">{t('keys.never_used')}</span>
        ),
    },
    {
      id: 'created',
      header: t('users.created'),
      width: 120,
      hidden: true,
      cell: (row) => <RelativeTime at={row.created} />,
    },
  ]
}
