import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { rejectionReasons, undoActions } from '~/api/intel'
import { Button } from '~/ui/Button'
import { Field, Form } from '~/ui/Form'
import { Input, Textarea } from '~/ui/Input'
import { Undo } from '~/ui/icons'
import { reasonText } from '~/ui/known/reasons'
import { Notice } from '~/ui/Notice'
import { Combobox } from '~/ui/Select'
import { toast, toastProblem } from '~/ui/Toast'
import { RelativeTime } from '~/ui/time'
import { Value } from '~/ui/Value'
import { type Recalled, recallValue } from './api'

/** Takes a value off every export, and tells who has it already. */
export function Recall(props: { value: string | undefined; onValue: (value: string | undefined) => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const [value, setValue] = useState(props.value ?? '')
  const [reason, setReason] = useState<string | null>('benign')
  const [comment, setComment] = useState('')
  useEffect(() => setValue(props.value ?? ''), [props.value])
  const reasons = useQuery({
    queryKey: ['reasons'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => rejectionReasons(signal),
  })
  const recall = useMutation({
    mutationFn: () =>
      recallValue({
        value: value.trim(),
        reason: reason ?? '',
        ...(comment.trim() ? { comment: comment.trim() } : {}),
      }),
    onSuccess: () => {
      props.onValue(value.trim())
      void client.invalidateQueries()
    },
  })
  const undo = async (done: Recalled) => {
    try {
      await undoActions(done.undo)
      recall.reset()
      toast({ title: t('exports.recall_undone'), tone: 'success' })
    } catch (cause) {
      toastProblem(cause)
    }
    await client.invalidateQueries()
  }
  return (
    <div className="asking">
      <p>{t('exports.recall_lead')}</p>
      {recall.data ? (
        <RecallResult
          done={recall.data}
          onUndo={() => void undo(recall.data)}
          onNext={() => {
            recall.reset()
            setComment('')
            props.onValue(undefined)
          }}
        />
      ) : (
        <Form onSubmit={() => recall.mutate()} problem={recall.error}>
          <Field name="value" label={t('exports.recall_value')} hint={t('exports.value_hint')}>
            <Input
              value={value}
              onValue={setValue}
              className="mono"
              required
              spellCheck={false}
              maxLength={16384}
              placeholder={t('exports.value_placeholder')}
            />
          </Field>
          <Field name="reason" label={t('reject.reason')}>
            <Combobox
              options={(reasons.data?.reasons ?? []).map((each) => ({
                value: each,
                label: reasonText(each),
              }))}
              value={reason}
              onValue={setReason}
              aria-label={t('reject.reason')}
            />
          </Field>
          <Field name="comment" label={t('reject.comment')}>
            <Textarea value={comment} onValue={setComment} rows={2} maxLength={20000} />
          </Field>
          <div className="inline">
            <Button
              type="submit"
              tone="danger-solid"
              busy={recall.isPending}
              disabled={!value.trim() || !reason}
            >
              {t('exports.recall_action')}
            </Button>
            <span className="muted">{t('exports.recall_effect')}</span>
          </div>
        </Form>
      )}
    </div>
  )
}

function RecallResult({ done, onUndo, onNext }: { done: Recalled; onUndo: () => void; onNext: () => void }) {
  const { t } = useTranslation()
  const taken = done.exports.some((each) => each.fetches.length > 0)
  return (
    <div className="stack">
      <Notice
        tone="success"
        action={
          done.undo.length > 0 ? (
            <Button small icon={<Undo className="icon" />} onClick={onUndo}>
              {t('ui.undo')}
            </Button>
          ) : undefined
        }
      >
        <Value value={done.value.value} type={done.value.type} wrap />{' '}
        {t('exports.recalled', { count: done.claims })}
      </Notice>
      <h2>{t(taken ? 'exports.recall_tell' : 'exports.recall_nobody')}</h2>
      {done.exports.map((each) => (
        <section className="card" key={each.export.id} aria-label={each.export.name}>
          <header>
            <h3>
              <Link to="/exports/$id" params={{ id: each.export.id }}>
                {each.export.name}
              </Link>
            </h3>
            <span className="muted">{t('exports.recall_fetches', { count: each.fetches.length })}</span>
          </header>
          {each.fetches.length > 0 ? (
            <ul className="why-claims body">
              {each.fetches.map((fetch) => (
                <li key={fetch.id}>
                  <RelativeTime at={fetch.at} absolute />
                  <span>
                    {fetch.who || '–'} <span className="mono muted">{fetch.address}</span>
                  </span>
                </li>
              ))}
            </ul>
          ) : null}
        </section>
      ))}
      <div>
        <Button onClick={onNext}>{t('exports.recall_next')}</Button>
      </div>
    </div>
  )
}
