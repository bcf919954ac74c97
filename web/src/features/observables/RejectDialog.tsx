import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Decision, type Reach, rejectionReasons } from '~/api/intel'
import { Button } from '~/ui/Button'
import { Dialog } from '~/ui/Dialog'
import { Field, Form } from '~/ui/Form'
import { Input, Textarea } from '~/ui/Input'
import { isComposing } from '~/ui/ime'
import { KeyHint } from '~/ui/KeyHint'
import { reasonText } from '~/ui/known/reasons'
import { preference } from '~/ui/preferences'
import { Select } from '~/ui/Select'

export const REACHES: readonly Reach[] = ['here', 'source', 'everywhere']
const reachPreference = preference<Reach>('vedette.reject.reach', REACHES, 'here')

/** Asks how far a rejection reaches and why. 1, 2, 3 choose the reach while no field has the keys. */
export function RejectDialog(props: {
  /** What is to be rejected, for the title. */
  title: string
  onReject: (decision: Decision) => void
  onClose: () => void
}) {
  const { t } = useTranslation()
  const [reach, setReach] = useState<Reach>(reachPreference.get)
  const [reason, setReason] = useState('not_an_indicator')
  const [comment, setComment] = useState('')
  const [expires, setExpires] = useState('')
  const reasons = useQuery({
    queryKey: ['reasons'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => rejectionReasons(signal),
  })
  const submit = () => {
    reachPreference.set(reach)
    const until = expires ? new Date(`${expires}T23:59:59`) : undefined
    props.onReject({
      state: 'rejected',
      reach,
      reason,
      ...(comment.trim() ? { comment: comment.trim() } : {}),
      ...(until && !Number.isNaN(until.getTime()) ? { expires: until.toISOString() } : {}),
    })
  }
  return (
    <Dialog open onClose={props.onClose} title={props.title}>
      <Form onSubmit={submit}>
        <fieldset
          className="reaches"
          onKeyDown={(event) => {
            const chosen = REACHES[Number(event.key) - 1]
            if (chosen && !isComposing(event)) setReach(chosen)
          }}
        >
          <legend>{t('reject.reach')}</legend>
          {REACHES.map((each, i) => (
            <label key={each} className="choice" data-chosen={each === reach || undefined}>
              <input
                type="radio"
                name="reach"
                value={each}
                checked={each === reach}
                onChange={() => setReach(each)}
              />
              <span>
                {t(`reject.reach_${each}`)} <span className="muted">{t(`reject.reach_${each}_hint`)}</span>
              </span>
              <KeyHint keys={String(i + 1)} />
            </label>
          ))}
        </fieldset>
        <Field name="reason" label={t('reject.reason')}>
          <Select
            options={(reasons.data?.reasons ?? [reason]).map((each) => ({
              value: each,
              label: reasonText(each),
            }))}
            value={reason}
            onValue={setReason}
          />
        </Field>
        <Field name="comment" label={t('reject.comment')}>
          <Textarea value={comment} onValue={setComment} rows={2} maxLength={5000} />
        </Field>
        <Field name="expires" label={t('reject.expires')} hint={t('reject.expires_hint')}>
          <Input type="date" value={expires} onValue={setExpires} />
        </Field>
        <div className="form-actions">
          <Button onClick={props.onClose}>{t('ui.cancel')}</Button>
          <Button tone="danger-solid" type="submit">
            {t('reject.action')}
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}
