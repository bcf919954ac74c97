import { useTranslation } from 'react-i18next'
import { Checkbox } from './Checkbox'
import { Field } from './Form'
import { Input, Textarea } from './Input'
import { Select } from './Select'

interface Texts {
  readonly en: string
  readonly zh: string
}

/** One field of a form that the server describes: of a kind of source, of a kind of channel. */
export interface KindField {
  readonly name: string
  readonly type: string
  readonly label: Texts
  readonly help: Texts
  readonly required: boolean
  readonly default?: unknown
  readonly choices?: readonly string[]
}

export type KindConfig = Record<string, unknown>

/** A text of the server in the person's language. */
export function useTextOf(): (text: Texts | undefined) => string {
  const { i18n } = useTranslation()
  return (text) => (i18n.language === 'zh' ? text?.zh || text?.en : text?.en || text?.zh) ?? ''
}

/** What the fields hold as a configuration: defaults and empty ones are left out. */
export function cleanConfig(fields: readonly KindField[], config: KindConfig): KindConfig {
  const out: KindConfig = {}
  for (const field of fields) {
    if (field.type === 'secret') continue
    let value = config[field.name]
    if (field.type === 'lines' && Array.isArray(value)) {
      value = value.map((each) => String(each).trim()).filter(Boolean)
      if ((value as string[]).length === 0) value = undefined
    }
    if (typeof value === 'string' && field.type !== 'mapping') value = value.trim()
    if (value === undefined || value === null || value === '' || value === field.default) continue
    out[field.name] = value
  }
  // What a newer server keeps beside the fields goes back as it came.
  for (const [name, value] of Object.entries(config)) {
    if (!fields.some((field) => field.name === name)) out[name] = value
  }
  return out
}

/** The secrets that were typed. An untouched one is not sent, and so stays. */
export function cleanSecrets(secrets: Record<string, string>): Record<string, string> | undefined {
  const entries = Object.entries(secrets)
  return entries.length > 0 ? Object.fromEntries(entries) : undefined
}

export interface KindFieldsProps {
  fields: readonly KindField[]
  config: KindConfig
  onConfig: (config: KindConfig) => void
  secrets: Record<string, string>
  onSecrets: (secrets: Record<string, string>) => void
  /** Secrets that have a value already, which is never shown. */
  secretsSet?: readonly string[]
  /** Draws a field by itself: the mapping of a list. */
  custom?: (field: KindField) => React.ReactNode | undefined
}

/** The inputs for what a kind needs, from the server's description of it. */
export function KindFields(props: KindFieldsProps) {
  return props.fields.map((field) => <OneField key={field.name} field={field} {...props} />)
}

function OneField(props: KindFieldsProps & { field: KindField }) {
  const { t } = useTranslation()
  const textOf = useTextOf()
  const { field, config } = props
  const custom = props.custom?.(field)
  if (custom !== undefined) return custom
  const value = config[field.name] ?? field.default
  const set = (next: unknown) => props.onConfig({ ...config, [field.name]: next })
  const label = textOf(field.label)
  const hint = textOf(field.help) || undefined
  if (field.type === 'boolean') {
    return (
      <Field name={field.name} label={<span className="sr-only">{label}</span>} hint={hint}>
        <Checkbox name={field.name} checked={value === true} onChecked={set}>
          {label}
        </Checkbox>
      </Field>
    )
  }
  if (field.type === 'secret') {
    const kept = props.secretsSet?.includes(field.name) && props.secrets[field.name] === undefined
    return (
      <Field name={field.name} label={label} hint={kept ? t('ui.secret_kept') : hint}>
        <Input
          type="password"
          autoComplete="new-password"
          value={props.secrets[field.name] ?? ''}
          placeholder={kept ? '••••••••' : ''}
          onValue={(next) => props.onSecrets({ ...props.secrets, [field.name]: next })}
        />
      </Field>
    )
  }
  return (
    <Field name={field.name} label={field.required ? label : <Optional label={label} />} hint={hint}>
      {field.type === 'choice' ? (
        <Select
          value={value === undefined ? null : String(value)}
          options={(field.choices ?? []).map((each) => ({ value: each, label: each }))}
          onValue={set}
        />
      ) : field.type === 'lines' ? (
        <Textarea
          rows={3}
          className="mono"
          value={Array.isArray(value) ? value.join('\n') : String(value ?? '')}
          onValue={(next) => set(next.split('\n'))}
          required={field.required}
          spellCheck={false}
        />
      ) : field.type === 'integer' ? (
        <Input
          inputMode="numeric"
          className="num"
          value={value === undefined ? '' : String(value)}
          onValue={(next) => set(/^-?\d+$/.test(next.trim()) ? Number(next.trim()) : next)}
          required={field.required}
        />
      ) : (
        <Input
          className={field.type === 'url' || field.type === 'path' ? 'mono' : ''}
          inputMode={field.type === 'url' ? 'url' : 'text'}
          value={value === undefined ? '' : String(value)}
          onValue={set}
          required={field.required}
          spellCheck={false}
        />
      )}
    </Field>
  )
}

/** A label with the remark that the field may stay empty. */
export function Optional({ label }: { label: string }) {
  const { t } = useTranslation()
  return (
    <>
      {label} <span className="muted optional">{t('ui.optional')}</span>
    </>
  )
}
