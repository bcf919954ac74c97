import { useTranslation } from 'react-i18next'
import { TlpBadge } from '~/ui/Badge'
import { Tag } from '~/ui/Tag'
import { absoluteTime, RelativeTime } from '~/ui/time'
import { Value, visible } from '~/ui/Value'
import { ProgressBadge } from '../ProgressBadge'
import { usePersonName } from '../people'
import type { Report } from '../types'

/** All that is known of a report itself, to read and to copy. */
export function Summary({ report }: { report: Report }) {
  const { t } = useTranslation()
  const assignee = usePersonName(report.assignee)
  const { counts } = report
  return (
    <div className="tab-scroll">
      <div className="reading stack">
        {report.summary ? <p className="note-body">{visibleLines(report.summary)}</p> : null}
        <dl className="facts">
          <dt>{t('reports.publisher')}</dt>
          <dd>{report.publisher || '–'}</dd>
          <dt>{t('reports.source')}</dt>
          <dd>{report.source_name}</dd>
          {report.url ? (
            <>
              <dt>{t('reports.url')}</dt>
              <dd>
                <Value value={report.url} type="url" wrap toolsShown />
              </dd>
            </>
          ) : null}
          <dt>{t('dates.published')}</dt>
          <dd>{when(report.published)}</dd>
          <dt>{t('dates.observed')}</dt>
          <dd>{when(report.observed)}</dd>
          <dt>{t('dates.arrived')}</dt>
          <dd>{when(report.created)}</dd>
          <dt>{t('reports.modified')}</dt>
          <dd>{when(report.modified)}</dd>
          <dt>{t('reports.progress')}</dt>
          <dd className="inline">
            <ProgressBadge progress={report.progress} />
            {report.reviewed ? <RelativeTime at={report.reviewed} /> : null}
          </dd>
          <dt>{t('reports.assignee')}</dt>
          <dd>{assignee || t('reports.nobody')}</dd>
          <dt>TLP</dt>
          <dd className="inline">
            {report.label.tlp ? <TlpBadge level={report.label.tlp} full /> : t('marking.tlp_none')}
            <TlpBadge level={report.label.pap} scheme="PAP" />
          </dd>
          <dt>{t('marking.distribution')}</dt>
          <dd>
            {t(`marking.distribution_${report.label.distribution as 0}`)}
            <span className="muted">
              {' '}
              – {t(`marking.distribution_${report.label.distribution as 0}_hint`)}
            </span>
          </dd>
          {counts ? (
            <>
              <dt>{t('reports.claims')}</dt>
              <dd className="num">
                {t('reports.counts', {
                  claims: counts.claims.toLocaleString(),
                  proposed: counts.proposed.toLocaleString(),
                  accepted: counts.accepted.toLocaleString(),
                  rejected: counts.rejected.toLocaleString(),
                })}
              </dd>
            </>
          ) : null}
          <dt>{t('reports.tags')}</dt>
          <dd className="inline">
            {report.tags.length === 0 ? '–' : null}
            {report.tags.map((tag) => (
              <Tag key={tag.name} text={tag.name} colour={tag.colour} />
            ))}
          </dd>
          <dt>UUID</dt>
          <dd className="mono">{report.uuid}</dd>
        </dl>
      </div>
    </div>
  )
}

function when(at: string | undefined): string {
  return at ? absoluteTime(at, { seconds: true }) : '–'
}

function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n')
}
