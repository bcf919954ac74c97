import { Link, useNavigate } from '@tanstack/react-router'
import { Fragment } from 'react'
import { useTranslation } from 'react-i18next'
import { useExportsOf } from '~/api/exporting'
import type { ScoreTerm } from '~/api/intel'
import { useCan } from '~/api/session'
import { keysOf } from '~/commands'
import { isHeldReason } from '~/shell/exporting/SelectionPreview'
import { Badge, type Pain, PainLevel } from '~/ui/Badge'
import { Button, IconButton } from '~/ui/Button'
import { Accept, More, Reject } from '~/ui/icons'
import { ExpiredBadge, ListBadges, OwnBadge } from '~/ui/known/badges'
import { Score } from '~/ui/known/Score'
import { StateCounts } from '~/ui/known/StateCounts'
import { Menu, type MenuEntry } from '~/ui/Menu'
import { Tip } from '~/ui/Tooltip'
import { RelativeTime } from '~/ui/time'
import { Value, visible } from '~/ui/Value'
import type { Observable } from './api'

const TERMS = ['evidence', 'pain', 'sightings', 'listed', 'own'] as const

/** The one line that says what to think of a value, with what it rests on. */
export function Verdict(props: {
  item: Observable
  accept: (() => void) | undefined
  reject: (() => void) | undefined
  exportIt: () => void
}) {
  const { t } = useTranslation()
  const { item, accept, reject } = props
  const pain = Math.max(0, ...item.evidence.filter((e) => e.state !== 'rejected').map((e) => e.pain))
  return (
    <section className="verdict" aria-label={t('observables.verdict')}>
      <div className="verdict-head">
        <div className="grow">
          <span className="kind">{item.type}</span>
          <h2>
            <Value value={item.value} type={item.type} wrap toolsShown />
          </h2>
          {item.unicode ? <span className="muted">{visible(item.unicode)}</span> : null}
        </div>
        <div className="inline">
          {accept ? (
            <Button
              small
              icon={<Accept className="icon" />}
              keys={keysOf('observable.accept') ?? ''}
              onClick={accept}
            >
              {t('observable.accept')}
            </Button>
          ) : null}
          {reject ? (
            <Button
              small
              tone="danger"
              icon={<Reject className="icon" />}
              keys={keysOf('observable.reject') ?? ''}
              onClick={reject}
            >
              {t('observable.reject')}
            </Button>
          ) : null}
          <MoreActions item={item} exportIt={props.exportIt} />
        </div>
      </div>
      <div className="verdict-line">
        <Score score={item.score} large />
        {pain > 0 ? <PainLevel level={Math.min(6, pain) as Pain} /> : null}
        <span>
          {t('observables.known_in', {
            known: t('observables.known_by', {
              count: item.publishers,
              shown: item.publishers.toLocaleString(),
            }),
            reports: t('observables.in_reports', {
              count: item.reports,
              shown: item.reports.toLocaleString(),
            }),
          })}
        </span>
        <StateCounts states={item.states} />
        <OwnBadge own={item.own} />
        <ListBadges lists={item.lists} whole />
        {item.to_ids ? <Badge tone="info">{t('observables.to_ids')}</Badge> : null}
        <ExpiredBadge expired={item.expired} />
        <span className="muted dates">
          {t('observables.first')} <RelativeTime at={item.first} /> · {t('observables.last')}{' '}
          <RelativeTime at={item.last} />
          {item.expires && !item.expired ? (
            <>
              {' · '}
              {t('observables.expires')} <RelativeTime at={item.expires} />
            </>
          ) : null}
        </span>
      </div>
      <dl className="verdict-why">
        <dt>{t('observables.score_is')}</dt>
        <dd>
          <Terms terms={item.terms} total={item.score} />
        </dd>
        <dt>{t('observables.on_exports')}</dt>
        <dd>
          <OnExports value={item.value} type={item.type} />
        </dd>
      </dl>
    </section>
  )
}

function Terms({ terms, total }: { terms: readonly ScoreTerm[]; total: number }) {
  const { t } = useTranslation()
  return (
    <span className="terms num">
      100
      {terms.map((term) => (
        <Fragment key={term.name}>
          {' × '}
          <Tip text={termText(term, t)}>
            <span className="term">
              {TERMS.some((each) => each === term.name)
                ? t(`term.${term.name as (typeof TERMS)[number]}`)
                : term.name}{' '}
              <b>{term.factor.toFixed(2)}</b>
            </span>
          </Tip>
        </Fragment>
      ))}
      {' = '}
      <b>{total}</b>
    </span>
  )
}

function termText(term: ScoreTerm, t: ReturnType<typeof useTranslation>['t']): string {
  const detail = (name: string) => term.detail?.[name] ?? 0
  switch (term.name) {
    case 'evidence':
      return t('term.why_evidence', {
        count: detail('publishers'),
        fresh: Math.round(detail('freshness') * 100),
      })
    case 'pain':
      return t('term.why_pain', { level: detail('level') })
    case 'sightings':
      return t('term.why_sightings', { seen: detail('seen'), fp: detail('false_positives') })
    case 'listed':
      return t('term.why_listed')
    case 'own':
      return t('term.why_own')
  }
  return term.name
}

/** The stable exports that hold the value, and why the others do not. */
function OnExports({ value, type }: { value: string; type: string }) {
  const { t } = useTranslation()
  const found = useExportsOf(value, type)
  if (found.error) return <span className="muted">{t('observables.exports_unread')}</span>
  if (!found.data) return <span className="muted">{t('ui.loading')}</span>
  if (found.data.length === 0) return <span className="muted">{t('observables.no_exports')}</span>
  return (
    <span className="inline on-exports">
      {[...found.data]
        .sort((a, b) => Number(b.why.on) - Number(a.why.on))
        .slice(0, 8)
        .map(({ item, why }) => {
          const reasons = [...new Set(why.claims.map((each) => each.reason).filter(isHeldReason))]
          const text = why.on
            ? t('exports.is_on')
            : `${t('exports.is_not_on')}: ${reasons.map((each) => t(`held.${each}`)).join(', ')}`
          return (
            <Tip key={item.id} text={text}>
              <Link
                to="/exports/$id"
                params={{ id: item.id }}
                search={{ value }}
                className={`badge ${why.on ? 'success' : 'neutral'}`}
              >
                {item.name}
                <span className="of">
                  {why.on ? t('exports.is_on') : reasons[0] ? t(`held.${reasons[0]}`) : ''}
                </span>
              </Link>
            </Tip>
          )
        })}
      {found.data.length > 8 ? (
        <Link to="/exports" search={{ tab: 'why', value }}>
          {t('observables.all_exports', { count: found.data.length })}
        </Link>
      ) : null}
    </span>
  )
}

function MoreActions({ item, exportIt }: { item: Observable; exportIt: () => void }) {
  const { t } = useTranslation()
  const can = useCan()
  const navigate = useNavigate()
  const entries: MenuEntry[] = [
    {
      id: 'why',
      label: t('exports.why'),
      run: () => void navigate({ to: '/exports', search: { tab: 'why', value: item.value } }),
    },
    { id: 'export', label: t('exports.direct'), keys: keysOf('observable.export'), run: exportIt },
  ]
  if (can('exports.manage')) {
    entries.push('separator', {
      id: 'recall',
      label: t('observables.recall'),
      danger: true,
      run: () => void navigate({ to: '/exports', search: { tab: 'recall', value: item.value } }),
    })
  }
  return (
    <Menu
      trigger={<IconButton small label={t('exports.more')} icon={<More className="icon" />} />}
      entries={entries}
    />
  )
}
