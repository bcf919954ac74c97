import { type KeyboardEvent, type RefObject, useEffect, useId, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { IconButton } from '../Button'
import { Close, Search } from '../icons'
import { isComposing } from '../ime'
import { complete, type QueryField, type Suggestion } from './complete'

export interface QueryInputProps {
  value: string
  /** Told the query on Enter, on the cross, and when the field is left. */
  onQuery: (query: string) => void
  label: string
  placeholder?: string
  /** The fields that make sense here, most useful first. */
  fields: readonly QueryField[]
  /** Finds values of a field that the server knows (tags, sources); answers at most a dozen. */
  lookUp?: (field: string, typed: string, signal: AbortSignal) => Promise<string[]>
  inputRef?: RefObject<HTMLInputElement | null>
  small?: boolean
}

const NONE: string[] = []

/** One line of the search language, with names and values offered while it is written. */
export function QueryInput(props: QueryInputProps) {
  const { t } = useTranslation()
  const id = useId()
  const own = useRef<HTMLInputElement>(null)
  const input = props.inputRef ?? own
  const [text, setText] = useState(props.value)
  const [caret, setCaret] = useState(0)
  const [open, setOpen] = useState(false)
  const [active, setActive] = useState(-1)
  useEffect(() => setText(props.value), [props.value])

  const found = useFound(props.lookUp, open ? complete(text, caret, props.fields) : undefined)
  const { from, to, field, items } = complete(text, caret, props.fields, found)
  const shown = open ? items.slice(0, 12) : []

  const submit = (query: string) => {
    setOpen(false)
    if (query.trim() !== props.value) props.onQuery(query.trim())
  }
  const take = (item: Suggestion) => {
    const next = text.slice(0, from) + item.insert + text.slice(to).replace(/^\S*/, '').trimStart()
    const at = from + item.insert.length
    setText(next)
    setCaret(at)
    setActive(-1)
    // The caret is the browser's; it can be put only once the new text stands there.
    requestAnimationFrame(() => input.current?.setSelectionRange(at, at))
  }
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (isComposing(event)) return
    const item = shown[active]
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      if (!open) {
        setOpen(true)
        return
      }
      const by = event.key === 'ArrowDown' ? 1 : -1
      setActive((before) => (shown.length === 0 ? -1 : (before + by + shown.length) % shown.length))
    } else if (event.key === 'Enter') {
      event.preventDefault()
      if (item) take(item)
      else submit(text)
    } else if (event.key === 'Tab' && !event.shiftKey && item) {
      event.preventDefault()
      take(item)
    } else if (event.key === 'Escape') {
      event.preventDefault()
      if (shown.length > 0) setOpen(false)
      else event.currentTarget.blur()
    }
  }
  const note = (element: HTMLInputElement) => setCaret(element.selectionStart ?? element.value.length)
  return (
    <search className="query">
      <span className="input-icon">
        <Search className="icon" aria-hidden="true" />
        <input
          ref={input}
          type="text"
          role="combobox"
          className={`input ${props.small ? 'small' : ''}`}
          value={text}
          aria-label={props.label}
          placeholder={props.placeholder}
          aria-autocomplete="list"
          aria-expanded={shown.length > 0}
          aria-controls={shown.length > 0 ? `${id}-list` : undefined}
          aria-activedescendant={shown[active] ? `${id}-${active}` : undefined}
          autoComplete="off"
          autoCapitalize="off"
          autoCorrect="off"
          spellCheck={false}
          enterKeyHint="search"
          onChange={(event) => {
            setText(event.target.value)
            note(event.target)
            setActive(-1)
            setOpen(true)
          }}
          onKeyDown={onKeyDown}
          onKeyUp={(event) => note(event.currentTarget)}
          onClick={(event) => {
            note(event.currentTarget)
            setOpen(true)
          }}
          onBlur={() => submit(text)}
        />
        {text ? (
          <span className="after">
            <IconButton
              small
              label={t('query.clear')}
              icon={<Close className="icon" />}
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => {
                setText('')
                submit('')
              }}
            />
          </span>
        ) : null}
      </span>
      {shown.length > 0 ? (
        <div className="popup query-list" id={`${id}-list`} role="listbox" aria-label={t('query.offers')}>
          {shown.map((item, i) => (
            // The field keeps the focus and the keys (aria-activedescendant).
            // biome-ignore lint/a11y/useKeyWithClickEvents: Enter in the field takes it
            <div
              key={item.insert}
              id={`${id}-${i}`}
              role="option"
              aria-selected={i === active}
              className="option"
              data-highlighted={i === active || undefined}
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => take(item)}
            >
              <code>{item.insert}</code>
              {item.field ? <span className="muted grow">{t(`query.field_${item.field}`)}</span> : null}
            </div>
          ))}
          {field === undefined ? <p className="query-help">{t('query.help')}</p> : null}
        </div>
      ) : null}
    </search>
  )
}

/** Asks the server for values a moment after the last key; an answer that comes late is dropped. */
function useFound(
  lookUp: QueryInputProps['lookUp'],
  at: { field: string | undefined; typed: string } | undefined,
): string[] {
  const [found, setFound] = useState<{ key: string; values: string[] }>({ key: '', values: NONE })
  const field = at?.field
  const typed = at?.typed ?? ''
  const key = field === undefined ? '' : `${field}:${typed}`
  const latest = useRef(lookUp)
  useEffect(() => {
    latest.current = lookUp
  })
  useEffect(() => {
    const find = latest.current
    if (!find || field === undefined) return
    const abort = new AbortController()
    const timer = setTimeout(() => {
      // No offers is no fault worth a message: the query can be written without them.
      find(field, typed, abort.signal).then(
        (values) => setFound({ key: `${field}:${typed}`, values }),
        () => {},
      )
    }, 150)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [field, typed])
  return found.key === key ? found.values : NONE
}
