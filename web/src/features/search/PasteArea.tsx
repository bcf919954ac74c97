import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { keepPaste } from '~/shell/paste'
import { Button } from '~/ui/Button'
import { Textarea } from '~/ui/Input'
import { useSubmitOnEnter } from '~/ui/ime'

/** Nothing is asked yet: room for a list, also where pasting is typed by hand. */
export function PasteArea() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const [text, setText] = useState('')
  const submit = () => {
    if (!text.trim()) return
    keepPaste(text)
    void navigate({ to: '/search', search: { paste: String(Date.now()) } })
  }
  const onKeyDown = useSubmitOnEnter(submit, { mod: true })
  return (
    <div className="search-body">
      <form
        className="paste-area"
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <label htmlFor="paste-list">{t('search.paste_label')}</label>
        <p className="muted">{t('search.paste_hint')}</p>
        <Textarea
          id="paste-list"
          rows={12}
          value={text}
          onValue={setText}
          onKeyDown={onKeyDown}
          spellCheck={false}
        />
        <div className="inline">
          <Button type="submit" tone="primary" keys="Mod+Enter" disabled={!text.trim()}>
            {t('search.look_up')}
          </Button>
        </div>
      </form>
    </div>
  )
}
