import { Combobox as BaseCombobox } from '@base-ui/react/combobox'
import { Select as BaseSelect } from '@base-ui/react/select'
import { type ReactNode, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Check, ChevronDown } from './icons'
import { Tag } from './Tag'

export interface Option<V extends string = string> {
  value: V
  label: string
  /** Shown in front in the list. */
  icon?: ReactNode
  disabled?: boolean
}

export interface SelectProps<V extends string> {
  options: readonly Option<V>[]
  value?: V | null
  defaultValue?: V
  onValue?: (value: V) => void
  name?: string
  placeholder?: string
  disabled?: boolean
  small?: boolean
  'aria-label'?: string
  className?: string
}

/** One of a few. For more than about twelve, use Combobox. */
export function Select<V extends string>(props: SelectProps<V>) {
  const { options, onValue, placeholder, small, className } = props
  const items = useMemo(() => options.map(({ value, label }) => ({ value, label })), [options])
  return (
    <BaseSelect.Root
      items={items}
      {...(props.value !== undefined ? { value: props.value } : {})}
      {...(props.defaultValue !== undefined ? { defaultValue: props.defaultValue } : {})}
      {...(props.name ? { name: props.name } : {})}
      disabled={props.disabled ?? false}
      onValueChange={(value) => {
        if (value !== null) onValue?.(value)
      }}
    >
      <BaseSelect.Trigger
        aria-label={props['aria-label']}
        className={`input select-trigger ${small ? 'small' : ''} ${className ?? ''}`}
      >
        <BaseSelect.Value>
          {/* An empty text is a choice like others: "any", "not marked". */}
          {(value: V | null) => items.find((each) => each.value === value)?.label ?? placeholder ?? ''}
        </BaseSelect.Value>
        <BaseSelect.Icon render={<ChevronDown className="icon" />} />
      </BaseSelect.Trigger>
      <BaseSelect.Portal>
        <BaseSelect.Positioner className="positioner" sideOffset={4} alignItemWithTrigger={false}>
          <BaseSelect.Popup className="popup">
            <BaseSelect.List>
              {options.map((option) => (
                <BaseSelect.Item
                  key={option.value}
                  value={option.value}
                  disabled={option.disabled ?? false}
                  className="option"
                >
                  {option.icon}
                  <BaseSelect.ItemText className="grow">{option.label}</BaseSelect.ItemText>
                  <span className="tick">
                    <BaseSelect.ItemIndicator render={<Check className="icon" />} />
                  </span>
                </BaseSelect.Item>
              ))}
            </BaseSelect.List>
          </BaseSelect.Popup>
        </BaseSelect.Positioner>
      </BaseSelect.Portal>
    </BaseSelect.Root>
  )
}

interface ComboboxBase<V extends string> {
  options: readonly Option<V>[]
  placeholder?: string
  disabled?: boolean
  name?: string
  'aria-label'?: string
  /** Told what was typed, for options that the server finds; then `options` is its answer. */
  onSearch?: (text: string) => void
  loading?: boolean
}

export type ComboboxProps<V extends string> = ComboboxBase<V> &
  (
    | { multiple?: false; value: V | null; onValue: (value: V | null) => void }
    | { multiple: true; value: readonly V[]; onValue: (value: V[]) => void }
  )

// Escape closes the list; pressed once more it must not take away what was chosen.
const CLEARED = 'escape-key'

/** One or several of many, found by typing. */
export function Combobox<V extends string>(props: ComboboxProps<V>) {
  const { t } = useTranslation()
  const { options } = props
  const items = options as Option<V>[]
  const shared = {
    items,
    disabled: props.disabled ?? false,
    isItemEqualToValue: (a: Option<V>, b: Option<V>) => a.value === b.value,
    ...(props.name ? { name: props.name } : {}),
    ...(props.onSearch ? { onInputValueChange: props.onSearch, filter: null } : {}),
  }
  const find = (value: V): Option<V> => options.find((o) => o.value === value) ?? { value, label: value }
  const list = <ComboboxList empty={props.loading ? t('ui.loading') : t('ui.nothing_found')} />
  const open = (
    <BaseCombobox.Trigger className="open" aria-label={t('ui.open_list')}>
      <ChevronDown className="icon" />
    </BaseCombobox.Trigger>
  )
  if (props.multiple) {
    return (
      <BaseCombobox.Root
        {...shared}
        multiple
        value={props.value.map(find)}
        onValueChange={(chosen: Option<V>[], { reason }) => {
          if (reason !== CLEARED) props.onValue(chosen.map((o) => o.value))
        }}
      >
        <BaseCombobox.InputGroup className="input combobox">
          {props.value.map((value) => (
            <Tag
              key={value}
              text={find(value).label}
              onRemove={() => props.onValue(props.value.filter((v) => v !== value))}
            />
          ))}
          <BaseCombobox.Input placeholder={props.placeholder ?? ''} aria-label={props['aria-label']} />
          {open}
        </BaseCombobox.InputGroup>
        {list}
      </BaseCombobox.Root>
    )
  }
  return (
    <BaseCombobox.Root
      {...shared}
      value={props.value === null ? null : find(props.value)}
      onValueChange={(chosen: Option<V> | null, { reason }) => {
        if (reason !== CLEARED) props.onValue(chosen?.value ?? null)
      }}
    >
      <BaseCombobox.InputGroup className="input combobox">
        <BaseCombobox.Input placeholder={props.placeholder ?? ''} aria-label={props['aria-label']} />
        {open}
      </BaseCombobox.InputGroup>
      {list}
    </BaseCombobox.Root>
  )
}

function ComboboxList({ empty }: { empty: string }) {
  return (
    <BaseCombobox.Portal>
      <BaseCombobox.Positioner className="positioner" sideOffset={4}>
        <BaseCombobox.Popup className="popup">
          <BaseCombobox.Empty className="option-empty">{empty}</BaseCombobox.Empty>
          <BaseCombobox.List>
            {(option: Option) => (
              <BaseCombobox.Item key={option.value} value={option} className="option">
                {option.icon}
                <span className="grow">{option.label}</span>
                <span className="tick">
                  <BaseCombobox.ItemIndicator render={<Check className="icon" />} />
                </span>
              </BaseCombobox.Item>
            )}
          </BaseCombobox.List>
        </BaseCombobox.Popup>
      </BaseCombobox.Positioner>
    </BaseCombobox.Portal>
  )
}
