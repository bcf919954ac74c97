import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '~/ui/Button'
import { Checkbox } from '~/ui/Checkbox'
import { saveVersioned } from '~/ui/ConflictDialog'
import { Drawer } from '~/ui/Dialog'
import { Field, Form } from '~/ui/Form'
import { Input, Textarea } from '~/ui/Input'
import { type ClaimEdit, editClaim, getClaim } from '../api'
import { fromLocal, toLocal } from '../dates'
import type { Claim } from '../types'
import { TypeField } from './TypeField'

/** Changes one claim beside the list it came from. Only what was changed is sent. */
export function EditClaim(props: {
  claim: Claim
  onClose: () => void
  onSaved: (claim: Claim, undo: readonly string[]) => void
}) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const [read, setRead] = useState(props.claim)
  const [values, setValues] = useState(() => valuesOf(props.claim))
  const set = (part: Partial<Values>) => setValues((before) => ({ ...before, ...part }))
  const save = useMutation({
    mutationFn: () =>
      saveVersioned({
        etag: String(read.version),
        write: (etag) => editClaim(read.id, Number(etag), changes(valuesOf(read), values)),
        reload: async () => {
          const now = await getClaim(read.id)
          client.setQueryData(['claim', now.id], now)
          setRead(now)
          setValues(valuesOf(now))
          return String(now.version)
        },
      }),
    onSuccess: (done) => {
      if (done) props.onSaved(done.claim, done.undo)
    },
  })
  return (
    <Drawer open onClose={props.onClose} title={t('review.edit_title')} sticky>
      <Form onSubmit={() => save.mutate()} problem={save.error}>
        <Field name="value" label={t('review.value')} hint={t('review.value_hint')}>
          <Textarea
            className="mono"
            rows={2}
            value={values.value}
            onValue={(value) => set({ value })}
            spellCheck={false}
            required
          />
        </Field>
        <TypeField value={values.type} onValue={(type) => set({ type })} />
        <Checkbox checked={values.toIds} onChecked={(toIds) => set({ toIds })}>
          {t('review.to_ids_long')}
        </Checkbox>
        <div className="two">
          <Field name="category" label={t('review.category')}>
            <Input value={values.category} onValue={(category) => set({ category })} maxLength={200} />
          </Field>
          <Field name="confidence" label={t('review.confidence')}>
            <Input
              type="number"
              min={0}
              max={100}
              value={values.confidence}
              onValue={(confidence) => set({ confidence })}
            />
          </Field>
          <Field name="first_seen" label={t('review.first_seen')}>
            <Input
              type="datetime-local"
              value={values.firstSeen}
              onValue={(firstSeen) => set({ firstSeen })}
            />
          </Field>
          <Field name="last_seen" label={t('review.last_seen')}>
            <Input type="datetime-local" value={values.lastSeen} onValue={(lastSeen) => set({ lastSeen })} />
          </Field>
          <Field name="expires" label={t('review.expires')}>
            <Input type="datetime-local" value={values.expires} onValue={(expires) => set({ expires })} />
          </Field>
        </div>
        <Field name="comment" label={t('review.comment')}>
          <Textarea
            rows={3}
            value={values.comment}
            onValue={(comment) => set({ comment })}
            maxLength={20000}
          />
        </Field>
        <div className="form-actions">
          <Button onClick={props.onClose}>{t('ui.cancel')}</Button>
          <Button type="submit" tone="primary" busy={save.isPending}>
            {t('ui.save')}
          </Button>
        </div>
      </Form>
    </Drawer>
  )
}

export interface Values {
  value: string
  type: string
  category: string
  comment: string
  confidence: string
  toIds: boolean
  firstSeen: string
  lastSeen: string
  expires: string
}

export function valuesOf(claim: Claim): Values {
  return {
    value: claim.stated,
    type: claim.type,
    category: claim.category ?? '',
    comment: claim.comment ?? '',
    confidence: String(claim.confidence),
    toIds: claim.to_ids,
    firstSeen: toLocal(claim.first_seen),
    lastSeen: toLocal(claim.last_seen),
    expires: toLocal(claim.expires),
  }
}

/** What differs, in the API's words. A time that was emptied cannot be sent and stays. */
export function changes(before: Values, after: Values): ClaimEdit {
  const edit: ClaimEdit = {}
  if (after.value !== before.value) edit.value = after.value
  if (after.type !== before.type) edit.type = after.type
  if (after.category !== before.category) edit.category = after.category
  if (after.comment !== before.comment) edit.comment = after.comment
  if (after.toIds !== before.toIds) edit.to_ids = after.toIds
  const confidence = Number.parseInt(after.confidence, 10)
  if (after.confidence !== before.confidence && confidence >= 0) edit.confidence = confidence
  const firstSeen = fromLocal(after.firstSeen)
  if (firstSeen && after.firstSeen !== before.firstSeen) edit.first_seen = firstSeen
  const lastSeen = fromLocal(after.lastSeen)
  if (lastSeen && after.lastSeen !== before.lastSeen) edit.last_seen = lastSeen
  const expires = fromLocal(after.expires)
  if (expires && after.expires !== before.expires) edit.expires = expires
  return edit
}
