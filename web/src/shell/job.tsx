import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { api, type Schema } from '~/api/client'
import { useLiveEvents } from '~/api/events'
import { Badge, type BadgeTone } from '~/ui/Badge'
import { Button } from '~/ui/Button'
import { Notice } from '~/ui/Notice'
import { codeText } from '~/ui/problemText'
import { ErrorState, Progress } from '~/ui/states'
import { toastProblem } from '~/ui/Toast'

export type Job = Schema<'Job'>

export const jobEnded = (job: Job) =>
  job.state === 'done' || job.state === 'failed' || job.state === 'cancelled'

const tones: Record<Job['state'], BadgeTone> = {
  queued: 'neutral',
  running: 'info',
  done: 'success',
  failed: 'danger',
  cancelled: 'warning',
}

export function JobBadge({ state }: { state: Job['state'] }) {
  const { t } = useTranslation()
  return <Badge tone={tones[state]}>{t(`job.state_${state}`)}</Badge>
}

/** A job, read again while it goes on. `onEnd` is told once, when it has ended. */
export function useJob(id: string | undefined, onEnd?: (job: Job) => void) {
  const client = useQueryClient()
  const query = useQuery({
    queryKey: ['jobs', 'one', id],
    enabled: id !== undefined,
    queryFn: ({ signal }) => api.get('/jobs/{id}', { path: { id: id ?? '' }, signal }),
    refetchInterval: (query) => (query.state.data && jobEnded(query.state.data) ? false : 1000),
  })
  useLiveEvents(
    ['job'],
    () => void client.invalidateQueries({ queryKey: ['jobs', 'one', id] }),
    id !== undefined,
  )
  const told = useRef<string>(undefined)
  const job = query.data
  useEffect(() => {
    if (!job || !jobEnded(job) || told.current === job.id) return
    told.current = job.id
    onEnd?.(job)
  }, [job, onEnd])
  return query
}

/** What a job may be called in the person's language. */
export function useJobName(): (kind: string) => string {
  const { t, i18n } = useTranslation()
  return (kind) => {
    const key = `job.kind_${kind.replaceAll('.', '_')}` as 'job.kind_packs_install'
    return i18n.exists(key) ? t(key) : kind
  }
}

/** How far a job is, why it failed, and a way to stop it. */
export function JobProgress(props: {
  id: string
  onEnd?: (job: Job) => void
  children?: (job: Job) => React.ReactNode
}) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const name = useJobName()
  const query = useJob(props.id, props.onEnd)
  const job = query.data
  if (query.error && !job) return <ErrorState inset problem={query.error} onRetry={query.refetch} />
  if (!job) return <Progress label={t('ui.loading')} />
  const cancel = async () => {
    try {
      client.setQueryData(
        ['jobs', 'one', job.id],
        await api.post('/jobs/{id}/cancel', { path: { id: job.id } }),
      )
    } catch (cause) {
      toastProblem(cause)
    }
  }
  return (
    <div className="stack" aria-live="polite">
      {jobEnded(job) ? (
        <div className="inline">
          <JobBadge state={job.state} />
          <span>{name(job.kind)}</span>
        </div>
      ) : (
        <div className="inline">
          <div className="grow">
            <Progress
              label={job.cancelling ? t('job.cancelling') : job.message || name(job.kind)}
              value={job.total > 0 ? job.done : null}
              max={job.total || 1}
              detail={
                job.total > 0
                  ? `${job.done.toLocaleString()} / ${job.total.toLocaleString()}`
                  : t(`job.state_${job.state}`)
              }
            />
          </div>
          <Button small disabled={job.cancelling} onClick={() => void cancel()}>
            {t('ui.cancel')}
          </Button>
        </div>
      )}
      {job.error ? (
        <Notice tone={job.state === 'failed' ? 'danger' : 'warning'}>
          {codeText(job.error.code, job.error.params ?? {}) ?? job.error.text}
        </Notice>
      ) : null}
      {props.children?.(job)}
    </div>
  )
}
