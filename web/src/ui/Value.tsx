import { useTranslation } from 'react-i18next'
import { IconButton } from './Button'
import { defang } from './defang'
import { Copy, CopyRaw } from './icons'
import { toast } from './Toast'

export interface ValueProps {
  value: string
  /** A STIX type name. */
  type: string
  /** Over several lines where it is long, instead of an ellipsis. */
  wrap?: boolean
  struck?: boolean
  /** The copy buttons always stand there, not only on hover. */
  toolsShown?: boolean
  /** No copy buttons: in rows, where the row's own actions copy. */
  plain?: boolean
}

/** An observable's value: defanged, in monospace, never a link. The full text is on hover. */
export function Value({ value, type, wrap, struck, toolsShown, plain }: ValueProps) {
  const { t } = useTranslation()
  const safe = shownValue(defang(value, type), type, wrap)
  const lines = wrap && safe.includes('\n')
  const classes = ['value', wrap && 'wrap', struck && 'struck', toolsShown && 'tools-shown']
  return (
    <span className={classes.filter(Boolean).join(' ')}>
      <bdi className={lines ? 'text lines' : 'text'} title={wrap ? undefined : safe}>
        {safe}
      </bdi>
      {plain ? null : (
        <span className="tools">
          <IconButton
            small
            label={t('ui.copy_defanged')}
            icon={<Copy className="icon" />}
            onClick={() => void copyText(defang(value, type), t('ui.copied'))}
          />
          <IconButton
            small
            label={t('ui.copy_raw')}
            icon={<CopyRaw className="icon" />}
            onClick={() => void copyText(value, t('ui.copied_raw'))}
          />
        </span>
      )}
    </span>
  )
}

// Bidi controls, zero-width and control characters, which could make a value look like another.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/**
 * A defanged value as it is shown. Rules (YARA, Sigma, Snort) have lines by nature; a line break in
 * any other value is a trick and is shown as one.
 */
export function shownValue(text: string, type: string, lines?: boolean): string {
  if (!type.startsWith('indicator')) return visible(text)
  const parts = text.replaceAll('\t', '    ').split(lines ? /\r\n|\r|\n/ : /(?:\s*[\r\n])+\s*/)
  return parts.map(visible).join(lines ? '\n' : ' ⏎ ')
}

/** Shows characters that cannot be seen as <U+XXXX>. */
export function visible(text: string): string {
  return text.replace(
    UNSEEN,
    (c) => `<U+${(c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`,
  )
}

/** Copies, also where the clipboard API is missing (plain http). */
export async function copyText(text: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    const area = document.createElement('textarea')
    area.value = text
    area.style.position = 'fixed'
    area.style.opacity = '0'
    document.body.append(area)
    area.select()
    document.execCommand('copy')
    area.remove()
  }
  toast({ title: done, tone: 'success' })
}
