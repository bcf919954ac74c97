import { useTranslation } from 'react-i18next'
import type { ReviewState } from '~/api/intel'
import { quoted } from '~/api/values'
import { Button } from '~/ui/Button'
import { Close } from '~/ui/icons'
import { StateCounts } from '~/ui/known/StateCounts'
import { RelativeTime } from '~/ui/time'
import { visible } from '~/ui/Value'
import type { Evidence } from './api'

/** What one publisher says of the value by one source, whatever the state of its claims. */
export interface Voice {
  /** Names it in the URL. */
  key: string
  source: string
  publisher: string
  sourceName: string
  reliability: string | undefined
  states: Partial<Record<ReviewState, number>>
  toIds: boolean
  reports: number
  first: string
  last: string
}

/** Sums the evidence of each publisher by each source; who was last to say so comes first. */
export function voicesOf(evidence: readonly Evidence[]): Voice[] {
  const voices = new Map<string, Voice>()
  for (const e of evidence) {
    const key = voiceKey(e.source, e.publisher)
    const voice = voices.get(key) ?? {
      key,
      source: e.source,
      publisher: e.publisher,
      sourceName: e.source_name,
      reliability: e.reliability,
      states: {},
      toIds: false,
      reports: 0,
      first: e.first,
      last: e.last,
    }
    voice.states[e.state] = (voice.states[e.state] ?? 0) + e.claims
    voice.toIds ||= e.to_ids && e.state !== 'rejected'
    voice.reports += e.reports
    if (e.first < voice.first) voice.first = e.first
    if (e.last > voice.last) voice.last = e.last
    voices.set(key, voice)
  }
  return [...voices.values()].sort((a, b) => (a.last < b.last ? 1 : a.last > b.last ? -1 : 0))
}

/** A source brings reports of many publishers: the number of the source, then the publisher's name. */
const voiceKey = (source: string, publisher: string) => (publisher ? `${source}.${publisher}` : source)

/** The condition of the search language that selects the claims of a voice. */
export function voiceQuery(key: string): string {
  const at = key.indexOf('.')
  if (at < 0) return `source:${key}`
  return `source:${key.slice(0, at)} publisher:${quoted(key.slice(at + 1))}`
}

const SHOWN = 100

/** Who states the value, one line each; a click narrows the claims below to that source. */
export function Publishers(props: {
  evidence: readonly Evidence[]
  source: string | undefined
  onSource: (source: string | undefined) => void
}) {
  const { t } = useTranslation()
  const voices = voicesOf(props.evidence)
  const chosen = voices.find((voice) => voice.key === props.source)
  return (
    <section className="voices" aria-label={t('observables.who')}>
      <header>
        <h3>
          {t('observables.who')} <span className="muted num">{voices.length}</span>
        </h3>
        {props.source ? (
          <Button
            small
            tone="quiet"
            icon={<Close className="icon" />}
            onClick={() => props.onSource(undefined)}
          >
            {t('observables.all_sources')}
          </Button>
        ) : null}
      </header>
      <ul tabIndex={voices.length > 4 ? 0 : undefined} aria-label={t('observables.who')}>
        {voices.slice(0, SHOWN).map((voice) => (
          <li key={voice.key}>
            <button
              type="button"
              aria-pressed={voice === chosen}
              onClick={() => props.onSource(voice === chosen ? undefined : voice.key)}
            >
              <span className="reliability" title={t('observables.reliability')}>
                <span className="sr-only">{t('observables.reliability')}: </span>
                {voice.reliability || '–'}
              </span>
              <span className="name">
                {visible(voice.publisher || voice.sourceName)}
                {voice.sourceName && voice.sourceName !== voice.publisher ? (
                  <span className="muted"> {visible(voice.sourceName)}</span>
                ) : null}
              </span>
              <StateCounts states={voice.states} />
              <span className="num reports">
                {t('observables.report_count', {
                  count: voice.reports,
                  shown: voice.reports.toLocaleString(),
                })}
              </span>
              <span className="muted when">
                <RelativeTime at={voice.last} />
              </span>
            </button>
          </li>
        ))}
      </ul>
      {voices.length > SHOWN ? (
        <p className="muted">{t('observables.more_sources', { count: voices.length - SHOWN })}</p>
      ) : null}
    </section>
  )
}
