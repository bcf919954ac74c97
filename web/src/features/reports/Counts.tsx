import { useTranslation } from 'react-i18next'
import { Tip } from '~/ui/Tooltip'
import type { ReportCounts } from './types'

/** How far the claims of a report are decided: a bar of three shares, and how many wait. */
export function Counts({ counts }: { counts: ReportCounts | undefined }) {
  const { t } = useTranslation()
  if (!counts) return null
  if (counts.claims === 0) return <span className="muted">{t('reports.no_claims')}</span>
  const share = (n: number) => ({ flexGrow: n, flexBasis: n > 0 ? 2 : 0 })
  const words = t('reports.counts', {
    claims: counts.claims.toLocaleString(),
    proposed: counts.proposed.toLocaleString(),
    accepted: counts.accepted.toLocaleString(),
    rejected: counts.rejected.toLocaleString(),
  })
  return (
    <Tip text={words}>
      <span className="counts num" role="img" aria-label={words}>
        <span className="bar" aria-hidden="true">
          <i className="accepted" style={share(counts.accepted)} />
          <i className="rejected" style={share(counts.rejected)} />
          <i className="proposed" style={share(counts.proposed)} />
        </span>
        <span aria-hidden="true">
          {counts.proposed > 0 ? <b>{counts.proposed.toLocaleString()}</b> : '✓'}
          <span className="muted"> / {counts.claims.toLocaleString()}</span>
        </span>
      </span>
    </Tip>
  )
}
