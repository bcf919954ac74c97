import type { ComponentProps, ReactNode } from 'react'
import { Busy } from './icons'
import { KeyHint } from './KeyHint'
import { Tip } from './Tooltip'

export type ButtonTone = 'normal' | 'primary' | 'danger' | 'danger-solid' | 'quiet'

export interface ButtonProps extends ComponentProps<'button'> {
  tone?: ButtonTone
  small?: boolean
  icon?: ReactNode
  /** Shown inside, as in `keys` of a command. */
  keys?: string
  /** Shows a turning circle and takes no second click. */
  busy?: boolean
}

export function Button({
  tone = 'normal',
  small,
  icon,
  keys,
  busy,
  className,
  children,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={buttonClass(tone, small, className)}
      aria-busy={busy || undefined}
      disabled={rest.disabled || busy}
    >
      {busy ? <Busy className="icon spin" aria-hidden="true" /> : icon}
      {children}
      {keys ? <KeyHint keys={keys} /> : null}
    </button>
  )
}

export function buttonClass(tone: ButtonTone, small?: boolean, more?: string): string {
  return ['btn', tone === 'normal' ? '' : tone, small ? 'small' : '', more ?? ''].filter(Boolean).join(' ')
}

export interface IconButtonProps extends Omit<ButtonProps, 'children' | 'icon'> {
  /** Said by screen readers and shown as the tooltip. */
  label: string
  icon: ReactNode
}

export function IconButton({
  label,
  icon,
  tone = 'quiet',
  small,
  keys,
  busy,
  className,
  ...rest
}: IconButtonProps) {
  return (
    <Tip text={label} keys={keys}>
      <button
        type="button"
        {...rest}
        aria-label={label}
        aria-busy={busy || undefined}
        disabled={rest.disabled || busy}
        className={buttonClass(tone, small, `icon-only ${className ?? ''}`.trim())}
      >
        {busy ? <Busy className="icon spin" aria-hidden="true" /> : icon}
      </button>
    </Tip>
  )
}
