import { Field as BaseField } from '@base-ui/react/field'
import { Form as BaseForm } from '@base-ui/react/form'
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Problem } from '~/api/problem'
import { stopComposingEnter } from './ime'
import { Notice } from './Notice'
import { fieldErrorText, problemText } from './problemText'

// What the server said of each field of the form around.
const FormErrors = createContext<Record<string, string[]>>({})

/**
 * A form whose server answers problem+json: errors with a `name` stand at their field (which
 * gets the focus), the rest above the buttons. Values are read from state or from FormData.
 */
export function Form(props: {
  onSubmit: (values: FormData) => void
  problem?: unknown
  children: ReactNode
  className?: string
  'aria-label'?: string
}) {
  const ref = useRef<HTMLFormElement>(null)
  const problem = props.problem ? Problem.from(props.problem) : undefined
  const errors = useMemo(() => fieldErrors(props.problem), [props.problem])
  const [homeless, setHomeless] = useState<string[]>([])
  useEffect(() => {
    const names = Object.keys(errors)
    const controls = names.map((name) => ref.current?.elements.namedItem(name))
    const first = controls.find((control) => control instanceof HTMLElement)
    if (first instanceof HTMLElement) first.focus()
    setHomeless(names.filter((_, i) => !controls[i]).flatMap((name) => errors[name] ?? []))
  }, [errors])
  const atFields = Object.keys(errors).length > 0 && homeless.length === 0
  return (
    <BaseForm
      ref={ref}
      className={`form ${props.className ?? ''}`}
      aria-label={props['aria-label']}
      errors={errors}
      onKeyDown={stopComposingEnter}
      onSubmit={(event) => {
        event.preventDefault()
        props.onSubmit(new FormData(event.currentTarget))
      }}
    >
      <FormErrors value={errors}>{props.children}</FormErrors>
      {problem && !atFields ? (
        <Notice tone="danger">{[problemText(problem), ...homeless].join(' ')}</Notice>
      ) : null}
    </BaseForm>
  )
}

function fieldErrors(cause: unknown): Record<string, string[]> {
  const out: Record<string, string[]> = {}
  if (!cause) return out
  for (const error of Problem.from(cause).errors) {
    if (!error.name) continue
    const list = out[error.name] ?? []
    list.push(fieldErrorText(error))
    out[error.name] = list
  }
  return out
}

export interface FieldProps {
  /** As in the request's body, and in `errors[].name` of the answer. */
  name: string
  label: ReactNode
  hint?: ReactNode
  /** An error found here, before sending. */
  error?: string | undefined
  children: ReactNode
}

/** A control with its label, hint and error. Holds one Input, Textarea, Select or the like. */
export function Field({ name, label, hint, error, children }: FieldProps) {
  const { t } = useTranslation()
  const server = useContext(FormErrors)[name]
  return (
    <BaseField.Root name={name} className="field" {...(error ? { invalid: true } : {})}>
      <BaseField.Label className="label">{label}</BaseField.Label>
      {children}
      {hint ? <BaseField.Description className="hint">{hint}</BaseField.Description> : null}
      {error ? (
        <BaseField.Error className="error" match>
          {error}
        </BaseField.Error>
      ) : null}
      {/* The browser's own words would be in the browser's language. */}
      <BaseField.Error className="error" match="valueMissing">
        {t('ui.required')}
      </BaseField.Error>
      <BaseField.Error className="error" match="typeMismatch">
        {t('ui.mistyped')}
      </BaseField.Error>
      {server ? (
        <BaseField.Error className="error server" match>
          {server.join(' ')}
        </BaseField.Error>
      ) : null}
    </BaseField.Root>
  )
}
