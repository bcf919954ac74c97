import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '~/api/client'
import { TagField } from '~/shell/TagField'
import { Button } from '~/ui/Button'
import { saveVersioned } from '~/ui/ConflictDialog'
import { Drawer } from '~/ui/Dialog'
import { Field, Form } from '~/ui/Form'
import { Input, Textarea } from '~/ui/Input'
import { Optional } from '~/ui/KindFields'
import { Select } from '~/ui/Select'
import { toast } from '~/ui/Toast'
import { Value } from '~/ui/Value'
import { type Asset, assetsKey } from './Assets'
import { KINDS, type Kind, LEVELS, typeOfAsset } from './kinds'

/** Adds an asset, or changes what is said of one; kind and value are its identity. */
export function AssetForm({ item, onClose }: { item: Asset | undefined; onClose: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const [value, setValue] = useState('')
  const [kind, setKind] = useState<Kind | ''>('')
  const [name, setName] = useState(item?.name ?? '')
  const [criticality, setCriticality] = useState<string>(String(item?.criticality ?? 0))
  const [tags, setTags] = useState<readonly string[]>(item?.tags ?? [])
  const [comment, setComment] = useState(item?.comment ?? '')
  const save = useMutation({
    mutationFn: async () => {
      const body = { name: name.trim(), criticality: Number(criticality), tags, comment }
      if (!item)
        return api.post('/assets', { body: { ...body, value: value.trim(), ...(kind ? { kind } : {}) } })
      return saveVersioned({
        etag: String(item.version),
        write: (version) =>
          api.patch('/assets/{id}', { path: { id: item.id }, body: { ...body, version: Number(version) } }),
        reload: async () => String((await api.get('/assets/{id}', { path: { id: item.id } })).version),
      })
    },
    onSuccess: async (saved) => {
      await client.invalidateQueries({ queryKey: assetsKey })
      if (saved)
        toast({ title: t(item ? 'assets.saved' : 'assets.added', { name: saved.name }), tone: 'success' })
      onClose()
    },
  })
  return (
    <Drawer open sticky onClose={onClose} title={item ? item.name : t('assets.new')} width={520}>
      <Form onSubmit={() => save.mutate()} problem={save.error}>
        {item ? (
          <dl className="facts">
            <dt>{t('assets.kind')}</dt>
            <dd>{t(`assets.kind_${item.kind}`)}</dd>
            <dt>{t('assets.value')}</dt>
            <dd>
              {typeOfAsset(item) ? <Value wrap value={item.value} type={typeOfAsset(item)} /> : item.value}
            </dd>
          </dl>
        ) : (
          <>
            <Field name="value" label={t('assets.value')} hint={t('assets.value_hint')}>
              <Input value={value} onValue={setValue} required maxLength={2000} spellCheck={false} />
            </Field>
            <Field name="kind" label={t('assets.kind')}>
              <Select<Kind | ''>
                value={kind}
                options={[
                  { value: '', label: t('assets.kind_auto') },
                  ...KINDS.map((each) => ({ value: each, label: t(`assets.kind_${each}`) })),
                ]}
                onValue={setKind}
              />
            </Field>
          </>
        )}
        <Field name="name" label={<Optional label={t('assets.name')} />} hint={t('assets.name_hint')}>
          <Input value={name} onValue={setName} maxLength={300} />
        </Field>
        <Field name="criticality" label={t('assets.criticality')}>
          <Select
            value={criticality}
            options={LEVELS.map((each) => ({ value: each as string, label: t(`assets.level_${each}`) }))}
            onValue={setCriticality}
          />
        </Field>
        <TagField label={t('assets.tags')} value={tags} onValue={setTags} />
        <Field name="comment" label={<Optional label={t('assets.comment')} />}>
          <Textarea value={comment} onValue={setComment} rows={3} maxLength={20000} />
        </Field>
        <div className="form-actions">
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button type="submit" tone="primary" busy={save.isPending}>
            {t('ui.save')}
          </Button>
        </div>
      </Form>
    </Drawer>
  )
}
