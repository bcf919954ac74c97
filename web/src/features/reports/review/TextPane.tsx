import { useQuery } from '@tanstack/react-query'
import { useCallback, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Page } from '~/api/paging'
import { Select } from '~/ui/Select'
import { EmptyState, ErrorState, Skeleton } from '~/ui/states'
import { TextDocument, type TextSelection, type TextSpan } from '~/ui/text/TextDocument'
import { call } from '../api'
import type { Claim, Doc, Mention, Suppressed } from '../types'
import { AddFromText } from './AddFromText'

// A text longer than this would hold up the browser; the file itself can be had on its tab.
const MAX_TEXT = 24 * 1024 * 1024
const NONE: readonly never[] = []

export function useText(report: string, document: Doc | undefined) {
  return useQuery({
    queryKey: ['text', document?.id],
    enabled: document !== undefined && document.text_size > 0 && document.text_size <= MAX_TEXT,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) =>
      call.get<string>('/reports/{id}/documents/{document}/text', {
        path: { id: report, document: document?.id ?? '' },
        headers: { Accept: 'text/plain' },
        signal,
      }),
  })
}

/** The original text with what was found in it marked in place. */
export function TextPane(props: {
  report: string
  documents: readonly Doc[]
  document: Doc | undefined
  onDocument: (id: string) => void
  rows: readonly Claim[]
  active: Claim | undefined
  activeSuppressed: Suppressed | undefined
  suppressed: readonly Suppressed[]
  mayWrite: boolean
  onClaim: (id: string) => void
  onAdded: () => void
}) {
  const { t } = useTranslation()
  const { report, documents, document, rows, active, onClaim } = props
  const [selection, setSelection] = useState<TextSelection>()
  const text = useText(report, document)
  const mentions = useQuery({
    queryKey: ['mentions', report, document?.id],
    enabled: document !== undefined && document.text_size > 0,
    queryFn: ({ signal }) =>
      call.get<Page<Mention>>('/reports/{id}/mentions', {
        path: { id: report },
        query: { document: document?.id },
        signal,
      }),
  })
  const places = mentions.data?.items ?? NONE
  const states = useMemo(
    () => new Map(rows.map((claim) => [claim.id, claim.deleted ? ('rejected' as const) : claim.state])),
    [rows],
  )
  const toneOf = useCallback((span: string) => states.get(span.slice(0, span.indexOf('@'))), [states])
  const spans = useMemo(
    () => spansOf(places, props.suppressed, document?.id),
    [places, props.suppressed, document?.id],
  )
  const byClaim = useMemo(() => mentionsByClaim(places), [places])
  const activeId = useMemo(
    () =>
      activeSpan(byClaim.get(active?.id ?? '') ?? NONE, active, document?.id) ??
      suppressedSpan(props.activeSuppressed, document?.id),
    [byClaim, active, props.activeSuppressed, document?.id],
  )
  const onSpan = useCallback(
    (span: string) => {
      const [claim = ''] = span.split('@')
      if (claim !== 'off') onClaim(claim)
    },
    [onClaim],
  )
  const withText = documents.filter((each) => each.text_size > 0)
  return (
    <section className="text-pane" aria-label={t('review.text')}>
      {withText.length > 1 ? (
        <div className="text-bar">
          <Select
            small
            aria-label={t('review.document')}
            value={document?.id ?? null}
            onValue={props.onDocument}
            options={withText.map((each) => ({ value: each.id, label: documentName(each) }))}
          />
        </div>
      ) : null}
      <div className="text-body">
        {document === undefined || document.text_size === 0 ? (
          <EmptyState title={t('review.no_text')}>{t('review.no_text_hint')}</EmptyState>
        ) : document.text_size > MAX_TEXT ? (
          <EmptyState title={t('review.long_text')}>{t('review.long_text_hint')}</EmptyState>
        ) : text.error ? (
          <ErrorState problem={text.error} onRetry={() => void text.refetch()} />
        ) : text.data === undefined ? (
          <div className="text-skeleton" aria-hidden="true">
            {[64, 58, 61, 40, 0, 63, 59, 66, 30].map((width, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the lines never change
              <Skeleton key={i} width={width} />
            ))}
          </div>
        ) : (
          <TextDocument
            text={text.data}
            spans={spans}
            toneOf={toneOf}
            label={documentName(document)}
            activeId={activeId ?? null}
            onSpan={onSpan}
            onSelect={props.mayWrite ? setSelection : undefined}
            mono={isMono(document)}
          />
        )}
        {selection && document ? (
          <AddFromText
            key={`${selection.start}-${selection.end}`}
            report={report}
            document={document.id}
            selection={selection}
            onDone={(added) => {
              setSelection(undefined)
              window.getSelection()?.removeAllRanges()
              if (added) props.onAdded()
            }}
          />
        ) : null}
      </div>
    </section>
  )
}

export function documentName(document: Doc): string {
  return document.name || document.url || document.media_type
}

function isMono(document: Doc): boolean {
  return /^(text\/csv|application\/json|message\/rfc822|text\/x-)/.test(document.media_type)
}

// A claim may be mentioned many times; a mark is named by claim and place.
const spanId = (mention: Mention) => `${mention.claim}@${mention.start}`

export function spansOf(
  places: readonly Mention[],
  suppressed: readonly Suppressed[],
  document: string | undefined,
): TextSpan[] {
  const out: TextSpan[] = places.map((mention) => ({
    id: spanId(mention),
    start: mention.start,
    end: mention.end,
    tone: 'proposed',
  }))
  for (const each of suppressed) {
    if (each.document !== document) continue
    out.push({ id: `off@${each.start}`, start: each.start, end: each.end, tone: 'suppressed' })
  }
  return out
}

/** The places of each claim, in their order. */
export function mentionsByClaim(places: readonly Mention[]): ReadonlyMap<string, readonly Mention[]> {
  const out = new Map<string, Mention[]>()
  for (const mention of places) {
    const own = out.get(mention.claim)
    if (own) own.push(mention)
    else out.set(mention.claim, [mention])
  }
  return out
}

/** The place to show for a claim: the one its sentence is from, else its first in this document. */
export function activeSpan(
  own: readonly Mention[],
  active: Claim | undefined,
  document: string | undefined,
): string | undefined {
  if (!active) return undefined
  const { sentence } = active
  const stated =
    sentence && sentence.document === document
      ? own.find((mention) => mention.start === sentence.offset)
      : undefined
  const found = stated ?? own[0]
  return found ? spanId(found) : undefined
}

function suppressedSpan(active: Suppressed | undefined, document: string | undefined): string | undefined {
  return active && active.document === document ? `off@${active.start}` : undefined
}
