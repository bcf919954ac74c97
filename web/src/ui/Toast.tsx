import { Toast as BaseToast } from '@base-ui/react/toast'
import i18next from 'i18next'
import { useTranslation } from 'react-i18next'
import { Problem } from '~/api/problem'
import { buttonClass } from './Button'
import { Close } from './icons'
import { problemText } from './problemText'

const manager = BaseToast.createToastManager()

export interface ToastOptions {
  title: string
  detail?: string
  tone?: 'info' | 'success' | 'warning' | 'error'
  /** Offers to take it back; shown longer. */
  undo?: () => void
  action?: { label: string; run: () => void }
}

/** Says what has happened, from anywhere. Errors stay until closed. */
export function toast({ title, detail, tone = 'info', undo, action }: ToastOptions): void {
  const button = undo ? { label: i18next.t('ui.undo'), run: undo } : action
  const id: string = manager.add({
    title,
    type: tone,
    timeout: tone === 'error' ? 0 : button ? 10_000 : 5000,
    priority: tone === 'error' ? 'high' : 'low',
    ...(detail ? { description: detail } : {}),
    ...(button
      ? {
          actionProps: {
            children: button.label,
            onClick: () => {
              manager.close(id)
              button.run()
            },
          },
        }
      : {}),
  })
}

/** Shows why something failed. An aborted call has not failed. */
export function toastProblem(cause: unknown, title?: string): void {
  if (cause instanceof DOMException && cause.name === 'AbortError') return
  const text = problemText(Problem.from(cause))
  toast(title ? { title, detail: text, tone: 'error' } : { title: text, tone: 'error' })
}

export function ToastRegion() {
  return (
    <BaseToast.Provider toastManager={manager} limit={4}>
      <BaseToast.Portal>
        <BaseToast.Viewport className="toast-region">
          <ToastList />
        </BaseToast.Viewport>
      </BaseToast.Portal>
    </BaseToast.Provider>
  )
}

function ToastList() {
  const { t } = useTranslation()
  const { toasts } = BaseToast.useToastManager()
  return toasts.map((item) => (
    <BaseToast.Root key={item.id} toast={item} className="toast" swipeDirection="right">
      <BaseToast.Content className="toast-content">
        <div className="text">
          <BaseToast.Title />
          <BaseToast.Description />
        </div>
        <BaseToast.Action className="btn small" />
        <BaseToast.Close aria-label={t('ui.close')} className={buttonClass('quiet', true, 'icon-only')}>
          <Close className="icon" />
        </BaseToast.Close>
      </BaseToast.Content>
    </BaseToast.Root>
  ))
}
