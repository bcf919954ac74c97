import { Field } from '@base-ui/react/field'
import type { ComponentProps, ReactNode } from 'react'

export interface InputProps extends Omit<ComponentProps<'input'>, 'onChange' | 'defaultValue' | 'value'> {
  value?: string
  defaultValue?: string
  onValue?: (value: string) => void
  small?: boolean
  icon?: ReactNode
  /** Stands at the end, inside the frame: a button, a key hint. */
  after?: ReactNode
}

/** One line of text. Inside a Field it takes the field's name, label and error by itself. */
export function Input({ onValue, small, icon, after, className, ...rest }: InputProps) {
  const input = (
    <Field.Control
      {...rest}
      autoComplete={rest.autoComplete ?? 'off'}
      className={['input', small ? 'small' : '', className ?? ''].filter(Boolean).join(' ')}
      {...(onValue ? { onValueChange: onValue } : {})}
    />
  )
  if (!icon && !after) return input
  return (
    <span className="input-icon">
      {icon}
      {input}
      {after ? <span className="after">{after}</span> : null}
    </span>
  )
}

export interface TextareaProps
  extends Omit<ComponentProps<'textarea'>, 'onChange' | 'defaultValue' | 'value' | 'ref'> {
  value?: string
  defaultValue?: string
  onValue?: (value: string) => void
}

export function Textarea({ onValue, className, rows = 4, ...rest }: TextareaProps) {
  const { value, defaultValue, name, disabled, id, ...area } = rest
  return (
    <Field.Control
      id={id}
      name={name}
      disabled={disabled}
      {...(value !== undefined ? { value } : {})}
      {...(defaultValue !== undefined ? { defaultValue } : {})}
      {...(onValue ? { onValueChange: onValue } : {})}
      className={`input ${className ?? ''}`.trim()}
      render={<textarea rows={rows} {...area} />}
    />
  )
}
