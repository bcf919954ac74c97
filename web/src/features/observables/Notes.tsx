import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCursorPages } from '~/api/paging'
import { keysOf } from '~/commands'
import { Button } from '~/ui/Button'
import { Field, Form } from '~/ui/Form'
import { Textarea } from '~/ui/Input'
import { Add } from '~/ui/icons'
import { ErrorState, Skeleton } from '~/ui/states'
import { toast } from '~/ui/Toast'
import { RelativeTime } from '~/ui/time'
import { visible } from '~/ui/Value'
import { addNote, listNotes, type Note, observableKey } from './api'

/** What people wrote about the value; plain text, seen by the own organisation alone. */
export function Notes(props: {
  id: string
  write: boolean
  adding: boolean
  onAdd: () => void
  onEnd: () => void
}) {
  const { t } = useTranslation()
  const pages = useCursorPages<Note>({
    key: [...observableKey(props.id), 'notes'],
    fetchPage: (cursor, signal) => listNotes(props.id, cursor, signal),
  })
  return (
    <div className="side-stack">
      {props.adding ? (
        <NoteForm id={props.id} onEnd={props.onEnd} />
      ) : props.write ? (
        <div>
          <Button
            small
            icon={<Add className="icon" />}
            keys={keysOf('observable.note') ?? ''}
            onClick={props.onAdd}
          >
            {t('notes.add')}
          </Button>
        </div>
      ) : null}
      {pages.problem && pages.rows.length === 0 ? (
        <ErrorState problem={pages.problem} onRetry={pages.retry} inset />
      ) : pages.loading ? (
        <Skeleton width={24} />
      ) : pages.rows.length === 0 ? (
        <p className="muted">{t('notes.none')}</p>
      ) : (
        <ul className="remarks">
          {pages.rows.map((each) => (
            <li key={each.id}>
              <p className="body">{each.body.split('\n').map(visible).join('\n')}</p>
              <p className="muted">
                {each.by} · <RelativeTime at={each.created} />
              </p>
            </li>
          ))}
        </ul>
      )}
      {pages.hasMore ? (
        <Button small tone="quiet" busy={pages.loadingMore} onClick={pages.loadMore}>
          {t('observables.more')}
        </Button>
      ) : null}
    </div>
  )
}

function NoteForm({ id, onEnd }: { id: string; onEnd: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const [body, setBody] = useState('')
  const add = useMutation({
    mutationFn: () => addNote(id, body.trim()),
    onSuccess: async () => {
      toast({ title: t('notes.added'), tone: 'success' })
      onEnd()
      await client.invalidateQueries({ queryKey: observableKey(id) })
    },
  })
  return (
    <Form onSubmit={() => add.mutate()} problem={add.error} className="side-form" aria-label={t('notes.add')}>
      <Field name="body" label={t('notes.body')} hint={t('notes.hint')}>
        <Textarea value={body} onValue={setBody} rows={5} required maxLength={65536} autoFocus />
      </Field>
      <div className="form-actions">
        <Button small onClick={onEnd}>
          {t('ui.cancel')}
        </Button>
        <Button small tone="primary" type="submit" busy={add.isPending} disabled={!body.trim()}>
          {t('ui.save')}
        </Button>
      </div>
    </Form>
  )
}
