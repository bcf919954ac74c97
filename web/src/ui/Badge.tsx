import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Accept, Hidden, Proposed, Reject } from './icons'
import { Tip } from './Tooltip'

export type BadgeTone = 'neutral' | 'info' | 'success' | 'warning' | 'danger'

export function Badge(props: { tone?: BadgeTone; icon?: ReactNode; children: ReactNode; title?: string }) {
  return (
    <span className={`badge ${props.tone ?? 'neutral'}`} title={props.title}>
      {props.icon}
      {props.children}
    </span>
  )
}

/** Where a claim stands in review. "suppressed" is a proposal that a rule holds back. */
export type ReviewState = 'proposed' | 'accepted' | 'rejected' | 'suppressed'

const stateIcons = { proposed: Proposed, accepted: Accept, rejected: Reject, suppressed: Hidden }

/** A review state; shape and word carry it, colour only helps. */
export function StateBadge({ state, compact }: { state: ReviewState; compact?: boolean }) {
  const { t } = useTranslation()
  const Icon = stateIcons[state]
  const name = t(`state.${state}`)
  return (
    <span className={`badge ${state}`} title={compact ? name : undefined}>
      <Icon className="icon" aria-hidden="true" />
      {compact ? <span className="sr-only">{name}</span> : name}
    </span>
  )
}

export type Tlp = 'clear' | 'green' | 'amber' | 'amber+strict' | 'red'

/**
 * A TLP 2.0 or PAP level: a calm label for lists, or `full`, in the colours the standard
 * prescribes. Unmarked shows nothing, since unmarked is not CLEAR.
 */
export function TlpBadge(props: { level: Tlp | '' | undefined; scheme?: 'TLP' | 'PAP'; full?: boolean }) {
  const { level, scheme = 'TLP', full } = props
  if (!level) return null
  const strict = level === 'amber+strict'
  const classes = ['tlp', strict ? 'amber strict' : level, full ? 'full' : '']
  return (
    <span className={classes.filter(Boolean).join(' ')}>
      {scheme}:{level.toUpperCase()}
    </span>
  )
}

export type Pain = 1 | 2 | 3 | 4 | 5 | 6

/** The level on the Pyramid of Pain, 1 (hash) to 6 (TTP). */
export function PainLevel({ level }: { level: Pain }) {
  const { t } = useTranslation()
  const name = t('pain.label', { level, name: t(`pain.${level}`) })
  return (
    <Tip text={name}>
      <span
        className="pain"
        role="img"
        aria-label={name}
        style={{ '--pain': `var(--pain-${level})` } as object}
      >
        {[1, 2, 3, 4, 5, 6].map((n) => (
          <i key={n} className={n <= level ? 'on' : ''} />
        ))}
      </span>
    </Tip>
  )
}
