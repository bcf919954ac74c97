import { useNavigate } from '@tanstack/react-router'
import { type ClipboardEvent, type RefObject, useCallback, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { keysOf } from '~/commands'
import { Search } from '~/ui/icons'
import { useSubmitOnEnter } from '~/ui/ime'
import { KeyHint } from '~/ui/KeyHint'
import { isList, keepPaste } from './paste'

/** Takes a value in any writing, words, or a whole pasted list; Enter looks it up. */
export function SearchBox(props: {
  inputRef?: RefObject<HTMLInputElement | null>
  large?: boolean
  initial?: string
}) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const [text, setText] = useState(props.initial ?? '')
  const submit = useCallback(() => {
    const q = text.trim()
    if (q) void navigate({ to: '/search', search: { q } })
  }, [text, navigate])
  const onKeyDown = useSubmitOnEnter(submit)
  const onPaste = (event: ClipboardEvent) => {
    const pasted = event.clipboardData.getData('text/plain')
    if (!isList(pasted)) return
    event.preventDefault()
    keepPaste(pasted)
    void navigate({ to: '/search', search: { paste: '1' } })
  }
  return (
    <search className={`input-icon search-box ${props.large ? 'large' : ''}`}>
      <Search className="icon" aria-hidden="true" />
      <input
        ref={props.inputRef}
        type="search"
        className="input"
        value={text}
        // biome-ignore lint/a11y/noAutofocus: the page's one purpose is this box
        autoFocus={props.large ?? false}
        aria-label={t('search.label')}
        placeholder={props.large ? t('search.placeholder_long') : t('search.placeholder')}
        autoComplete="off"
        autoCapitalize="off"
        autoCorrect="off"
        spellCheck={false}
        enterKeyHint="search"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur()
          onKeyDown(event)
        }}
        onPaste={onPaste}
      />
      <span className="after">{props.large ? null : <KeyHint keys={keysOf('app.search') ?? ''} />}</span>
    </search>
  )
}
