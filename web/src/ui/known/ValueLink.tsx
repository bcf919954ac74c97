import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { ValueRef } from '~/api/intel'
import { IconButton } from '../Button'
import { Copy } from '../icons'
import { copyText, shownValue, visible } from '../Value'

/** A value by which its own page here is opened; it never leads to what the value names. */
export function ValueLink({ value, plain }: { value: ValueRef; plain?: boolean }) {
  const { t } = useTranslation()
  const text = shownValue(value.defanged, value.type)
  return (
    <span className="value">
      {value.id ? (
        <Link to="/observables/$id" params={{ id: value.id }} className="text" title={text}>
          <bdi>{text}</bdi>
        </Link>
      ) : (
        <bdi className="text" title={text}>
          {text}
        </bdi>
      )}
      {value.unicode ? <span className="muted nowrap">{visible(value.unicode)}</span> : null}
      {plain ? null : (
        <span className="tools">
          <IconButton
            small
            label={t('ui.copy_defanged')}
            icon={<Copy className="icon" />}
            onClick={() => void copyText(value.defanged, t('ui.copied'))}
          />
        </span>
      )}
    </span>
  )
}
