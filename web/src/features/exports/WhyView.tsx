import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { tlpOf, type Why } from '~/api/exporting'
import { isHeldReason } from '~/shell/exporting/SelectionPreview'
import { Badge, StateBadge, TlpBadge } from '~/ui/Badge'
import { Accept, Reject } from '~/ui/icons'

/** The answer to "why is (isn't) it on this": each visible claim with its part in it. */
export function WhyView({ why }: { why: Why }) {
  const { t } = useTranslation()
  if (why.claims.length === 0) return <p className="muted">{t('exports.why_unknown')}</p>
  return (
    <ul className="why-claims">
      {why.claims.map(({ claim, title, source_name, reason }) => (
        <li key={claim.id}>
          <span>
            {reason ? (
              <Badge tone="warning" icon={<Reject className="icon" aria-hidden="true" />}>
                {isHeldReason(reason) ? t(`held.${reason}`) : reason}
              </Badge>
            ) : (
              <Badge tone="success" icon={<Accept className="icon" aria-hidden="true" />}>
                {t('exports.leaves')}
              </Badge>
            )}
          </span>
          <span>
            {claim.report ? (
              <Link to={`/reports/${claim.report}` as '/reports'}>{title || t('exports.untitled')}</Link>
            ) : (
              t('exports.bare_claim')
            )}
            <span className="inline of">
              {source_name} <StateBadge state={claim.state} /> <TlpBadge level={tlpOf(claim.label.tlp)} />
            </span>
          </span>
        </li>
      ))}
    </ul>
  )
}

/** On it or not, in a word. */
export function OnBadge({ why }: { why: Why }) {
  const { t } = useTranslation()
  if (why.claims.length === 0) return <Badge>{t('exports.not_known')}</Badge>
  return why.on ? (
    <Badge tone="success">{t('exports.is_on')}</Badge>
  ) : (
    <Badge tone="warning">{t('exports.is_not_on')}</Badge>
  )
}
