import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '~/api/client'
import { suggestTerms } from '~/api/suggest'
import { LANGUAGES } from '~/i18n'
import { Button } from '~/ui/Button'
import { Checkbox } from '~/ui/Checkbox'
import { saveVersioned } from '~/ui/ConflictDialog'
import { Drawer } from '~/ui/Dialog'
import { Field, Form } from '~/ui/Form'
import { Input } from '~/ui/Input'
import { Combobox, Select } from '~/ui/Select'
import { toast } from '~/ui/Toast'
import { useQuestionText } from './QuestionText'
import { useChannels, WATCH_KINDS, type Watch, type WatchKind, WINDOWS, watchesKey } from './queries'

/** Makes a watch, or changes one; a changed question starts anew. */
export function WatchForm({ item, onClose }: { item: Watch | undefined; onClose: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const channels = useChannels().data?.items ?? []
  const [name, setName] = useState(item?.name ?? '')
  const [kind, setKind] = useState<WatchKind>(item?.kind ?? 'value')
  const [query, setQuery] = useState(item?.query ?? '')
  const [chosen, setChosen] = useState<readonly string[]>(item?.channels ?? [])
  const [options, setOptions] = useState(item?.options ?? { window: 300 })
  const known = WINDOWS.some((each) => each === String(options.window))
  const windows = known ? WINDOWS : [...WINDOWS, String(options.window)]
  const asked = useQuestionText(kind, query.trim())
  const save = useMutation({
    mutationFn: async () => {
      const body = { name: name.trim() || asked, kind, query: query.trim(), channels: chosen, options }
      if (!item) return api.post('/watches', { body })
      return saveVersioned({
        etag: String(item.version),
        write: (version) =>
          api.patch('/watches/{id}', { path: { id: item.id }, body: { ...body, version: Number(version) } }),
        reload: async () => String((await api.get('/watches/{id}', { path: { id: item.id } })).version),
      })
    },
    onSuccess: async (saved) => {
      await client.invalidateQueries({ queryKey: watchesKey })
      if (saved) toast({ title: t('watches.saved', { name: saved.name }), tone: 'success' })
      onClose()
    },
  })
  return (
    <Drawer open sticky onClose={onClose} title={item ? item.name : t('watches.new')} width={540}>
      <Form onSubmit={() => save.mutate()} problem={save.error}>
        <Field name="kind" label={t('watches.kind')}>
          <Select
            value={kind}
            options={WATCH_KINDS.map((each) => ({ value: each, label: t(`watches.kind_${each}`) }))}
            onValue={(next) => {
              setKind(next)
              setQuery(next === 'asset' ? 'any' : '')
            }}
          />
        </Field>
        <Question kind={kind} value={query} onValue={setQuery} />
        <Field name="name" label={t('watches.name')} hint={t('watches.name_hint')}>
          <Input value={name} onValue={setName} maxLength={300} placeholder={asked.slice(0, 80)} />
        </Field>
        <Field name="channels" label={t('watches.send_to')} hint={t('watches.send_hint')}>
          <Combobox
            multiple
            value={chosen}
            options={channels.map((each) => ({ value: each.id, label: each.name }))}
            aria-label={t('watches.send_to')}
            onValue={setChosen}
          />
        </Field>
        <div className="columns">
          <Field name="options.window" label={t('watches.window')} hint={t('watches.window_hint')}>
            <Select
              value={String(options.window)}
              options={windows.map((each) => ({
                value: each as string,
                label: WINDOWS.some((w) => w === each)
                  ? t(`watches.window_${each as (typeof WINDOWS)[number]}`)
                  : t('watches.window_s', { count: Number(each) }),
              }))}
              onValue={(next) => setOptions({ ...options, window: Number(next) })}
            />
          </Field>
          <Field name="options.lang" label={t('account.mail_language')}>
            <Select<'' | 'en' | 'zh'>
              value={options.lang ?? ''}
              options={[
                { value: '', label: t('watches.my_language') },
                ...LANGUAGES.map((each) => ({ value: each.id, label: each.name })),
              ]}
              onValue={(lang) => setOptions({ ...options, lang })}
            />
          </Field>
        </div>
        <Checkbox
          checked={options.accepted_only ?? false}
          onChecked={(on) => setOptions({ ...options, accepted_only: on })}
        >
          {t('watches.accepted_only')}
        </Checkbox>
        {kind === 'value' ? (
          <Checkbox
            checked={options.related ?? false}
            onChecked={(on) => setOptions({ ...options, related: on })}
          >
            {t('watches.related')}
          </Checkbox>
        ) : null}
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

/** What is asked: by kind a value, a tag, one of the assets or sources, or a query. */
function Question(props: { kind: WatchKind; value: string; onValue: (value: string) => void }) {
  const { t } = useTranslation()
  const { kind, value, onValue } = props
  const [typed, setTyped] = useState('')
  const chosen = useQuestionText(kind, value)
  const listed = kind === 'asset' || kind === 'source'
  const found = useQuery({
    queryKey: ['watch-choices', kind, typed],
    enabled: listed || kind === 'tag',
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      if (kind === 'tag')
        return (await suggestTerms('tag', typed, signal)).map((each) => ({ value: each, label: each }))
      const query = { q: typed, limit: 50 }
      const list =
        kind === 'asset'
          ? await api.get('/assets', { query, signal })
          : await api.get('/sources', { query, signal })
      return list.items.map((each) => ({ value: each.id, label: each.name }))
    },
  })
  const label = t(`watches.ask_${kind}`)
  if (!listed) {
    return (
      <Field name="query" label={label} hint={t(`watches.hint_${kind}`)}>
        <Input
          className="mono"
          value={value}
          onValue={onValue}
          required
          maxLength={16384}
          spellCheck={false}
        />
      </Field>
    )
  }
  const options = [
    ...(kind === 'asset' ? [{ value: 'any', label: t('watches.any_asset') }] : []),
    ...(found.data ?? []),
  ]
  // The chosen one may not be among the first that were found.
  if (value && !options.some((each) => each.value === value)) options.push({ value, label: chosen })
  return (
    <Field name="query" label={label}>
      <Combobox
        value={value || null}
        options={options}
        loading={found.isFetching}
        onSearch={setTyped}
        aria-label={label}
        onValue={(next) => onValue(next ?? '')}
      />
    </Field>
  )
}
