import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Close } from './icons'
import { visible } from './Value'

/** A label given to something. `colour` comes from a taxonomy; only #rrggbb is taken. */
export function Tag(props: {
  text: string
  colour?: string | undefined
  icon?: ReactNode
  onRemove?: () => void
}) {
  const { t } = useTranslation()
  const colour = props.colour && /^#[0-9a-f]{6}$/i.test(props.colour) ? props.colour : undefined
  const text = visible(props.text)
  return (
    <span className="tag" title={text} style={colour ? ({ '--tag': colour } as object) : undefined}>
      {props.icon ?? (colour ? <span className="dot" /> : null)}
      <span className="text">{text}</span>
      {props.onRemove ? (
        <button type="button" aria-label={t('ui.remove', { name: text })} onClick={props.onRemove}>
          <Close className="icon" />
        </button>
      ) : null}
    </span>
  )
}
