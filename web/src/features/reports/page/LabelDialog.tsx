import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Page } from '~/api/paging'
import { TlpBadge } from '~/ui/Badge'
import { Button } from '~/ui/Button'
import { Dialog } from '~/ui/Dialog'
import { Field, Form } from '~/ui/Form'
import { Notice } from '~/ui/Notice'
import { Combobox, Select } from '~/ui/Select'
import { call } from '../api'
import type { Label, Pap, Report, Tlp } from '../types'
import { useEditReport } from './queries'

interface Named {
  id: string
  name: string
}

const NONE: readonly Named[] = []
const TLPS: readonly Tlp[] = ['clear', 'green', 'amber', 'amber+strict', 'red']
const PAPS: readonly Pap[] = ['clear', 'green', 'amber', 'red']
const LEVELS = [0, 1, 2, 3, 4] as const
const UNMARKED = 'unmarked'

function useNamed(path: '/teams' | '/sharing-groups', enabled = true): readonly Named[] {
  const found = useQuery({
    queryKey: ['named', path],
    enabled,
    staleTime: 5 * 60_000,
    queryFn: ({ signal }) => call.get<Page<Named>>(path, { signal }),
  })
  return found.data?.items ?? NONE
}

/** Who may see a report and what may leave of it, in words. */
export function LabelDialog({ report, onClose }: { report: Report; onClose: () => void }) {
  const { t } = useTranslation()
  const [label, setLabel] = useState<Label>(report.label)
  const groups = useNamed('/sharing-groups')
  const teams = useNamed('/teams')
  const edit = useEditReport(report)
  const set = (part: Partial<Label>) => setLabel((before) => ({ ...before, ...part }))
  const submit = () =>
    edit.mutate({ label: cleanLabel(label) }, { onSuccess: (now) => (now ? onClose() : undefined) })
  const teamOptions = teams.map((team) => ({ value: team.id, label: team.name }))
  return (
    <Dialog open sticky onClose={onClose} title={t('marking.title')} description={t('marking.lead')}>
      <Form onSubmit={submit} problem={edit.error}>
        <fieldset className="reach">
          <legend className="label">TLP</legend>
          {[UNMARKED as typeof UNMARKED, ...TLPS].map((level) => (
            <label
              key={level}
              className="reach-choice"
              data-on={(label.tlp || UNMARKED) === level || undefined}
            >
              <input
                type="radio"
                name="tlp"
                value={level}
                checked={(label.tlp || UNMARKED) === level}
                onChange={() => set({ tlp: level === UNMARKED ? '' : level })}
              />
              <span>
                {level === UNMARKED ? <b>{t('marking.tlp_none')}</b> : <TlpBadge level={level} full />}
                <span className="muted">{t(`marking.tlp_${level.replace('+', '_') as 'clear'}_hint`)}</span>
              </span>
            </label>
          ))}
        </fieldset>
        <Field name="pap" label="PAP" hint={t(`marking.pap_${label.pap || 'none'}_hint`)}>
          <Select
            value={label.pap || UNMARKED}
            onValue={(pap) => set({ pap: pap === UNMARKED ? '' : (pap as Pap) })}
            options={[
              { value: UNMARKED, label: t('marking.tlp_none') },
              ...PAPS.map((pap) => ({ value: pap as string, label: `PAP:${pap.toUpperCase()}` })),
            ]}
          />
        </Field>
        <Field
          name="distribution"
          label={t('marking.distribution')}
          hint={t(`marking.distribution_${label.distribution as 0}_hint`)}
        >
          <Select
            value={String(label.distribution)}
            onValue={(level) => set({ distribution: Number(level) })}
            options={LEVELS.filter((level) => level !== 4 || groups.length > 0).map((level) => ({
              value: String(level),
              label: t(`marking.distribution_${level}`),
            }))}
          />
        </Field>
        {label.distribution === 4 ? (
          <Field name="sharing_group" label={t('marking.sharing_group')}>
            <Select
              value={label.sharing_group ?? null}
              onValue={(group) => set({ sharing_group: group })}
              placeholder={t('marking.choose')}
              options={groups.map((group) => ({ value: group.id, label: group.name }))}
            />
          </Field>
        ) : null}
        {teams.length > 0 ? (
          <>
            <Field name="eyes_only" label={t('marking.eyes_only')} hint={t('marking.eyes_only_hint')}>
              <Combobox
                multiple
                options={teamOptions}
                value={label.eyes_only ?? []}
                onValue={(list) => set({ eyes_only: list })}
                aria-label={t('marking.eyes_only')}
              />
            </Field>
            <Field name="releasable_to" label={t('marking.releasable')} hint={t('marking.releasable_hint')}>
              <Combobox
                multiple
                options={teamOptions}
                value={label.releasable_to ?? []}
                onValue={(list) => set({ releasable_to: list })}
                aria-label={t('marking.releasable')}
              />
            </Field>
          </>
        ) : null}
        {widens(report.label, label) ? <Notice tone="warning">{t('marking.widens')}</Notice> : null}
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

/** A label without what does not go with its level. */
export function cleanLabel(label: Label): Label {
  const { sharing_group, tlp, pap, ...rest } = label
  return {
    ...rest,
    ...(tlp ? { tlp } : {}),
    ...(pap ? { pap } : {}),
    ...(label.distribution === 4 && sharing_group ? { sharing_group } : {}),
  }
}

/** Whether more people would see it than before, or more of it may leave. */
export function widens(before: Label, after: Label): boolean {
  const tlp = (label: Label) => (label.tlp ? TLPS.indexOf(label.tlp) : TLPS.length)
  const reach = (label: Label) => (label.distribution === 4 ? 0.5 : label.distribution)
  const dropped = (a: readonly string[] = [], b: readonly string[] = []) => a.length > 0 && b.length === 0
  return (
    tlp(after) < tlp(before) ||
    reach(after) > reach(before) ||
    dropped(before.eyes_only, after.eyes_only) ||
    dropped(before.releasable_to, after.releasable_to)
  )
}
