import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '~/api/client'
import { Problem } from '~/api/problem'
import { Button } from '~/ui/Button'
import { saveVersioned } from '~/ui/ConflictDialog'
import { Drawer } from '~/ui/Dialog'
import { Field, Form } from '~/ui/Form'
import { Input } from '~/ui/Input'
import { cleanConfig, cleanSecrets, type KindConfig, KindFields, useTextOf } from '~/ui/KindFields'
import { Notice } from '~/ui/Notice'
import { problemText } from '~/ui/problemText'
import { Select } from '~/ui/Select'
import { Skeleton } from '~/ui/states'
import { toast } from '~/ui/Toast'
import { type Channel, channelsKey, useChannelKinds } from './queries'

/** Makes a channel from what its kind needs, or changes one, and tries it out. */
export function ChannelForm({ item, onClose }: { item: Channel | undefined; onClose: () => void }) {
  const { t, i18n } = useTranslation()
  const textOf = useTextOf()
  const client = useQueryClient()
  const kinds = useChannelKinds().data?.items
  const [kind, setKind] = useState(item?.kind)
  const [name, setName] = useState(item?.name ?? '')
  const [config, setConfig] = useState<KindConfig>((item?.config as KindConfig | undefined) ?? {})
  const [secrets, setSecrets] = useState<Record<string, string>>({})
  const [perHour, setPerHour] = useState(String(item?.per_hour ?? ''))
  const chosen = kinds?.find((each) => each.name === (kind ?? kinds[0]?.name))
  const refresh = () => client.invalidateQueries({ queryKey: channelsKey })
  const save = useMutation({
    mutationFn: async (test: boolean): Promise<Channel | undefined> => {
      if (!chosen) return undefined
      const typed = cleanSecrets(secrets)
      const body = {
        name: name.trim(),
        config: cleanConfig(chosen.fields, config),
        ...(typed ? { secrets: typed } : {}),
        ...(perHour.trim() ? { per_hour: Number(perHour) } : {}),
      }
      const saved = item
        ? await saveVersioned({
            etag: String(item.version),
            write: (version) =>
              api.patch('/channels/{id}', {
                path: { id: item.id },
                body: { ...body, version: Number(version) },
              }),
            reload: async () => String((await api.get('/channels/{id}', { path: { id: item.id } })).version),
          })
        : await api.post('/channels', { body: { ...body, kind: chosen.name } })
      await refresh()
      if (!saved) return undefined
      if (test) {
        try {
          const lang = i18n.language === 'zh' ? 'zh' : 'en'
          await api.post('/channels/{id}/test', { path: { id: saved.id }, query: { lang } })
          toast({ title: t('channels.tested', { name: saved.name }), tone: 'success' })
        } catch (cause) {
          // It is saved all the same: the list says so, and it can be changed there.
          toast({
            title: t('channels.saved_untested', { name: saved.name }),
            detail: problemText(Problem.from(cause)),
            tone: 'error',
          })
        }
        await refresh()
      } else {
        toast({ title: t('channels.saved', { name: saved.name }), tone: 'success' })
      }
      return saved
    },
    onSuccess: (saved) => {
      if (saved) onClose()
    },
  })
  return (
    <Drawer open sticky onClose={onClose} title={item ? item.name : t('channels.new')} width={540}>
      {!kinds || !chosen ? (
        <Skeleton width={40} />
      ) : (
        <Form onSubmit={() => save.mutate(false)} problem={save.error}>
          {item ? null : (
            <Field name="kind" label={t('channels.kind')} hint={textOf(chosen.help) || undefined}>
              <Select
                value={chosen.name}
                options={kinds.map((each) => ({ value: each.name, label: textOf(each.label) || each.name }))}
                onValue={(next) => {
                  setKind(next)
                  setConfig({})
                  setSecrets({})
                }}
              />
            </Field>
          )}
          <Field name="name" label={t('channels.name')}>
            <Input value={name} onValue={setName} required maxLength={300} />
          </Field>
          <KindFields
            fields={chosen.fields}
            config={config}
            onConfig={setConfig}
            secrets={secrets}
            onSecrets={setSecrets}
            secretsSet={item?.secrets_set ?? []}
          />
          <Field name="per_hour" label={t('channels.per_hour')} hint={t('channels.per_hour_hint')}>
            <Input
              inputMode="numeric"
              className="num"
              value={perHour}
              onValue={setPerHour}
              placeholder="30"
              pattern="[0-9]*"
            />
          </Field>
          {item?.last_error ? <Notice tone="danger">{item.last_error}</Notice> : null}
          <div className="form-actions">
            <Button onClick={onClose}>{t('ui.cancel')}</Button>
            <Button
              busy={save.isPending && save.variables}
              disabled={!name.trim()}
              onClick={() => save.mutate(true)}
            >
              {t('channels.save_test')}
            </Button>
            <Button type="submit" tone="primary" busy={save.isPending && !save.variables}>
              {t('ui.save')}
            </Button>
          </div>
        </Form>
      )}
    </Drawer>
  )
}
