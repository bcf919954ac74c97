import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Schema } from '~/api/client'
import { usePermissionText } from '~/shell/permissions'
import { Button } from '~/ui/Button'
import { Checkbox } from '~/ui/Checkbox'
import { Dialog } from '~/ui/Dialog'
import { dayOf, endOfDay } from '~/ui/days'
import { Field, Form } from '~/ui/Form'
import { Input, Textarea } from '~/ui/Input'
import { Optional } from '~/ui/KindFields'
import { Notice } from '~/ui/Notice'
import { Select } from '~/ui/Select'
import { ShownOnce } from '~/ui/ShownOnce'

type NewKey = Schema<'NewKey'>
export type MadeKey = Schema<'NewKeyOut'>

/** Makes an API key, then shows it, once. */
export function KeyForm(props: {
  /** What the account may do: a key can be narrowed to some of it. */
  permissions: readonly string[]
  create: (body: NewKey) => Promise<MadeKey>
  onMade: () => void
  onClose: () => void
}) {
  const { t } = useTranslation()
  const permissionText = usePermissionText()
  const [name, setName] = useState('')
  const [reach, setReach] = useState<'all' | 'some'>('all')
  const [chosen, setChosen] = useState<string[]>([])
  const [addresses, setAddresses] = useState('')
  const [day, setDay] = useState('')
  const make = useMutation({
    mutationFn: () => {
      const lines = addresses.split(/[\s,]+/).filter(Boolean)
      const expires = endOfDay(day)
      return props.create({
        name: name.trim(),
        ...(reach === 'some' ? { permissions: chosen } : {}),
        ...(lines.length > 0 ? { addresses: lines } : {}),
        ...(expires ? { expires } : {}),
      })
    },
    onSuccess: props.onMade,
  })
  if (make.data) {
    return (
      <Dialog
        open
        sticky
        wide
        onClose={props.onClose}
        title={t('keys.made', { name: make.data.item.name })}
        footer={
          <Button tone="primary" onClick={props.onClose}>
            {t('keys.kept')}
          </Button>
        }
      >
        <div className="stack">
          <ShownOnce label={t('keys.key')} text={make.data.key} />
          <p className="muted">{t('keys.use')}</p>
          <pre className="code-line">{`curl -H "Authorization: Bearer $VEDETTE_KEY" ${location.origin}/api/v1/me`}</pre>
        </div>
      </Dialog>
    )
  }
  return (
    <Dialog open sticky onClose={props.onClose} title={t('keys.new')} description={t('keys.lead')}>
      <Form onSubmit={() => make.mutate()} problem={make.error}>
        <Field name="name" label={t('keys.name')} hint={t('keys.name_hint')}>
          <Input value={name} onValue={setName} required maxLength={300} />
        </Field>
        <Field name="permissions" label={t('keys.reach')}>
          <Select
            value={reach}
            options={[
              { value: 'all', label: t('keys.reach_all') },
              { value: 'some', label: t('keys.reach_some') },
            ]}
            onValue={setReach}
          />
        </Field>
        {reach === 'some' ? (
          <fieldset className="fieldset">
            <legend className="sr-only">{t('keys.reach_some')}</legend>
            <div className="columns">
              {props.permissions.map((each) => (
                <Checkbox
                  key={each}
                  checked={chosen.includes(each)}
                  onChecked={(on) => setChosen(on ? [...chosen, each] : chosen.filter((p) => p !== each))}
                >
                  {permissionText(each)}
                </Checkbox>
              ))}
            </div>
            {chosen.length === 0 ? <Notice>{t('keys.choose_some')}</Notice> : null}
          </fieldset>
        ) : null}
        <Field name="expires" label={<Optional label={t('keys.expires')} />} hint={t('keys.expires_hint')}>
          <Input type="date" value={day} onValue={setDay} min={dayOf(new Date().toISOString())} />
        </Field>
        <Field
          name="addresses"
          label={<Optional label={t('keys.addresses')} />}
          hint={t('keys.addresses_hint')}
        >
          <Textarea className="mono" rows={2} value={addresses} onValue={setAddresses} spellCheck={false} />
        </Field>
        <div className="form-actions">
          <Button onClick={props.onClose}>{t('ui.cancel')}</Button>
          <Button
            type="submit"
            tone="primary"
            busy={make.isPending}
            disabled={reach === 'some' && chosen.length === 0}
          >
            {t('keys.make')}
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}
