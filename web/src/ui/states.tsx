import { Progress as BaseProgress } from '@base-ui/react/progress'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Problem } from '~/api/problem'
import { Button } from './Button'
import { Alert, Empty, Retry } from './icons'
import { problemText } from './problemText'

function Title({ page, children }: { page: boolean | undefined; children: ReactNode }) {
  return page ? <h1>{children}</h1> : <h2>{children}</h2>
}

/** Nothing is there: says why, and what to do about it. */
export function EmptyState(props: {
  title: ReactNode
  /** It is the whole page: its title is the page's heading. */
  page?: boolean
  children?: ReactNode
  icon?: ReactNode
  actions?: ReactNode
}) {
  return (
    <div className="state-page">
      {props.icon ?? <Empty className="icon" aria-hidden="true" />}
      <Title page={props.page}>{props.title}</Title>
      {props.children ? <p>{props.children}</p> : null}
      {props.actions ? <div className="actions">{props.actions}</div> : null}
    </div>
  )
}

/** It could not be read: the reason, and another try where that can help. */
export function ErrorState(props: {
  problem: unknown
  onRetry?: (() => void) | undefined
  inset?: boolean
  page?: boolean
}) {
  const { t } = useTranslation()
  const problem = Problem.from(props.problem)
  const retry = props.onRetry && problem.kind !== 'not_found' && problem.kind !== 'forbidden'
  return (
    <div className={`state-page error ${props.inset ? 'inset' : ''}`} role="alert">
      <Alert className="icon" aria-hidden="true" />
      <Title page={props.page}>{t(problem.kind === 'not_found' ? 'ui.not_found' : 'ui.failed')}</Title>
      <p>{problemText(problem)}</p>
      <p className="code mono">
        {problem.code}
        {problem.code === 'console_error'
          ? ` · ${problem.detail}`
          : problem.status
            ? ` · ${problem.status}`
            : ''}
      </p>
      {retry ? (
        <div className="actions">
          <Button icon={<Retry className="icon" />} onClick={props.onRetry}>
            {t('ui.retry')}
          </Button>
        </div>
      ) : null}
    </div>
  )
}

/** How far long work has come. Without `max` it only says that it goes on. */
export function Progress(props: {
  label: ReactNode
  value?: number | null
  max?: number
  detail?: ReactNode
}) {
  return (
    <BaseProgress.Root className="progress" value={props.value ?? null} max={props.max ?? 100}>
      <BaseProgress.Label>{props.label}</BaseProgress.Label>
      {props.detail ? (
        <span className="value">{props.detail}</span>
      ) : (
        <BaseProgress.Value className="value" />
      )}
      <BaseProgress.Track className="track">
        <BaseProgress.Indicator className="fill" />
      </BaseProgress.Track>
    </BaseProgress.Root>
  )
}

/** Stands for text that is on its way; `width` in characters. */
export function Skeleton({ width = 12 }: { width?: number }) {
  return <span className="skeleton" aria-hidden="true" style={{ width: `${width}ch`, maxWidth: '100%' }} />
}
