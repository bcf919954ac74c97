import { type RefObject, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from './Button'
import { Input } from './Input'
import { Close, Search } from './icons'
import { isComposing } from './ime'
import { type Option, Select } from './Select'

/** A text that narrows a list: told after a pause, and at once on Enter; never while composing. */
export function FilterText(props: {
  value: string
  onValue: (value: string) => void
  label: string
  inputRef?: RefObject<HTMLInputElement | null>
}) {
  const [text, setText] = useState(props.value)
  const composing = useRef(false)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const latest = useRef(props.onValue)
  useEffect(() => {
    latest.current = props.onValue
  })
  useEffect(() => setText(props.value), [props.value])
  useEffect(() => () => clearTimeout(timer.current), [])
  const tell = (next: string, wait: number) => {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      if (!composing.current && next.trim() !== props.value) latest.current(next.trim())
    }, wait)
  }
  return (
    <span className="filter-text">
      <Input
        small
        type="search"
        ref={props.inputRef as never}
        value={text}
        aria-label={props.label}
        placeholder={props.label}
        icon={<Search className="icon" aria-hidden="true" />}
        spellCheck={false}
        onValue={(next) => {
          setText(next)
          tell(next, 350)
        }}
        onCompositionStart={() => {
          composing.current = true
        }}
        onCompositionEnd={(event) => {
          composing.current = false
          tell(event.currentTarget.value, 350)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && !isComposing(event)) tell(text, 0)
          if (event.key === 'Escape') event.currentTarget.blur()
        }}
      />
    </span>
  )
}

/** One of a few states to narrow a list by; the first is "any". */
export function FilterSelect<V extends string>(props: {
  label: string
  value: V | undefined
  options: readonly Option<V>[]
  /** What stands for no narrowing. */
  any: string
  onValue: (value: V | undefined) => void
}) {
  const ANY = '' as V
  return (
    <Select<V>
      small
      className="fit"
      aria-label={props.label}
      value={props.value ?? ANY}
      options={[{ value: ANY, label: props.any }, ...props.options]}
      onValue={(value) => props.onValue(value === ANY ? undefined : value)}
    />
  )
}

/** Takes all filters away; nothing while there are none. */
export function ClearFilters(props: { active: boolean; onClear: () => void }) {
  const { t } = useTranslation()
  if (!props.active) return null
  return (
    <Button small tone="quiet" icon={<Close className="icon" />} onClick={props.onClear}>
      {t('ui.clear_filters')}
    </Button>
  )
}
