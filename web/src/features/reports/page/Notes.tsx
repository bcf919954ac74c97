import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCursorPages } from '~/api/paging'
import { useCan } from '~/api/session'
import { Badge } from '~/ui/Badge'
import { Button } from '~/ui/Button'
import { Field, Form } from '~/ui/Form'
import { Textarea } from '~/ui/Input'
import { useSubmitOnEnter } from '~/ui/ime'
import { EmptyState, ErrorState } from '~/ui/states'
import { RelativeTime } from '~/ui/time'
import { visible } from '~/ui/Value'
import { call } from '../api'
import type { Report } from '../types'

interface Note {
  id: string
  kind: 'note' | 'opinion'
  body: string
  by: string
  created: string
}

/** What people have written about a report, newest first. */
export function Notes({ report }: { report: Report }) {
  const { t } = useTranslation()
  const can = useCan()
  const client = useQueryClient()
  const [body, setBody] = useState('')
  const pages = useCursorPages<Note>({
    key: ['notes', report.id],
    fetchPage: (cursor, signal) =>
      call.get('/reports/{id}/notes', { path: { id: report.id }, query: { cursor, limit: 50 }, signal }),
  })
  const add = useMutation({
    mutationFn: () =>
      call.post<Note>('/reports/{id}/notes', { path: { id: report.id }, body: { body: body.trim() } }),
    onSuccess: () => {
      setBody('')
      void client.invalidateQueries({ queryKey: ['notes', report.id] })
    },
  })
  const submit = () => {
    if (body.trim() && !add.isPending) add.mutate()
  }
  const onKeyDown = useSubmitOnEnter(submit, { mod: true })
  if (pages.problem && pages.rows.length === 0) {
    return <ErrorState problem={pages.problem} onRetry={pages.retry} />
  }
  return (
    <div className="tab-scroll">
      <div className="reading stack">
        {can('intel.write') && !report.deleted ? (
          <Form onSubmit={submit} problem={add.error}>
            <Field name="body" label={t('reports.note_new')} hint={t('reports.note_hint')}>
              <Textarea rows={3} value={body} onValue={setBody} onKeyDown={onKeyDown} maxLength={65536} />
            </Field>
            <div className="form-actions">
              <Button
                type="submit"
                tone="primary"
                keys="Mod+Enter"
                busy={add.isPending}
                disabled={!body.trim()}
              >
                {t('reports.note_add')}
              </Button>
            </div>
          </Form>
        ) : null}
        {!pages.loading && pages.rows.length === 0 ? (
          <EmptyState title={t('reports.no_notes')}>{t('reports.no_notes_hint')}</EmptyState>
        ) : null}
        <ul className="notes">
          {pages.rows.map((note) => (
            <li key={note.id} className="card">
              <header>
                <span>
                  <b>{note.by}</b> {note.kind === 'opinion' ? <Badge>{t('reports.opinion')}</Badge> : null}
                </span>
                <RelativeTime at={note.created} />
              </header>
              <p className="body note-body">{shownText(note.body)}</p>
            </li>
          ))}
        </ul>
        {pages.hasMore ? (
          <Button onClick={pages.loadMore} busy={pages.loadingMore}>
            {t('reports.more_rows')}
          </Button>
        ) : null}
      </div>
    </div>
  )
}

/** Plain text with its lines, hidden characters made visible. */
function shownText(text: string): string {
  return text.split('\n').map(visible).join('\n')
}
