import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '~/api/client'
import { useMe } from '~/api/session'
import { useAttempt } from '~/shell/attempt'
import { usePermissionText, useRoleName } from '~/shell/permissions'
import { Button } from '~/ui/Button'
import { Checkbox } from '~/ui/Checkbox'
import { confirm } from '~/ui/ConfirmDialog'
import { saveVersioned } from '~/ui/ConflictDialog'
import { Drawer } from '~/ui/Dialog'
import { Field, Form } from '~/ui/Form'
import { Input } from '~/ui/Input'
import { Select } from '~/ui/Select'
import { toast } from '~/ui/Toast'
import { type Role, rolesKey } from './queries'

const LEVELS = ['clear', 'green', 'amber', 'amber+strict', 'red'] as const
type Level = (typeof LEVELS)[number]

/** Makes a role, as a copy of another where one is given, or changes one. */
export function RoleForm(props: {
  role: Role | undefined
  copy: Role | undefined
  permissions: readonly string[]
  onClose: () => void
}) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const me = useMe()
  const permissionText = usePermissionText()
  const roleName = useRoleName()
  const { role, copy, onClose } = props
  const { attempt } = useAttempt(rolesKey)
  const [name, setName] = useState(
    role?.name ?? (copy ? t('roles.copy_of', { name: roleName(copy.name) }) : ''),
  )
  const [chosen, setChosen] = useState<readonly string[]>(
    role?.permissions ?? copy?.permissions ?? ['intel.read'],
  )
  const [clearance, setClearance] = useState<Level>((role?.clearance ?? copy?.clearance ?? 'red') as Level)
  const save = useMutation({
    mutationFn: async () => {
      const body = { name: name.trim(), permissions: chosen, clearance }
      if (!role) return api.post('/roles', { body })
      return saveVersioned({
        etag: String(role.version),
        write: (version) =>
          api.patch('/roles/{id}', { path: { id: role.id }, body: { ...body, version: Number(version) } }),
        reload: async () => {
          const now = await api.get('/roles')
          return String(now.items.find((each) => each.id === role.id)?.version ?? 0)
        },
      })
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: rolesKey })
      onClose()
    },
  })
  const remove = async () => {
    if (!role) return
    const sure = await confirm({
      title: t('roles.delete_title', { name: role.name }),
      body: t('roles.delete_body'),
      action: t('ui.delete'),
      danger: true,
    })
    if (!sure) return
    const done = await attempt(async () => {
      await api.delete('/roles/{id}', { path: { id: role.id } })
      toast({ title: t('roles.deleted', { name: role.name }), tone: 'success' })
    })
    if (done) onClose()
  }
  return (
    <Drawer open sticky onClose={onClose} title={role ? role.name : t('roles.new')} width={560}>
      <Form onSubmit={() => save.mutate()} problem={save.error}>
        <Field name="name" label={t('roles.name')}>
          <Input value={name} onValue={setName} required maxLength={300} />
        </Field>
        <Field name="clearance" label={t('account.clearance')} hint={t('roles.clearance_hint')}>
          <Select
            value={clearance}
            options={LEVELS.map((each) => ({ value: each, label: `TLP:${each.toUpperCase()}` }))}
            onValue={setClearance}
          />
        </Field>
        <fieldset className="fieldset">
          <legend>{t('roles.may')}</legend>
          <div className="stack">
            {props.permissions.map((each) => (
              <Checkbox
                key={each}
                checked={chosen.includes(each)}
                disabled={!me?.permissions.includes(each) && !chosen.includes(each)}
                onChecked={(on) => setChosen(on ? [...chosen, each] : chosen.filter((p) => p !== each))}
              >
                {permissionText(each)}
              </Checkbox>
            ))}
          </div>
        </fieldset>
        <div className="form-actions">
          {role ? (
            <Button tone="danger" onClick={() => void remove()}>
              {t('ui.delete')}
            </Button>
          ) : null}
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button type="submit" tone="primary" busy={save.isPending}>
            {t('ui.save')}
          </Button>
        </div>
      </Form>
    </Drawer>
  )
}
