import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { exportsKey, FORMATS, type Format, type Selection, type StableExport, tlpOf } from '~/api/exporting'
import { SelectionFields } from '~/shell/exporting/SelectionFields'
import { SelectionPreview } from '~/shell/exporting/SelectionPreview'
import { Button } from '~/ui/Button'
import { saveVersioned } from '~/ui/ConflictDialog'
import { Drawer } from '~/ui/Dialog'
import { dayOf, endOfDay } from '~/ui/days'
import { Field, Form } from '~/ui/Form'
import { Input } from '~/ui/Input'
import { Select } from '~/ui/Select'
import { toast } from '~/ui/Toast'
import { createExport, editExport, exportKey, getExport, type WithToken } from './api'
import { isFormat } from './format'
import { TokenDialog } from './TokenDialog'

/** Makes a stable export, or changes one. */
export function ExportForm(props: {
  item?: StableExport
  /** What a new one begins with. */
  q?: string | undefined
  onClose: () => void
}) {
  const { item, onClose } = props
  const { t } = useTranslation()
  const client = useQueryClient()
  const [name, setName] = useState(item?.name ?? '')
  const [format, setFormat] = useState<Format>(item && isFormat(item.format) ? item.format : 'text')
  const [day, setDay] = useState(dayOf(item?.expires))
  const [selection, setSelection] = useState<Selection>({
    q: item?.query ?? props.q ?? '',
    all: item?.all ?? false,
    tlp: tlpOf(item?.tlp) || 'amber',
  })
  const [made, setMade] = useState<WithToken>()
  const done = () => client.invalidateQueries({ queryKey: exportsKey })
  const save = useMutation({
    mutationFn: async () => {
      const expires = endOfDay(day)
      const body = { name: name.trim(), format, query: selection.q, all: selection.all, tlp: selection.tlp }
      if (!item) return createExport({ ...body, ...(expires ? { expires } : {}) })
      const limit = expires ? { expires } : { never_expires: true }
      await saveVersioned({
        etag: String(item.version),
        write: (version) => editExport(item.id, { ...body, ...limit, version: Number(version) }),
        reload: async () => {
          const now = await getExport(item.id, new AbortController().signal)
          client.setQueryData(exportKey(item.id), now)
          return String(now.version)
        },
      })
      return undefined
    },
    onSuccess: async (answer) => {
      await done()
      if (answer) {
        setMade(answer)
        return
      }
      toast({ title: t('exports.saved'), tone: 'success' })
      onClose()
    },
  })
  if (made) return <TokenDialog made={made} onClose={onClose} />
  return (
    <Drawer open sticky onClose={onClose} title={t(item ? 'exports.edit' : 'exports.new')} width={560}>
      <Form onSubmit={() => save.mutate()} problem={save.error}>
        <Field name="name" label={t('exports.name')}>
          <Input value={name} onValue={setName} required maxLength={300} />
        </Field>
        <Field name="format" label={t('exports.format')} hint={t(`format.${format}_hint`)}>
          <Select
            options={FORMATS.map((each) => ({ value: each, label: t(`format.${each}`) }))}
            value={format}
            onValue={setFormat}
          />
        </Field>
        <SelectionFields value={selection} onValue={setSelection} />
        <Field name="expires" label={t('exports.expires')} hint={t('exports.expires_hint')}>
          <Input type="date" value={day} onValue={setDay} min={dayOf(new Date().toISOString())} />
        </Field>
        <SelectionPreview selection={selection} onLeave={onClose} />
        <div className="form-actions">
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button tone="primary" type="submit" busy={save.isPending}>
            {t(item ? 'ui.save' : 'exports.make')}
          </Button>
        </div>
      </Form>
    </Drawer>
  )
}
