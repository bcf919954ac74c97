import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { TlpBadge } from '~/ui/Badge'
import { Notice } from '~/ui/Notice'
import { Skeleton } from '~/ui/states'
import { Tag } from '~/ui/Tag'
import { RelativeTime } from '~/ui/time'
import { visible } from '~/ui/Value'
import { countQuarantine, listRuns, runsKey, type Source } from '../api'
import { ScheduleText } from '../form/ScheduleField'
import { gradeOf } from '../list/columns'
import { RunLog } from './RunLog'

type Tlp = 'clear' | 'green' | 'amber' | 'amber+strict' | 'red' | ''

/** How a source fares, and what its newest visit did or does. */
export function Overview({ source, own }: { source: Source; own: boolean }) {
  return (
    <div className="source-overview">
      <div className="about">
        <Health source={source} />
        <Facts source={source} />
      </div>
      {own ? <Newest source={source} /> : null}
    </div>
  )
}

function Health({ source }: { source: Source }) {
  const { t } = useTranslation()
  const { health, state } = source
  const quarantine = useQuery({
    queryKey: ['quarantine', 'counts', source.id],
    queryFn: ({ signal }) => countQuarantine(source.id, signal),
  })
  const waiting = (quarantine.data?.items ?? []).reduce((sum, each) => sum + each.count, 0)
  return (
    <>
      {health.status === 'failing' || health.status === 'stale' ? (
        <Notice tone={health.status === 'failing' ? 'danger' : 'warning'}>
          <p>
            {t(`sources.is_${health.status}`)}{' '}
            {health.since ? (
              <>
                {t('sources.since')} <RelativeTime at={health.since} />
              </>
            ) : null}
          </p>
          {health.error || state.last_error ? <p>{visible(health.error || state.last_error || '')}</p> : null}
        </Notice>
      ) : null}
      {waiting > 0 ? (
        <Notice
          tone="warning"
          action={
            <Link to="/sources/quarantine" search={{ source: source.id }} className="btn small">
              {t('sources.to_quarantine')}
            </Link>
          }
        >
          {t('sources.in_quarantine', { count: waiting })}
        </Notice>
      ) : null}
      <dl className="facts">
        <dt>{t('sources.last_run')}</dt>
        <dd>
          <RelativeTime at={state.last_run} />
        </dd>
        <dt>{t('sources.last_success')}</dt>
        <dd>
          <RelativeTime at={state.last_success} />
        </dd>
        <dt>{t('sources.last_item')}</dt>
        <dd>
          <RelativeTime at={state.last_item} />
        </dd>
        <dt>{t('sources.next_run')}</dt>
        <dd>
          {source.enabled && state.next_run ? (
            <RelativeTime at={state.next_run} />
          ) : (
            <span className="muted">
              {t(source.enabled ? 'schedule.mode_hand' : 'sources.status_disabled')}
            </span>
          )}
        </dd>
        {state.failures > 0 ? (
          <>
            <dt>{t('sources.failures')}</dt>
            <dd className="num">{state.failures.toLocaleString()}</dd>
          </>
        ) : null}
      </dl>
    </>
  )
}

function Facts({ source }: { source: Source }) {
  const { t } = useTranslation()
  const address = addressOf(source.config)
  const hosts = source.options.hosts ?? []
  return (
    <dl className="facts">
      {address ? (
        <>
          <dt>{t('sources.address')}</dt>
          <dd>
            <code>{visible(address)}</code>
          </dd>
        </>
      ) : null}
      <dt>{t('schedule.label')}</dt>
      <dd>
        <ScheduleText value={source.schedule} />
      </dd>
      <dt>{t('sources.publisher')}</dt>
      <dd>{visible(source.publisher)}</dd>
      <dt>{t('sources.reliability')}</dt>
      <dd>{t(`sources.grade_${gradeOf(source)}`)}</dd>
      <dt>{t('sources.accept')}</dt>
      <dd>{t(`sources.accept_${source.accept}`)}</dd>
      <dt>{t('sources.claim_label')}</dt>
      <dd className="inline">
        <TlpBadge level={(source.claim_label.tlp ?? '') as Tlp} />
        <TlpBadge scheme="PAP" level={(source.claim_label.pap ?? '') as Tlp} />
        <span>{distributionText(t, source.claim_label.distribution)}</span>
      </dd>
      {source.tags.length > 0 ? (
        <>
          <dt>{t('sources.tags')}</dt>
          <dd className="inline">
            {source.tags.map((tag) => (
              <Tag key={tag} text={tag} />
            ))}
          </dd>
        </>
      ) : null}
      {hosts.length > 0 ? (
        <>
          <dt>{t('sources.hosts')}</dt>
          <dd>{hosts.join(', ')}</dd>
        </>
      ) : null}
      <dt>{t('sources.plane')}</dt>
      <dd>{t(`sources.plane_${source.plane}`)}</dd>
      <dt>{t('sources.created')}</dt>
      <dd>
        <RelativeTime at={source.created} />
      </dd>
    </dl>
  )
}

const LEVELS = ['0', '1', '2', '3', '4'] as const

function distributionText(t: ReturnType<typeof useTranslation>['t'], level: number): string {
  const known = LEVELS[level]
  return known ? t(`label.distribution_${known}`) : String(level)
}

/** Where a source reads, of whatever kind it is. */
function addressOf(config: unknown): string {
  if (typeof config !== 'object' || config === null) return ''
  const fields = config as Record<string, unknown>
  for (const name of ['url', 'path', 'repo', 'search', 'gists_of']) {
    const value = fields[name]
    if (typeof value === 'string' && value) return value
  }
  return Array.isArray(fields.urls) ? fields.urls.map(String).join('\n') : ''
}

function Newest({ source }: { source: Source }) {
  const { t } = useTranslation()
  const newest = useQuery({
    queryKey: [...runsKey(source.id), 'newest'],
    queryFn: async ({ signal }) => (await listRuns(source.id, undefined, signal, 1)).items[0] ?? null,
  })
  return (
    <section className="newest">
      <h2>{t('sources.newest_run')}</h2>
      {newest.data ? (
        <RunLog key={newest.data.id} source={source.id} run={newest.data.id} />
      ) : newest.isPending ? (
        <Skeleton width={40} />
      ) : (
        <p className="muted">{t('sources.no_runs')}</p>
      )}
    </section>
  )
}
