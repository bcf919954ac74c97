import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { TagField } from '~/shell/TagField'
import { Button } from '~/ui/Button'
import { Dialog } from '~/ui/Dialog'
import { Form } from '~/ui/Form'
import type { Report } from '../types'
import { useEditReport } from './queries'

/** The tags of a report; those that stay keep their colour and whether they are local. */
export function TagsDialog({ report, onClose }: { report: Report; onClose: () => void }) {
  const { t } = useTranslation()
  const [names, setNames] = useState(() => report.tags.map((tag) => tag.name))
  const edit = useEditReport(report)
  const submit = () =>
    edit.mutate(
      { tags: names.map((name) => report.tags.find((tag) => tag.name === name) ?? { name }) },
      { onSuccess: (now) => (now ? onClose() : undefined) },
    )
  return (
    <Dialog open sticky onClose={onClose} title={t('reports.edit_tags')}>
      <Form onSubmit={submit} problem={edit.error}>
        <TagField value={names} onValue={setNames} label={t('reports.tags')} />
        <div className="form-actions">
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button type="submit" tone="primary" busy={edit.isPending}>
            {t('ui.save')}
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}
