import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '~/ui/Button'
import { Drawer } from '~/ui/Dialog'
import { Field, Form } from '~/ui/Form'
import { Input, Textarea } from '~/ui/Input'
import type { ReportEdit } from '../api'
import { fromLocal, toLocal } from '../dates'
import type { Report } from '../types'
import { useEditReport } from './queries'

interface Values {
  title: string
  summary: string
  publisher: string
  url: string
  lang: string
  published: string
  observed: string
}

const valuesOf = (report: Report): Values => ({
  title: report.title,
  summary: report.summary ?? '',
  publisher: report.publisher,
  url: report.url ?? '',
  lang: report.lang ?? '',
  published: toLocal(report.published),
  observed: toLocal(report.observed),
})

/** Only what was changed. */
export function reportChanges(report: Report, values: Values): ReportEdit {
  const before = valuesOf(report)
  const edit: ReportEdit = {}
  for (const name of ['title', 'summary', 'publisher', 'url', 'lang'] as const) {
    if (values[name] !== before[name]) edit[name] = values[name]
  }
  for (const name of ['published', 'observed'] as const) {
    const at = fromLocal(values[name])
    if (at && values[name] !== before[name]) edit[name] = at
  }
  return edit
}

/** What a report says of itself: title, publisher, dates. */
export function EditReport({ report, onClose }: { report: Report; onClose: () => void }) {
  const { t } = useTranslation()
  const [values, setValues] = useState(() => valuesOf(report))
  const edit = useEditReport(report)
  const set = (name: keyof Values) => (value: string) => setValues((before) => ({ ...before, [name]: value }))
  const submit = () => {
    const changes = reportChanges(report, values)
    if (Object.keys(changes).length === 0) onClose()
    else edit.mutate(changes, { onSuccess: (now) => (now ? onClose() : undefined) })
  }
  return (
    <Drawer open sticky onClose={onClose} title={t('reports.edit')}>
      <Form onSubmit={submit} problem={edit.error}>
        <Field name="title" label={t('reports.title')}>
          <Textarea rows={2} value={values.title} onValue={set('title')} maxLength={500} required />
        </Field>
        <Field name="publisher" label={t('reports.publisher')} hint={t('reports.publisher_hint')}>
          <Input value={values.publisher} onValue={set('publisher')} maxLength={300} />
        </Field>
        <div className="two">
          <Field name="published" label={t('dates.published')}>
            <Input type="datetime-local" value={values.published} onValue={set('published')} />
          </Field>
          <Field name="observed" label={t('dates.observed')}>
            <Input type="datetime-local" value={values.observed} onValue={set('observed')} />
          </Field>
          <Field name="lang" label={t('reports.lang')}>
            <Input value={values.lang} onValue={set('lang')} maxLength={20} placeholder="en, zh" />
          </Field>
        </div>
        <Field name="url" label={t('reports.url')}>
          <Input value={values.url} onValue={set('url')} maxLength={4000} spellCheck={false} />
        </Field>
        <Field name="summary" label={t('reports.summary')}>
          <Textarea rows={7} value={values.summary} onValue={set('summary')} maxLength={20000} />
        </Field>
        <div className="form-actions">
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button type="submit" tone="primary" busy={edit.isPending}>
            {t('ui.save')}
          </Button>
        </div>
      </Form>
    </Drawer>
  )
}
