import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api, type Schema } from '~/api/client'
import { Field } from '~/ui/Form'
import { Optional } from '~/ui/KindFields'
import { Combobox, Select } from '~/ui/Select'

export type Label = Schema<'Label'>

const LEVELS = ['0', '1', '2', '3', '4'] as const
const TLP = ['', 'clear', 'green', 'amber', 'amber+strict', 'red'] as const
const PAP = ['', 'clear', 'green', 'amber', 'red'] as const

/**
 * Who may see something and what they may do with it, in words. `prefix` is the property of the
 * request that holds the label.
 */
export function LabelFields(props: {
  prefix: string
  value: Label
  onValue: (label: Label) => void
  /** Markings are not asked for: of things that are not intelligence. */
  reachOnly?: boolean
}) {
  const { t } = useTranslation()
  const { value, prefix } = props
  const groups = useQuery({
    queryKey: ['sharing-groups', 'all'],
    enabled: value.distribution === 4,
    queryFn: ({ signal }) => api.get('/sharing-groups', { query: { limit: 500 }, signal }),
  })
  const teams = useQuery({
    queryKey: ['teams', 'all'],
    queryFn: ({ signal }) => api.get('/teams', { query: { limit: 500 }, signal }),
  })
  const set = (change: Partial<Label>) => props.onValue({ ...value, ...change })
  const teamOptions = (teams.data?.items ?? []).map((team) => ({ value: team.id, label: team.name }))
  return (
    <>
      <div className="columns">
        <Field name={`${prefix}.distribution`} label={t('label.distribution')}>
          <Select
            value={String(value.distribution)}
            options={LEVELS.map((each) => ({ value: each, label: t(`label.distribution_${each}`) }))}
            onValue={(next) => {
              const { sharing_group: group, ...rest } = value
              const level = Number(next)
              props.onValue({
                ...rest,
                distribution: level,
                ...(level === 4 && group ? { sharing_group: group } : {}),
              })
            }}
          />
        </Field>
        {value.distribution === 4 ? (
          <Field name={`${prefix}.sharing_group`} label={t('label.sharing_group')}>
            <Combobox
              value={value.sharing_group ?? null}
              options={(groups.data?.items ?? []).map((each) => ({ value: each.id, label: each.name }))}
              loading={groups.isFetching}
              aria-label={t('label.sharing_group')}
              onValue={(next) => set({ sharing_group: next ?? '' })}
            />
          </Field>
        ) : null}
        {props.reachOnly ? null : (
          <>
            <Field name={`${prefix}.tlp`} label="TLP">
              <Select
                value={value.tlp ?? ''}
                options={TLP.map((each) => ({
                  value: each,
                  label: each ? `TLP:${each.toUpperCase()}` : t('label.unmarked'),
                }))}
                onValue={(next) => set({ tlp: next })}
              />
            </Field>
            <Field name={`${prefix}.pap`} label="PAP">
              <Select
                value={value.pap ?? ''}
                options={PAP.map((each) => ({
                  value: each,
                  label: each ? `PAP:${each.toUpperCase()}` : t('label.unmarked'),
                }))}
                onValue={(next) => set({ pap: next })}
              />
            </Field>
          </>
        )}
      </div>
      {!props.reachOnly && (teamOptions.length > 0 || value.releasable_to || value.eyes_only) ? (
        <div className="columns">
          <Field
            name={`${prefix}.releasable_to`}
            label={<Optional label={t('label.releasable_to')} />}
            hint={t('label.releasable_hint')}
          >
            <Combobox
              multiple
              value={value.releasable_to ?? []}
              options={teamOptions}
              aria-label={t('label.releasable_to')}
              onValue={(next) => set({ releasable_to: next })}
            />
          </Field>
          <Field
            name={`${prefix}.eyes_only`}
            label={<Optional label={t('label.eyes_only')} />}
            hint={t('label.eyes_hint')}
          >
            <Combobox
              multiple
              value={value.eyes_only ?? []}
              options={teamOptions}
              aria-label={t('label.eyes_only')}
              onValue={(next) => set({ eyes_only: next })}
            />
          </Field>
        </div>
      ) : null}
    </>
  )
}
