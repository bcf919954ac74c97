import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '~/ui/Button'
import { Dialog } from '~/ui/Dialog'
import { Field, Form } from '~/ui/Form'
import { Input } from '~/ui/Input'
import { Select } from '~/ui/Select'
import { reasonText } from '../reasonText'
import type { Reach } from '../types'
import { DAYS, lastRejection, REASONS, type Rejection } from './rejection'

const REACHES: readonly Reach[] = ['here', 'source', 'everywhere']
const OTHER = 'other'

/** Asks how far a rejection goes, why, and until when; what was chosen last stands there already. */
export function RejectDialog(props: {
  /** What is rejected, in words. */
  what: string
  source: string
  reach: Reach | undefined
  onReject: (rejection: Rejection) => void
  onClose: () => void
}) {
  const { t } = useTranslation()
  const [value, setValue] = useState<Rejection>(() => {
    const last = lastRejection()
    return props.reach ? { ...last, reach: props.reach } : last
  })
  const known = REASONS.some((reason) => reason === value.reason)
  const set = (part: Partial<Rejection>) => setValue((before) => ({ ...before, ...part }))
  return (
    <Dialog open onClose={props.onClose} title={t('review.reject_title', { what: props.what })} sticky>
      <Form
        onSubmit={() => {
          if (value.reason.trim()) props.onReject({ ...value, reason: value.reason.trim() })
        }}
      >
        <fieldset className="reach">
          <legend className="label">{t('review.reach')}</legend>
          {REACHES.map((reach, i) => (
            <label key={reach} className="reach-choice" data-on={value.reach === reach || undefined}>
              <input
                type="radio"
                name="reach"
                value={reach}
                checked={value.reach === reach}
                onChange={() => set({ reach })}
              />
              <span>
                <b>
                  {i + 1} · {t(`review.reach_${reach}`)}
                </b>
                <span className="muted">{t(`review.reach_${reach}_hint`, { source: props.source })}</span>
              </span>
            </label>
          ))}
        </fieldset>
        <div className="two">
          <Field name="reason" label={t('review.reason')}>
            <Select
              value={known ? value.reason : OTHER}
              onValue={(reason) => set({ reason: reason === OTHER ? '' : reason })}
              options={[
                ...REASONS.map((reason) => ({ value: reason as string, label: reasonText(t, reason) })),
                { value: OTHER, label: t('review.reason_own_words') },
              ]}
            />
          </Field>
          <Field name="expires" label={t('review.until')}>
            <Select
              value={String(value.days)}
              onValue={(days) => set({ days: Number(days) })}
              options={DAYS.map((days) => ({
                value: String(days),
                label: days === 0 ? t('review.until_ever') : t('review.until_days', { count: days }),
              }))}
            />
          </Field>
        </div>
        {known ? null : (
          <Field name="reason_text" label={t('review.reason_own_words')}>
            <Input value={value.reason} onValue={(reason) => set({ reason })} maxLength={200} required />
          </Field>
        )}
        <Field name="comment" label={t('review.comment')}>
          <Input value={value.comment} onValue={(comment) => set({ comment })} maxLength={5000} />
        </Field>
        <div className="form-actions">
          <Button onClick={props.onClose}>{t('ui.cancel')}</Button>
          <Button type="submit" tone="danger-solid" keys="Enter" autoFocus>
            {t('review.reject')}
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}
