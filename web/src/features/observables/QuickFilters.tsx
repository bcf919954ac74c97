import { useTranslation } from 'react-i18next'
import { Button } from '~/ui/Button'
import { Check, Filter } from '~/ui/icons'
import { Menu } from '~/ui/Menu'
import { termOf, withTerm } from '~/ui/query/terms'

const TYPES = ['domain', 'ip', 'url', 'hash', 'email', 'file:name', 'cve'] as const
const STATES = ['proposed', 'accepted', 'rejected'] as const
const SCORES = ['>=80', '>=50', '>=20'] as const
const FLAGS = [
  { field: 'own', value: 'yes', text: 'observables.quick_own_yes' },
  { field: 'listed', value: 'yes', text: 'observables.quick_listed_yes' },
  { field: 'listed', value: 'no', text: 'observables.quick_listed_no' },
  { field: 'expired', value: 'no', text: 'observables.quick_expired_no' },
  { field: 'publishers', value: '>=2', text: 'observables.quick_publishers_two' },
] as const

/** The filters most asked for, written into the query where they can be seen and changed. */
export function QuickFilters({ q, onQuery }: { q: string; onQuery: (q: string) => void }) {
  const { t } = useTranslation()
  const choice = (field: string, values: readonly string[], label: string, name: (v: string) => string) => ({
    id: field,
    label,
    value: termOf(q, field) ?? '',
    options: [
      { value: '', label: t('observables.any') },
      ...values.map((value) => ({ value, label: name(value) })),
    ],
    choose: (value: string) => onQuery(withTerm(q, field, value || undefined)),
  })
  return (
    <Menu
      trigger={
        <Button small tone="quiet" icon={<Filter className="icon" />}>
          {t('observables.quick')}
        </Button>
      }
      entries={[
        choice('type', TYPES, t('observables.type'), (v) => v),
        choice('state', STATES, t('observables.review'), (v) => t(`state.${v as (typeof STATES)[number]}`)),
        choice('score', SCORES, t('known.score'), (v) => v.replace('>=', '≥ ')),
        'separator',
        ...FLAGS.map(({ field, value, text }) => {
          const on = termOf(q, field) === value
          return {
            id: text,
            label: t(text),
            icon: <Check className="icon" visibility={on ? 'visible' : 'hidden'} />,
            run: () => onQuery(withTerm(q, field, on ? undefined : value)),
          }
        }),
      ]}
    />
  )
}
