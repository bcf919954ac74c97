import { Checkbox as BaseCheckbox } from '@base-ui/react/checkbox'
import { Switch as BaseSwitch } from '@base-ui/react/switch'
import type { ReactNode } from 'react'
import { Check, Minus } from './icons'

interface ChoiceProps {
  checked?: boolean
  defaultChecked?: boolean
  onChecked?: (checked: boolean) => void
  name?: string
  disabled?: boolean
  /** The visible label; without one, give `aria-label`. */
  children?: ReactNode
  'aria-label'?: string
}

export interface CheckboxProps extends ChoiceProps {
  indeterminate?: boolean
  /** Also told whether Shift was held, for ranges. */
  onToggle?: (checked: boolean, shift: boolean) => void
  tabIndex?: number
}

export function Checkbox(props: CheckboxProps) {
  const { onChecked, onToggle, children, tabIndex, ...rest } = props
  const box = (
    <BaseCheckbox.Root
      {...rest}
      {...(tabIndex === undefined ? {} : { tabIndex })}
      className="check"
      onCheckedChange={(checked, details) => {
        onChecked?.(checked)
        onToggle?.(checked, 'shiftKey' in details.event && details.event.shiftKey === true)
      }}
    >
      <BaseCheckbox.Indicator>
        {props.indeterminate ? <Minus className="icon" /> : <Check className="icon" />}
      </BaseCheckbox.Indicator>
    </BaseCheckbox.Root>
  )
  return children ? (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the box inside
    <label className="choice">
      {box}
      <span>{children}</span>
    </label>
  ) : (
    box
  )
}

export function Switch(props: ChoiceProps) {
  const { onChecked, children, ...rest } = props
  const control = (
    <BaseSwitch.Root {...rest} className="switch" onCheckedChange={(checked) => onChecked?.(checked)}>
      <BaseSwitch.Thumb />
    </BaseSwitch.Root>
  )
  return children ? (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the switch inside
    <label className="choice">
      {control}
      <span>{children}</span>
    </label>
  ) : (
    control
  )
}
