import { Dialog as BaseDialog } from '@base-ui/react/dialog'
import { type ReactNode, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { buttonClass } from './Button'
import { Close } from './icons'

export interface DialogProps {
  open: boolean
  onClose: () => void
  title: ReactNode
  description?: ReactNode
  /** Buttons, the one that does it last. */
  footer?: ReactNode
  wide?: boolean
  /** Keeps a click beside it from closing it: for forms with input to lose. */
  sticky?: boolean
  children?: ReactNode
}

/** Asks for something before work goes on. */
export function Dialog(props: DialogProps) {
  return (
    <Overlay {...props} className={`dialog ${props.wide ? 'wide' : ''}`}>
      {props.children ? <div className="dialog-body">{props.children}</div> : <div className="dialog-gap" />}
      {props.footer ? <footer className="dialog-foot">{props.footer}</footer> : null}
    </Overlay>
  )
}

/** Shows or edits one thing beside the list it came from. */
export function Drawer(props: Omit<DialogProps, 'wide'> & { width?: number }) {
  return (
    <Overlay {...props} className="drawer">
      <div className="dialog-body">{props.children}</div>
      {props.footer ? <footer className="dialog-foot">{props.footer}</footer> : null}
    </Overlay>
  )
}

const FIRST =
  '.dialog-body :is(input, textarea, [role=combobox]):not([disabled], [aria-hidden=true]), .dialog-foot [autofocus]'

function Overlay(props: DialogProps & { className: string; width?: number; children: ReactNode }) {
  const { t } = useTranslation()
  const popup = useRef<HTMLDivElement>(null)
  return (
    <BaseDialog.Root
      open={props.open}
      onOpenChange={(open) => {
        if (!open) props.onClose()
      }}
      disablePointerDismissal={props.sticky ?? false}
    >
      <BaseDialog.Portal>
        <BaseDialog.Backdrop className="backdrop" />
        <BaseDialog.Popup
          ref={popup}
          className={props.className}
          // The first field, else the whole: never the button that closes it.
          initialFocus={() => popup.current?.querySelector<HTMLElement>(FIRST) ?? popup.current}
          style={props.width ? ({ '--drawer-width': `${props.width}px` } as object) : undefined}
        >
          <header className="dialog-head">
            <div>
              <BaseDialog.Title>{props.title}</BaseDialog.Title>
              {props.description ? (
                <BaseDialog.Description>{props.description}</BaseDialog.Description>
              ) : null}
            </div>
            <BaseDialog.Close aria-label={t('ui.close')} className={buttonClass('quiet', true, 'icon-only')}>
              <Close className="icon" />
            </BaseDialog.Close>
          </header>
          {props.children}
        </BaseDialog.Popup>
      </BaseDialog.Portal>
    </BaseDialog.Root>
  )
}
