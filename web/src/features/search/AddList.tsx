import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCan } from '~/api/session'
import { openExport } from '~/shell/exporting/openExport'
import { TagField } from '~/shell/TagField'
import { Button, buttonClass } from '~/ui/Button'
import { Checkbox } from '~/ui/Checkbox'
import { Dialog } from '~/ui/Dialog'
import { Field, Form } from '~/ui/Form'
import { Input } from '~/ui/Input'
import { Notice } from '~/ui/Notice'
import { Progress } from '~/ui/states'
import { absoluteTime } from '~/ui/time'
import { visible } from '~/ui/Value'
import { type AddedList, addList } from './api'

/** Keeps a list of values as a report, and says what became of each. */
export function AddList({ values, onClose }: { values: readonly string[]; onClose: () => void }) {
  const { t } = useTranslation()
  const can = useCan()
  const client = useQueryClient()
  const [title, setTitle] = useState(t('search.add_title_default', { at: absoluteTime(new Date()) }))
  const [tags, setTags] = useState<string[]>([])
  const [accept, setAccept] = useState(false)
  const [done, setDone] = useState(0)
  const add = useMutation({
    mutationFn: () => addList({ title: title.trim(), tags, accept, values }, setDone),
    onSuccess: async () => {
      await Promise.all(
        ['lookup', 'search', 'reports', 'observables', 'home'].map((key) =>
          client.invalidateQueries({ queryKey: [key] }),
        ),
      )
    },
  })
  const count = { count: values.length, shown: values.length.toLocaleString() }
  return (
    <Dialog open sticky onClose={onClose} title={t('search.add_title', count)}>
      {add.data ? (
        <Added result={add.data} onClose={onClose} />
      ) : (
        <Form onSubmit={() => add.mutate()} problem={add.error}>
          <Field name="title" label={t('search.add_name')} hint={t('search.add_name_hint')}>
            <Input value={title} onValue={setTitle} required maxLength={500} />
          </Field>
          <TagField label={t('search.add_tags')} value={tags} onValue={setTags} />
          {can('intel.review') ? (
            <Checkbox checked={accept} onChecked={setAccept}>
              {t('drop.accept')}
            </Checkbox>
          ) : null}
          {add.isPending ? (
            <Progress label={t('search.adding')} value={done} max={Math.max(1, values.length)} />
          ) : null}
          <div className="form-actions">
            <Button onClick={onClose}>{t('ui.cancel')}</Button>
            <Button tone="primary" type="submit" busy={add.isPending} disabled={values.length === 0}>
              {t('search.add_submit', count)}
            </Button>
          </div>
        </Form>
      )}
    </Dialog>
  )
}

const SHOWN = 50

function Added({ result, onClose }: { result: AddedList; onClose: () => void }) {
  const { t } = useTranslation()
  const { refused } = result
  return (
    <div className="stack">
      <Notice tone="success">
        {t('search.added', { count: result.added, shown: result.added.toLocaleString() })}
        {result.known > 0
          ? ` ${t('search.added_known', { count: result.known, shown: result.known.toLocaleString() })}`
          : ''}
      </Notice>
      {refused.length > 0 ? (
        <Notice tone="warning">
          {t('search.refused', { count: refused.length, shown: refused.length.toLocaleString() })}
          <ul className="refused">
            {refused.slice(0, SHOWN).map((each) => (
              <li key={each.value}>
                <code>{visible(each.value)}</code> {each.message}
              </li>
            ))}
          </ul>
        </Notice>
      ) : null}
      <div className="form-actions">
        <Button onClick={onClose}>{t('ui.close')}</Button>
        <Button
          onClick={() => {
            onClose()
            openExport({ q: `report:${result.report}`, all: true })
          }}
        >
          {t('search.export')}
        </Button>
        <Link
          to="/reports/$id"
          params={{ id: result.report }}
          className={buttonClass('primary')}
          onClick={onClose}
        >
          {t('drop.open')}
        </Link>
      </div>
    </div>
  )
}
