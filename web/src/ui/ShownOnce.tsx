import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from './Button'
import { Copy } from './icons'
import { Notice } from './Notice'
import { copyText } from './Value'

/** A secret that will never be shown again: a key, a link, recovery codes. */
export function ShownOnce(props: { label: string; text: string; children?: ReactNode }) {
  const { t } = useTranslation()
  return (
    <div className="stack">
      <Notice tone="warning">{props.children ?? t('ui.shown_once')}</Notice>
      <div className="shown-once">
        <pre role="note" aria-label={props.label} tabIndex={0}>
          {props.text}
        </pre>
        <Button
          icon={<Copy className="icon" />}
          onClick={() => void copyText(props.text, t('ui.copied_secret'))}
        >
          {t('ui.copy')}
        </Button>
      </div>
    </div>
  )
}
