import { type ReactNode, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { Tip } from './Tooltip'

type Instant = string | number | Date

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_556_952],
  ['month', 2_629_746],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
]

/** "3 hours ago" in the language; within a minute of now it is "now". */
export function relativeTime(at: Instant, now: number, language: string): string {
  const seconds = (new Date(at).getTime() - now) / 1000
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' })
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit)
  }
  return format.format(0, 'second')
}

/** "2026-11-22 14:03", in local time or UTC. The same in every language, and sorts by eye. */
export function absoluteTime(at: Instant, options: { utc?: boolean; seconds?: boolean } = {}): string {
  const d = new Date(at)
  if (Number.isNaN(d.getTime())) return String(at)
  const two = (n: number) => String(n).padStart(2, '0')
  const [y, mo, day, h, mi, s] = options.utc
    ? [
        d.getUTCFullYear(),
        d.getUTCMonth(),
        d.getUTCDate(),
        d.getUTCHours(),
        d.getUTCMinutes(),
        d.getUTCSeconds(),
      ]
    : [d.getFullYear(), d.getMonth(), d.getDate(), d.getHours(), d.getMinutes(), d.getSeconds()]
  const text = `${y}-${two(mo + 1)}-${two(day)} ${two(h)}:${two(mi)}`
  return text + (options.seconds ? `:${two(s)}` : '') + (options.utc ? 'Z' : '')
}

// One clock for all relative times on the page.
let minute = Date.now()
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

function subscribe(listener: () => void) {
  listeners.add(listener)
  timer ??= setInterval(() => {
    minute = Date.now()
    for (const each of listeners) each()
  }, 30_000)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) {
      clearInterval(timer)
      timer = undefined
    }
  }
}

/** A time as people say it; the exact one, local and UTC, on hover. */
export function RelativeTime({ at, absolute }: { at: Instant | null | undefined; absolute?: boolean }) {
  const { i18n } = useTranslation()
  const now = useSyncExternalStore(subscribe, () => minute)
  if (at === null || at === undefined || at === '') return <span className="muted">–</span>
  const iso = new Date(at)
  if (Number.isNaN(iso.getTime())) return <span>{String(at)}</span>
  return (
    <Tip text={<Exact rows={[['', at]]} />}>
      <time className="nowrap num" dateTime={iso.toISOString()}>
        {absolute ? absoluteTime(at) : relativeTime(at, Math.max(now, Date.now()), i18n.language)}
      </time>
    </Tip>
  )
}

export interface ThreeDatesProps {
  /** Stated by the source. */
  published?: Instant | null | undefined
  /** When it happened in the world. */
  observed?: Instant | null | undefined
  /** When it came in here. */
  arrived?: Instant | null | undefined
}

/** The three dates of a report or claim: the most telling one shown, all three on hover. */
export function ThreeDates({ published, observed, arrived }: ThreeDatesProps) {
  const { t, i18n } = useTranslation()
  const now = useSyncExternalStore(subscribe, () => minute)
  const shown = published ?? observed ?? arrived
  if (!shown) return <span className="muted">–</span>
  const rows: [string, Instant | null | undefined][] = [
    [t('dates.published'), published],
    [t('dates.observed'), observed],
    [t('dates.arrived'), arrived],
  ]
  return (
    <Tip text={<Exact rows={rows} />}>
      <time className="nowrap num" dateTime={new Date(shown).toISOString()}>
        {relativeTime(shown, Math.max(now, Date.now()), i18n.language)}
        {published ? null : (
          <span className="muted"> ({observed ? t('dates.observed') : t('dates.arrived')})</span>
        )}
      </time>
    </Tip>
  )
}

function Exact({ rows }: { rows: [string, Instant | null | undefined][] }): ReactNode {
  const { t } = useTranslation()
  return (
    <dl className="num">
      {rows.map(([name, at]) => (
        <div key={name} style={{ display: 'contents' }}>
          <dt>{name || t('dates.local')}</dt>
          <dd>{at ? absoluteTime(at, { seconds: true }) : t('dates.unknown')}</dd>
          {at && !name ? (
            <>
              <dt>UTC</dt>
              <dd>{absoluteTime(at, { utc: true, seconds: true })}</dd>
            </>
          ) : null}
        </div>
      ))}
    </dl>
  )
}
