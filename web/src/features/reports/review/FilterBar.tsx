import { useQuery } from '@tanstack/react-query'
import type { TFunction } from 'i18next'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { StateBadge } from '~/ui/Badge'
import { Button } from '~/ui/Button'
import { Close, Filter } from '~/ui/icons'
import type { QueryField } from '~/ui/query/complete'
import { QueryInput } from '~/ui/query/QueryInput'
import { Select } from '~/ui/Select'
import { call } from '../api'
import type { ReviewFilter } from '../search'
import type { ClaimTally, Doc, ReviewState, Section } from '../types'
import { total } from './useClaims'

const CLAIM_FIELDS: readonly QueryField[] = [
  'type',
  'value',
  'domain',
  'net',
  'tag',
  'to_ids',
  'pain',
  'own',
  'listed',
  'expired',
  'category',
  'comment',
  'score',
  'publishers',
  'object',
]

const STATES: readonly (ReviewState | 'all')[] = ['all', 'proposed', 'accepted', 'rejected']
const ALL = 'all'

export function FilterBar(props: {
  report: string
  document: Doc | undefined
  filter: ReviewFilter
  /** Of what matches without the state. */
  tally: ClaimTally
  /** Of the whole report. */
  types: Readonly<Record<string, number>>
  onFilter: (filter: ReviewFilter) => void
}) {
  const { t } = useTranslation()
  const { filter, tally, types, onFilter } = props
  const [open, setOpen] = useState(filter.cq !== undefined || filter.part !== undefined)
  const set = (part: Partial<ReviewFilter>) => onFilter({ ...filter, ...part })
  const sections = useSections(props.report, open ? props.document : undefined)
  const names = Object.entries(types).sort((a, b) => b[1] - a[1])
  const filtered = filter.type !== undefined || filter.cq !== undefined || filter.part !== undefined
  return (
    <div className="claim-filter">
      <div className="inline">
        <div className="states" role="group" aria-label={t('review.state')}>
          {STATES.map((state) => {
            const on = (filter.state ?? ALL) === state
            const n = state === ALL ? total(tally.state) : (tally.state[state] ?? 0)
            return (
              <button
                key={state}
                type="button"
                className="state-chip"
                aria-pressed={on}
                onClick={() => set({ state: state === ALL ? undefined : state })}
              >
                {state === ALL ? t('review.all') : <StateBadge state={state} compact />}
                <span className="num">{n.toLocaleString()}</span>
              </button>
            )
          })}
        </div>
        <Select
          small
          className="fit"
          aria-label={t('review.type')}
          value={filter.type ?? ALL}
          onValue={(type) => set({ type: type === ALL ? undefined : type })}
          options={[
            { value: ALL, label: t('review.all_types') },
            ...names.map(([type, n]) => ({ value: type, label: `${type} (${n.toLocaleString()})` })),
          ]}
        />
        <Button
          small
          tone="quiet"
          aria-expanded={open}
          aria-pressed={open}
          icon={<Filter className="icon" />}
          onClick={() => setOpen(!open)}
        >
          {t('review.filter')}
        </Button>
        {filtered ? (
          <Button
            small
            tone="quiet"
            icon={<Close className="icon" />}
            onClick={() => onFilter({ state: filter.state })}
          >
            {t('query.clear')}
          </Button>
        ) : null}
      </div>
      {open ? (
        <div className="inline">
          <QueryInput
            small
            value={filter.cq ?? ''}
            onQuery={(cq) => set({ cq: cq || undefined })}
            label={t('review.filter')}
            placeholder={t('review.filter_hint')}
            fields={CLAIM_FIELDS}
          />
          {sections.length > 1 ? (
            <Select
              small
              className="fit"
              aria-label={t('review.section')}
              value={filter.part ?? ALL}
              onValue={(part) => set({ part: part === ALL ? undefined : part })}
              options={[
                { value: ALL, label: t('review.all_sections') },
                ...sections.map((section) => ({
                  value: `${section.start}-${section.end}`,
                  label: sectionName(t, section),
                })),
              ]}
            />
          ) : null}
        </div>
      ) : null}
    </div>
  )
}

// More would not be found in a list; headings come first.
const MOST = 300

/** The parts of a document that claims can be decided by: headings, pages, tables, sheets. */
export function useSections(report: string, document: Doc | undefined): readonly Section[] {
  const found = useQuery({
    queryKey: ['sections', document?.id],
    enabled: document !== undefined && document.text_size > 0,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) =>
      (
        await call.get<Doc>('/reports/{id}/documents/{document}', {
          path: { id: report, document: document?.id ?? '' },
          signal,
        })
      ).sections ?? [],
  })
  return useMemo(
    () => usefulSections(found.data ?? [], document?.text_size ?? 0),
    [found.data, document?.text_size],
  )
}

const PARTS = new Set(['heading', 'page', 'table', 'code', 'list', 'quote', 'header'])

/**
 * Headings, pages, tables and the like, but no rows and cells: those are single claims. A heading
 * stands for all that follows until the next one of its level.
 */
export function usefulSections(sections: readonly Section[], size: number): readonly Section[] {
  const headings = sections.filter((section) => section.kind === 'heading')
  const whole = (section: Section): Section => {
    if (section.kind !== 'heading') return section
    const next = headings.find(
      (each) => each.start > section.start && (each.level ?? 1) <= (section.level ?? 1),
    )
    return { ...section, end: Math.max(section.end, next?.start ?? size) }
  }
  const seen = new Set<string>()
  return sections
    .filter((section) => PARTS.has(section.kind))
    .map(whole)
    .filter((section) => {
      const key = `${section.start}-${section.end}`
      if (section.end <= section.start || seen.has(key)) return false
      seen.add(key)
      return true
    })
    .slice(0, MOST)
}

function sectionName(t: TFunction, section: Section): string {
  if (section.kind === 'heading') {
    return (
      '\u2003'.repeat(Math.max(0, (section.level ?? 1) - 1)) + (section.title || t('review.part_heading'))
    )
  }
  const kind = t(`review.part_${section.kind}` as 'review.part_table')
  const page = section.kind === 'page' && section.level ? ` ${section.level}` : ''
  return section.title ? `${kind}: ${section.title}` : kind + page
}

/** The bytes that a part of the URL names. */
export function partOf(part: string | undefined): { from: number; to: number } | undefined {
  const found = /^(\d{1,12})-(\d{1,12})$/.exec(part ?? '')
  return found ? { from: Number(found[1]), to: Number(found[2]) } : undefined
}
