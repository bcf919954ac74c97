import { useTranslation } from 'react-i18next'
import type { ReviewState } from '~/api/intel'
import { Accept, Proposed, Reject } from '../icons'
import { Tip } from '../Tooltip'

const icons = { accepted: Accept, proposed: Proposed, rejected: Reject } as const
const ORDER = ['accepted', 'proposed', 'rejected'] as const

/** How the claims on a value were decided: one figure per state that occurs. */
export function StateCounts({
  states,
}: {
  states: Readonly<Partial<Record<ReviewState, number>>> | undefined
}) {
  const { t } = useTranslation()
  const shown = ORDER.filter((state) => states?.[state])
  if (shown.length === 0) return <span className="muted">–</span>
  return (
    <span className="state-counts">
      {shown.map((state) => {
        const Icon = icons[state]
        return (
          <Tip key={state} text={t(`state.${state}`)}>
            <span className={`num ${state}`}>
              <Icon className="icon" aria-hidden="true" />
              <span className="sr-only">{t(`state.${state}`)}: </span>
              {(states?.[state] ?? 0).toLocaleString()}
            </span>
          </Tip>
        )
      })}
    </span>
  )
}
