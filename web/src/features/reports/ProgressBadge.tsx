import { useTranslation } from 'react-i18next'
import { Badge, type BadgeTone } from '~/ui/Badge'
import { Accept, Clock, Proposed } from '~/ui/icons'
import type { Progress } from './types'

const looks: Record<Progress, { tone: BadgeTone; icon: typeof Clock }> = {
  to_review: { tone: 'neutral', icon: Proposed },
  in_review: { tone: 'info', icon: Clock },
  reviewed: { tone: 'success', icon: Accept },
}

/** Where a report stands in the review. */
export function ProgressBadge({ progress }: { progress: Progress }) {
  const { t } = useTranslation()
  const { tone, icon: Icon } = looks[progress]
  return (
    <Badge tone={tone} icon={<Icon className="icon" aria-hidden="true" />}>
      {t(`reports.progress_${progress}`)}
    </Badge>
  )
}
