import { useMutation } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Problem } from '~/api/problem'
import { keysOf } from '~/commands'
import { useCommands } from '~/commands/useCommands'
import { LabelFields } from '~/shell/label/LabelFields'
import { TagField } from '~/shell/TagField'
import { Button } from '~/ui/Button'
import { Switch } from '~/ui/Checkbox'
import { Field, Form } from '~/ui/Form'
import { Input, Textarea } from '~/ui/Input'
import { type KindField, KindFields, Optional, useTextOf } from '~/ui/KindFields'
import { Combobox, Select } from '~/ui/Select'
import { previewSource, type SourceKind } from '../api'
import { DryRun } from './DryRun'
import { draftOf, type SourceForm as Values } from './draft'
import { fieldsIn, useTypeNames } from './kinds'
import { MappingFields } from './MappingFields'
import { ScheduleField } from './ScheduleField'

const GRADES = ['A', 'B', 'C', 'D', 'E', 'F'] as const
const ACCEPT = ['nothing', 'stated', 'all'] as const
const PLANES = ['extranet', 'intranet', 'traffic', 'files'] as const

interface FormProps {
  kind: SourceKind
  values: Values
  onValues: (values: Values) => void
  onSave: () => void
  saving: boolean
  problem: unknown
  saveLabel: string
  secretsSet?: readonly string[]
  /** The stored source, whose secrets a dry run may use. */
  sourceId?: string
  /** Further buttons before the one that saves. */
  actions?: ReactNode
  readOnly?: boolean
}

/** The fields of a source beside its dry run. */
export function SourceForm(props: FormProps) {
  const { t } = useTranslation()
  const { kind, values } = props
  const dry = useMutation({
    mutationFn: () => previewSource(draftOf(values, kind.fields), props.sourceId),
  })
  const tryIt = kind.push ? undefined : () => dry.mutate()
  useCommands('sourceForm', { 'sourceForm.dry_run': tryIt, 'sourceForm.save': props.onSave })
  // What is wrong with a field stands at the field; why the visit failed stands in its place.
  const dryProblem = dry.error ? Problem.from(dry.error) : undefined
  const atFields = dryProblem && dryProblem.errors.length > 0 ? dryProblem : undefined
  return (
    <div className="source-form">
      <div className="fields">
        <Form onSubmit={props.onSave} problem={props.problem ?? atFields} aria-label={t('sources.form')}>
          <Basics {...props} />
          <When {...props} />
          <Trust {...props} />
          <Handling {...props} />
          <div className="form-actions sticky-actions">
            {props.actions}
            {tryIt ? (
              <Button busy={dry.isPending} onClick={tryIt} keys={keysOf('sourceForm.dry_run') ?? ''}>
                {t('sources.dry_run')}
              </Button>
            ) : null}
            <Button type="submit" tone="primary" busy={props.saving} keys={keysOf('sourceForm.save') ?? ''}>
              {props.saveLabel}
            </Button>
          </div>
        </Form>
      </div>
      <DryRun
        push={kind.push}
        running={dry.isPending}
        items={dry.data?.items}
        problem={atFields ? undefined : dry.error}
        onRetry={() => dry.mutate()}
      />
    </div>
  )
}

type PartProps = Pick<FormProps, 'kind' | 'values' | 'onValues' | 'secretsSet'>

function useSet(props: PartProps) {
  return (change: Partial<Values>) => props.onValues({ ...props.values, ...change })
}

function Basics(props: PartProps) {
  const { t } = useTranslation()
  const textOf = useTextOf()
  const set = useSet(props)
  const types = useTypeNames()
  const { kind, values } = props
  const shared = {
    config: values.config,
    onConfig: (config: Values['config']) => set({ config }),
    secrets: values.secrets,
    onSecrets: (secrets: Values['secrets']) => set({ secrets }),
    ...(props.secretsSet ? { secretsSet: props.secretsSet } : {}),
    custom: (field: KindField) =>
      field.type === 'mapping' ? (
        <MappingFields
          key={field.name}
          legend={textOf(field.label)}
          hint={textOf(field.help)}
          value={values.config[field.name]}
          onValue={(mapping) => set({ config: { ...values.config, [field.name]: mapping } })}
          types={types}
        />
      ) : undefined,
  }
  const limits = fieldsIn(kind, 'limits')
  const access = fieldsIn(kind, 'access')
  return (
    <fieldset className="fieldset">
      <legend>
        {textOf(kind.label)}
        <span className="hint">{textOf(kind.help)}</span>
      </legend>
      <Field name="name" label={t('sources.name')}>
        <Input value={values.name} onValue={(name) => set({ name })} required maxLength={300} />
      </Field>
      <KindFields fields={fieldsIn(kind, 'main')} {...shared} />
      {access.length > 0 ? (
        <Fold title={t('sources.access')} open={isUsed(access, values, props.secretsSet)}>
          <div className="columns">
            <KindFields fields={access} {...shared} />
          </div>
        </Fold>
      ) : null}
      {limits.length > 0 ? (
        <Fold title={t('sources.limits')} open={isUsed(limits, values, undefined)}>
          <div className="columns">
            <KindFields fields={limits} {...shared} />
          </div>
        </Fold>
      ) : null}
    </fieldset>
  )
}

/** A part that is open at first where it holds something; afterwards the person decides. */
function Fold(props: { title: string; open: boolean; children: ReactNode }) {
  const [open] = useState(props.open)
  return (
    <details className="fold" open={open}>
      <summary>{props.title}</summary>
      {props.children}
    </details>
  )
}

function isUsed(
  fields: readonly KindField[],
  values: Values,
  secretsSet: readonly string[] | undefined,
): boolean {
  return fields.some((field) =>
    field.type === 'secret'
      ? secretsSet?.includes(field.name) === true
      : values.config[field.name] !== undefined && values.config[field.name] !== field.default,
  )
}

function When(props: PartProps) {
  const { t } = useTranslation()
  const set = useSet(props)
  if (props.kind.push) return null
  return (
    <fieldset className="fieldset">
      <legend>{t('sources.when')}</legend>
      <ScheduleField value={props.values.schedule} onValue={(schedule) => set({ schedule })} />
      <Switch checked={props.values.enabled} onChecked={(enabled) => set({ enabled })}>
        {t('sources.enabled_hint')}
      </Switch>
    </fieldset>
  )
}

function Trust(props: PartProps) {
  const { t } = useTranslation()
  const set = useSet(props)
  const { values } = props
  return (
    <fieldset className="fieldset">
      <legend>{t('sources.trust')}</legend>
      <div className="columns">
        <Field
          name="publisher"
          label={<Optional label={t('sources.publisher')} />}
          hint={t('sources.publisher_hint')}
        >
          <Input
            value={values.publisher}
            placeholder={values.name}
            onValue={(publisher) => set({ publisher })}
            maxLength={300}
          />
        </Field>
        <Field name="reliability" label={t('sources.reliability')} hint={t('sources.reliability_hint')}>
          <Select
            value={values.reliability}
            options={GRADES.map((each) => ({ value: each, label: t(`sources.grade_${each}`) }))}
            onValue={(reliability) => set({ reliability })}
          />
        </Field>
        <Field name="accept" label={t('sources.accept')} hint={t(`sources.accept_${values.accept}_hint`)}>
          <Select
            value={values.accept}
            options={ACCEPT.map((each) => ({ value: each, label: t(`sources.accept_${each}`) }))}
            onValue={(accept) => set({ accept })}
          />
        </Field>
        <Field name="plane" label={t('sources.plane')}>
          <Select
            value={values.plane}
            options={PLANES.map((each) => ({ value: each, label: t(`sources.plane_${each}`) }))}
            onValue={(plane) => set({ plane })}
          />
        </Field>
      </div>
      <p className="sub">{t('sources.claim_label')}</p>
      <LabelFields
        prefix="claim_label"
        value={values.claimLabel}
        onValue={(claimLabel) => set({ claimLabel })}
      />
      <TagField
        label={t('sources.tags')}
        hint={t('sources.tags_hint')}
        value={values.tags}
        onValue={(tags) => set({ tags })}
      />
    </fieldset>
  )
}

function Handling(props: PartProps) {
  const { t } = useTranslation()
  const set = useSet(props)
  const types = useTypeNames()
  const { values } = props
  return (
    <details className="fold">
      <summary>{t('sources.handling')}</summary>
      <div className="stack">
        <Field
          name="options.hosts"
          label={<Optional label={t('sources.hosts')} />}
          hint={t('sources.hosts_hint')}
        >
          <Textarea
            rows={2}
            className="mono"
            spellCheck={false}
            value={values.hosts}
            onValue={(hosts) => set({ hosts })}
          />
        </Field>
        <Field
          name="options.types"
          label={<Optional label={t('sources.types')} />}
          hint={t('sources.types_hint')}
        >
          <Combobox
            multiple
            value={values.types}
            options={types.map((each) => ({ value: each, label: each }))}
            aria-label={t('sources.types')}
            onValue={(next) => set({ types: next })}
          />
        </Field>
        <div className="columns">
          <Field
            name="options.max_items"
            label={<Optional label={t('sources.max_items')} />}
            hint={t('sources.max_items_hint')}
          >
            <Input
              inputMode="numeric"
              className="num"
              value={values.maxItems}
              onValue={(maxItems) => set({ maxItems })}
            />
          </Field>
          <Field
            name="options.max_age_days"
            label={<Optional label={t('sources.max_age')} />}
            hint={t('sources.max_age_hint')}
          >
            <Input
              inputMode="numeric"
              className="num"
              value={values.maxAgeDays}
              onValue={(maxAgeDays) => set({ maxAgeDays })}
            />
          </Field>
          <Field
            name="options.lang"
            label={<Optional label={t('sources.lang')} />}
            hint={t('sources.lang_hint')}
          >
            <Input value={values.lang} onValue={(lang) => set({ lang })} maxLength={20} />
          </Field>
        </div>
        <LabelFields reachOnly prefix="label" value={values.label} onValue={(label) => set({ label })} />
        <p className="hint">{t('sources.label_hint')}</p>
      </div>
    </details>
  )
}
