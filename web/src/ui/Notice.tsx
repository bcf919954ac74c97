import type { ReactNode } from 'react'
import { Accept, Alert, Help, Warning } from './icons'

const icons = { info: Help, success: Accept, warning: Warning, danger: Alert }

/** A remark that belongs to what stands beside it. Errors are announced. */
export function Notice(props: { tone?: keyof typeof icons; children: ReactNode; action?: ReactNode }) {
  const tone = props.tone ?? 'info'
  const Icon = icons[tone]
  return (
    <div className={`notice ${tone}`} role={tone === 'danger' ? 'alert' : undefined}>
      <Icon className="icon" aria-hidden="true" />
      <div className="grow">{props.children}</div>
      {props.action}
    </div>
  )
}
