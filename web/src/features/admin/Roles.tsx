import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '~/api/client'
import { useCan } from '~/api/session'
import { keysOf } from '~/commands'
import { useCommands } from '~/commands/useCommands'
import { Page } from '~/shell/Page'
import { usePermissionText, useRoleName } from '~/shell/permissions'
import { type Tlp, TlpBadge } from '~/ui/Badge'
import { Button } from '~/ui/Button'
import { Add, Check } from '~/ui/icons'
import { ErrorState, Skeleton } from '~/ui/states'
import { type Role, useRoles } from './queries'
import { RoleForm } from './RoleForm'
import './admin.css'

/** Which role may do what: one column per role. Own roles are changed, built-in ones copied. */
export function Roles() {
  const { t } = useTranslation()
  const can = useCan()
  const [editing, setEditing] = useState<{ role?: Role; copy?: Role }>()
  const roles = useRoles()
  const permissions = useQuery({
    queryKey: ['permissions'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => api.get('/permissions', { signal }),
  })
  const manage = can('users.all')
  const make = manage ? () => setEditing({}) : undefined
  useCommands('admin', make ? { 'admin.new': make } : {})
  const problem = roles.error ?? permissions.error
  return (
    <Page
      lead={t('roles.lead')}
      actions={
        make ? (
          <Button
            tone="primary"
            icon={<Add className="icon" />}
            keys={keysOf('admin.new') ?? ''}
            onClick={make}
          >
            {t('roles.new')}
          </Button>
        ) : undefined
      }
    >
      {problem ? (
        <ErrorState problem={problem} onRetry={() => void roles.refetch()} />
      ) : roles.data && permissions.data ? (
        <Matrix
          roles={roles.data.items}
          permissions={permissions.data.items}
          onRole={manage ? (role) => setEditing(role.builtin ? { copy: role } : { role }) : undefined}
        />
      ) : (
        <Skeleton width={60} />
      )}
      {editing ? (
        <RoleForm
          role={editing.role}
          copy={editing.copy}
          permissions={permissions.data?.items ?? []}
          onClose={() => setEditing(undefined)}
        />
      ) : null}
    </Page>
  )
}

function Matrix(props: {
  roles: readonly Role[]
  permissions: readonly string[]
  onRole: ((role: Role) => void) | undefined
}) {
  const { t } = useTranslation()
  const permissionText = usePermissionText()
  const roleName = useRoleName()
  const { roles, permissions, onRole } = props
  return (
    // Focusable, so that a wide table is scrolled by keys.
    <section className="matrix" aria-label={t('roles.matrix')} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('roles.permission')}</th>
            {roles.map((role) => (
              <th scope="col" key={role.id}>
                {onRole ? (
                  <Button
                    small
                    title={t(role.builtin ? 'roles.copy' : 'roles.edit', { name: roleName(role.name) })}
                    onClick={() => onRole(role)}
                  >
                    {roleName(role.name)}
                  </Button>
                ) : (
                  roleName(role.name)
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {permissions.map((permission) => (
            <tr key={permission}>
              <th scope="row" title={permission}>
                {permissionText(permission)}
              </th>
              {roles.map((role) => (
                <td key={role.id}>
                  {role.permissions.includes(permission) ? (
                    <span className="yes">
                      <Check className="icon" aria-hidden="true" />
                      <span className="sr-only">{t('roles.yes')}</span>
                    </span>
                  ) : (
                    <span className="sr-only">{t('roles.no')}</span>
                  )}
                </td>
              ))}
            </tr>
          ))}
          <tr>
            <th scope="row">{t('account.clearance')}</th>
            {roles.map((role) => (
              <td key={role.id}>
                <TlpBadge level={role.clearance as Tlp} />
              </td>
            ))}
          </tr>
        </tbody>
      </table>
    </section>
  )
}
