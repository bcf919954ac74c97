import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCursorPages } from '~/api/paging'
import { keysOf } from '~/commands'
import { Badge } from '~/ui/Badge'
import { Button } from '~/ui/Button'
import { Field, Form } from '~/ui/Form'
import { Input } from '~/ui/Input'
import { Add } from '~/ui/icons'
import { Select } from '~/ui/Select'
import { ErrorState, Skeleton } from '~/ui/states'
import { toast } from '~/ui/Toast'
import { RelativeTime } from '~/ui/time'
import { visible } from '~/ui/Value'
import {
  addSighting,
  listSightings,
  observableKey,
  SIGHTING_KINDS,
  type Sighting,
  type SightingKind,
} from './api'

const tones = { seen: 'danger', false_positive: 'success', expired: 'neutral' } as const

/** Who saw the value, when and where; adds one. */
export function Sightings(props: {
  id: string
  write: boolean
  adding: boolean
  onAdd: () => void
  onEnd: () => void
}) {
  const { t } = useTranslation()
  const pages = useCursorPages<Sighting>({
    key: [...observableKey(props.id), 'sightings'],
    fetchPage: (cursor, signal) => listSightings(props.id, cursor, signal),
  })
  return (
    <div className="side-stack">
      {props.adding ? (
        <SightingForm id={props.id} onEnd={props.onEnd} />
      ) : props.write ? (
        <div>
          <Button
            small
            icon={<Add className="icon" />}
            keys={keysOf('observable.sighting') ?? ''}
            onClick={props.onAdd}
          >
            {t('sighting.add')}
          </Button>
        </div>
      ) : null}
      {pages.problem && pages.rows.length === 0 ? (
        <ErrorState problem={pages.problem} onRetry={pages.retry} inset />
      ) : pages.loading ? (
        <Skeleton width={24} />
      ) : pages.rows.length === 0 ? (
        <p className="muted">{t('sighting.none')}</p>
      ) : (
        <ul className="remarks">
          {pages.rows.map((each) => (
            <li key={each.id}>
              <div className="inline">
                <Badge tone={tones[each.kind]}>{t(`sighting.${each.kind}`)}</Badge>
                {each.count > 1 ? <b className="num">× {each.count.toLocaleString()}</b> : null}
                <RelativeTime at={each.seen} absolute />
              </div>
              {each.origin ? <p>{visible(each.origin)}</p> : null}
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

function SightingForm({ id, onEnd }: { id: string; onEnd: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const [kind, setKind] = useState<SightingKind>('seen')
  const [count, setCount] = useState('1')
  const [seen, setSeen] = useState('')
  const [origin, setOrigin] = useState('')
  const add = useMutation({
    mutationFn: () =>
      addSighting(id, {
        kind,
        count: Math.max(1, Math.trunc(Number(count)) || 1),
        ...(seen ? { seen: new Date(seen).toISOString() } : {}),
        ...(origin.trim() ? { origin: origin.trim() } : {}),
      }),
    onSuccess: async () => {
      toast({ title: t('sighting.added'), tone: 'success' })
      onEnd()
      await client.invalidateQueries({ queryKey: observableKey(id) })
    },
  })
  return (
    <Form
      onSubmit={() => add.mutate()}
      problem={add.error}
      className="side-form"
      aria-label={t('sighting.add')}
    >
      <Field name="kind" label={t('sighting.kind')}>
        <Select
          options={SIGHTING_KINDS.map((each) => ({ value: each, label: t(`sighting.${each}`) }))}
          value={kind}
          onValue={setKind}
        />
      </Field>
      <Field name="origin" label={t('sighting.origin')} hint={t('sighting.origin_hint')}>
        <Input value={origin} onValue={setOrigin} maxLength={300} autoFocus />
      </Field>
      <div className="side-pair">
        <Field name="seen" label={t('sighting.when')}>
          <Input type="datetime-local" value={seen} onValue={setSeen} />
        </Field>
        <Field name="count" label={t('sighting.count')}>
          <Input type="number" min={1} value={count} onValue={setCount} />
        </Field>
      </div>
      <div className="form-actions">
        <Button small onClick={onEnd}>
          {t('ui.cancel')}
        </Button>
        <Button small tone="primary" type="submit" busy={add.isPending}>
          {t('ui.save')}
        </Button>
      </div>
    </Form>
  )
}
