import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { Notice } from '~/ui/Notice'
import { ErrorState, Skeleton } from '~/ui/states'
import { absoluteTime, RelativeTime } from '~/ui/time'
import { visible } from '~/ui/Value'
import { OutcomeBadge } from '../Health'
import { useRunLog } from './useRunLog'

// Enough to read; what came before is counted.
const MOST = 2000

/** What a visit does, line by line, as it happens. */
export function RunLog({ source, run: id }: { source: string; run: string }) {
  const { t } = useTranslation()
  const { run, problem, retry } = useRunLog(source, id)
  const list = useRef<HTMLDivElement>(null)
  const atEnd = useRef(true)
  const count = run?.log?.length ?? 0
  // biome-ignore lint/correctness/useExhaustiveDependencies: the end moves when lines are added
  useEffect(() => {
    if (atEnd.current && list.current) list.current.scrollTop = list.current.scrollHeight
  }, [count])
  if (problem && !run) return <ErrorState inset problem={problem} onRetry={() => void retry()} />
  if (!run) return <Skeleton width={40} />
  const log = run.log ?? []
  const shown = log.slice(-MOST)
  return (
    <div className="run-log">
      <div className="run-head">
        <OutcomeBadge outcome={run.outcome} />
        <RelativeTime at={run.started} />
        {run.ended ? <span className="muted num">{duration(run.started, run.ended)}</span> : null}
        <span className="num">{t('sources.run_items', { count: run.items })}</span>
        <span className="num">{t('sources.run_fresh', { count: run.fresh })}</span>
        {run.skipped > 0 ? (
          <span className="num warning-text">{t('sources.run_skipped', { count: run.skipped })}</span>
        ) : null}
      </div>
      {run.error ? <Notice tone="danger">{visible(run.error)}</Notice> : null}
      {log.length > shown.length ? (
        <p className="muted">{t('sources.log_earlier', { count: log.length - shown.length })}</p>
      ) : null}
      <div
        ref={list}
        className="log-lines"
        role="log"
        aria-label={t('sources.log')}
        tabIndex={0}
        onScroll={(event) => {
          const box = event.currentTarget
          atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < 24
        }}
      >
        {shown.length === 0 ? (
          <div className="muted">
            {t(run.outcome === 'running' ? 'sources.log_waits' : 'sources.log_empty')}
          </div>
        ) : null}
        {shown.map((line, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines are only added
          <div key={log.length - shown.length + i} className={line.level}>
            <time dateTime={line.at} title={absoluteTime(line.at, { seconds: true })}>
              {absoluteTime(line.at, { seconds: true }).slice(11)}
            </time>
            <span>
              {line.level === 'info' ? null : <b>{t(`sources.level_${line.level}`)} </b>}
              {line.item ? <span className="item">{visible(line.item)} </span> : null}
              {progressText(t, line.text) ?? visible(line.text)}
            </span>
          </div>
        ))}
      </div>
    </div>
  )
}

/** The server's "12 / 400" in words; undefined for any other line. */
function progressText(t: ReturnType<typeof useTranslation>['t'], text: string): string | undefined {
  const found = /^(\d+) \/ (\d+)$/.exec(text)
  if (!found) return undefined
  const done = Number(found[1]).toLocaleString()
  const total = Number(found[2])
  return total > 0
    ? t('sources.log_progress', { done, total: total.toLocaleString() })
    : t('sources.log_done', { done })
}

/** "1.2 s", "3 min 20 s". */
export function duration(from: string, to: string): string {
  const ms = Math.max(0, Date.parse(to) - Date.parse(from))
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`
  const s = Math.round(ms / 1000)
  return `${Math.floor(s / 60)} min ${s % 60} s`
}
