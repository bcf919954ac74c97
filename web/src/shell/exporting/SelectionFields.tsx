import { useTranslation } from 'react-i18next'
import { type Selection, TLP_LEVELS } from '~/api/exporting'
import { suggestTerms } from '~/api/suggest'
import { Checkbox } from '~/ui/Checkbox'
import { Field } from '~/ui/Form'
import type { QueryField } from '~/ui/query/complete'
import { QueryInput } from '~/ui/query/QueryInput'
import { Select } from '~/ui/Select'

/** The fields of the search language that make sense for claims that leave, most useful first. */
export const EXPORT_FIELDS: readonly QueryField[] = [
  'type',
  'tag',
  'score',
  'publishers',
  'publisher',
  'source',
  'published',
  'arrived',
  'pain',
  'tlp',
  'domain',
  'net',
  'value',
  'report',
  'title',
  'category',
  'plane',
  'lang',
  'object',
  'comment',
  'observed',
  'kind',
]

/** What is to leave: query, rules, ceiling. */
export function SelectionFields(props: { value: Selection; onValue: (value: Selection) => void }) {
  const { t } = useTranslation()
  const { value, onValue } = props
  return (
    <>
      <div className="field">
        <span className="label">{t('exports.query')}</span>
        <QueryInput
          value={value.q}
          onQuery={(q) => onValue({ ...value, q })}
          label={t('exports.query')}
          placeholder={t('exports.query_placeholder')}
          fields={EXPORT_FIELDS}
          lookUp={suggestTerms}
        />
        <span className="hint">{t('exports.query_hint')}</span>
      </div>
      <Field name="tlp" label={t('exports.ceiling')} hint={t('exports.ceiling_hint')}>
        <Select
          options={TLP_LEVELS.map((level) => ({ value: level, label: `TLP:${level.toUpperCase()}` }))}
          value={value.tlp}
          onValue={(tlp) => onValue({ ...value, tlp })}
        />
      </Field>
      <div className="field">
        <Checkbox checked={value.all} onChecked={(all) => onValue({ ...value, all })}>
          {t('exports.all')}
        </Checkbox>
        <span className="hint">{t(value.all ? 'exports.all_warning' : 'exports.rules')}</span>
      </div>
    </>
  )
}
