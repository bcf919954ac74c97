import { useTranslation } from 'react-i18next'
import { Field } from '~/ui/Form'
import { Combobox } from '~/ui/Select'

/** Output names of the types that people add by hand most; any other name is taken as it is written. */
export const TYPES = [
  'domain-name',
  'ipv4-addr',
  'ipv6-addr',
  'url',
  'email-addr',
  'file:md5',
  'file:sha-1',
  'file:sha-256',
  'file:sha-512',
  'file:name',
  'file:path',
  'mutex',
  'windows-registry-key',
  'user-agent',
  'vulnerability',
  'attack-pattern',
  'autonomous-system',
  'mac-addr',
  'yara',
  'sigma',
] as const

/** The type of a claim: chosen from the usual ones, or whatever stands there. */
export function TypeField(props: { value: string; onValue: (type: string) => void }) {
  const { t } = useTranslation()
  const options = [...new Set<string>([...(props.value ? [props.value] : []), ...TYPES])]
  return (
    <Field name="type" label={t('review.type')}>
      <Combobox
        options={options.map((value) => ({ value, label: value }))}
        value={props.value || null}
        onValue={(value) => props.onValue(value ?? '')}
        aria-label={t('review.type')}
      />
    </Field>
  )
}
