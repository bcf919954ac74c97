import { useTranslation } from 'react-i18next'
import { Badge, type BadgeTone } from '~/ui/Badge'
import { Busy } from '~/ui/icons'
import type { Run, Source } from './api'

type Status = Source['health']['status']

const tones: Record<Status, BadgeTone> = {
  ok: 'success',
  failing: 'danger',
  stale: 'warning',
  never: 'neutral',
  disabled: 'neutral',
}

/** How a source fares, in a word; turning while it is being visited. */
export function HealthBadge({ source }: { source: Source }) {
  const { t } = useTranslation()
  if (source.deleted) return <Badge>{t('sources.deleted_badge')}</Badge>
  if (source.state.running) {
    return (
      <Badge tone="info" icon={<Busy className="icon spin" aria-hidden="true" />}>
        {t('sources.running')}
      </Badge>
    )
  }
  const { status } = source.health
  return <Badge tone={tones[status]}>{t(`sources.status_${status}`)}</Badge>
}

const outcomes: Record<Run['outcome'], BadgeTone> = {
  ok: 'success',
  failed: 'danger',
  aborted: 'warning',
  running: 'info',
}

export function OutcomeBadge({ outcome }: { outcome: Run['outcome'] }) {
  const { t } = useTranslation()
  return (
    <Badge
      tone={outcomes[outcome]}
      icon={outcome === 'running' ? <Busy className="icon spin" aria-hidden="true" /> : undefined}
    >
      {t(`sources.outcome_${outcome}`)}
    </Badge>
  )
}
