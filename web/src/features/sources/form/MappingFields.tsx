import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Checkbox } from '~/ui/Checkbox'
import { Field } from '~/ui/Form'
import { Input, Textarea } from '~/ui/Input'
import { Optional } from '~/ui/KindFields'
import { Combobox, Select } from '~/ui/Select'
import {
  FORMATS,
  fieldOf,
  MAPPED,
  type Mapping,
  mappingOf,
  parseTypes,
  typesText,
  withField,
  withProperty,
} from './mapping'

/** Which columns or paths of a list hold what. */
export function MappingFields(props: {
  legend: string
  hint: string
  value: unknown
  onValue: (mapping: Mapping) => void
  types: readonly string[]
}) {
  const { t } = useTranslation()
  const mapping = mappingOf(props.value)
  const [words, setWords] = useState(() => typesText(mapping))
  const set = (name: string, value: unknown) => props.onValue(withProperty(mapping, name, value))
  const text = (name: string) => String(mapping[name] ?? '')
  const format = text('format') || 'text'
  const json = format === 'json' || format === 'ndjson'
  const lines = (value: string) =>
    value
      .split(/[\n,]/)
      .map((each) => each.trim())
      .filter(Boolean)
  return (
    <fieldset className="fieldset mapping">
      <legend>
        {props.legend}
        <span className="hint">{props.hint}</span>
      </legend>
      <div className="columns">
        <Field name="mapping.format" label={t('mapping.format')}>
          <Select
            value={format as (typeof FORMATS)[number]}
            options={FORMATS.map((each) => ({ value: each, label: t(`mapping.format_${each}`) }))}
            onValue={(next) => set('format', next)}
          />
        </Field>
        <Field
          name="mapping.default_type"
          label={<Optional label={t('mapping.default_type')} />}
          hint={t('mapping.default_type_hint')}
        >
          <Combobox
            value={text('default_type') || null}
            options={withPresent(props.types, text('default_type')).map((each) => ({
              value: each,
              label: each,
            }))}
            aria-label={t('mapping.default_type')}
            onValue={(next) => set('default_type', next ?? '')}
          />
        </Field>
      </div>
      {json ? (
        format === 'json' ? (
          <Field
            name="mapping.root"
            label={<Optional label={t('mapping.root')} />}
            hint={t('mapping.root_hint')}
          >
            <Input className="mono" value={text('root')} onValue={(v) => set('root', v)} spellCheck={false} />
          </Field>
        ) : null
      ) : (
        <>
          <div className="columns">
            <Field
              name="mapping.delimiter"
              label={<Optional label={t('mapping.delimiter')} />}
              hint={t('mapping.delimiter_hint')}
            >
              <Input className="mono" value={text('delimiter')} onValue={(v) => set('delimiter', v)} />
            </Field>
            <Field
              name="mapping.comment"
              label={<Optional label={t('mapping.comment_mark')} />}
              hint={t('mapping.comment_mark_hint')}
            >
              <Input
                className="mono"
                placeholder="#"
                value={text('comment')}
                onValue={(v) => set('comment', v)}
              />
            </Field>
          </div>
          <Checkbox checked={mapping.header === true} onChecked={(on) => set('header', on)}>
            {t('mapping.header')}
          </Checkbox>
          {mapping.header === true ? null : (
            <Field
              name="mapping.columns"
              label={<Optional label={t('mapping.columns')} />}
              hint={t('mapping.columns_hint')}
            >
              <Input
                className="mono"
                defaultValue={Array.isArray(mapping.columns) ? mapping.columns.join(', ') : ''}
                onValue={(v) => set('columns', lines(v))}
                spellCheck={false}
              />
            </Field>
          )}
        </>
      )}
      <div className="map-grid" role="group" aria-label={t('mapping.fields')}>
        {MAPPED.map((name) => (
          <Field key={name} name={`mapping.map.${name}`} label={t(`mapping.map_${name}`)}>
            <Input
              small
              className="mono"
              placeholder={name === 'value' && format === 'text' ? t('mapping.whole_line') : ''}
              value={fieldOf(mapping, name)}
              onValue={(v) => props.onValue(withField(mapping, name, v))}
              spellCheck={false}
            />
          </Field>
        ))}
      </div>
      <p className="hint">{t(json ? 'mapping.paths_hint' : 'mapping.map_hint')}</p>
      {fieldOf(mapping, 'type') ? (
        <Field
          name="mapping.types"
          label={<Optional label={t('mapping.types')} />}
          hint={t('mapping.types_hint')}
        >
          <Textarea
            rows={3}
            className="mono"
            value={words}
            spellCheck={false}
            onValue={(next) => {
              setWords(next)
              set('types', parseTypes(next))
            }}
          />
        </Field>
      ) : null}
    </fieldset>
  )
}

function withPresent(types: readonly string[], present: string): readonly string[] {
  return present && !types.includes(present) ? [present, ...types] : types
}
