import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { suggestTerms } from '~/api/suggest'
import type { QueryField } from '~/ui/query/complete'
import { QueryInput } from '~/ui/query/QueryInput'
import { termOf, withTerm } from '~/ui/query/terms'
import { Select } from '~/ui/Select'

/** The fields that reports answer to, the most useful first. */
export const REPORT_FIELDS: readonly QueryField[] = [
  'progress',
  'assignee',
  'tag',
  'publisher',
  'source',
  'title',
  'kind',
  'tlp',
  'published',
  'arrived',
  'observed',
  'lang',
  'own',
  'pain',
  'value',
  'domain',
  'net',
  'type',
  'state',
  'to_ids',
  'plane',
  'report',
  'deleted',
]

/** The filter of the list: the search language, and its most used terms as buttons. */
export function ReportFilters(props: { q: string; onQuery: (q: string) => void; children?: ReactNode }) {
  const { t } = useTranslation()
  const { q, onQuery } = props
  const progress = termOf(q, 'progress') ?? 'any'
  const kind = termOf(q, 'kind') ?? 'any'
  const set = (field: string, value: string) =>
    onQuery(withTerm(q, field, value === 'any' ? undefined : value))
  return (
    <>
      <QueryInput
        small
        value={q}
        onQuery={onQuery}
        label={t('reports.filter')}
        placeholder={t('reports.filter_hint')}
        fields={REPORT_FIELDS}
        lookUp={suggestTerms}
      />
      <Select
        small
        className="fit"
        aria-label={t('reports.progress')}
        value={progress}
        onValue={(value) => set('progress', value)}
        options={[
          { value: 'any', label: t('reports.progress_any') },
          { value: 'to_review', label: t('reports.progress_to_review') },
          { value: 'in_review', label: t('reports.progress_in_review') },
          { value: 'reviewed', label: t('reports.progress_reviewed') },
        ]}
      />
      <Select
        small
        className="fit"
        aria-label={t('reports.kind')}
        value={kind}
        onValue={(value) => set('kind', value)}
        options={[
          { value: 'any', label: t('reports.kind_any') },
          { value: 'report', label: t('reports.kind_report') },
          { value: 'event', label: t('reports.kind_event') },
          { value: 'feed', label: t('reports.kind_feed') },
          { value: 'batch', label: t('reports.kind_batch') },
        ]}
      />
      <Chip
        on={termOf(q, 'assignee') === 'me'}
        label={t('reports.mine')}
        onToggle={(on) => set('assignee', on ? 'me' : 'any')}
      />
      <Chip
        on={termOf(q, 'own') === 'yes'}
        label={t('reports.own')}
        onToggle={(on) => set('own', on ? 'yes' : 'any')}
      />
      <Chip
        on={termOf(q, 'deleted') === 'yes'}
        label={t('reports.deleted')}
        onToggle={(on) => set('deleted', on ? 'yes' : 'any')}
      />
      {props.children}
    </>
  )
}

/** A filter that is on or off. */
export function Chip(props: { on: boolean; label: ReactNode; onToggle: (on: boolean) => void }) {
  return (
    <button type="button" className="chip" aria-pressed={props.on} onClick={() => props.onToggle(!props.on)}>
      {props.label}
    </button>
  )
}
