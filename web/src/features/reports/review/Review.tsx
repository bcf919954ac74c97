import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Page } from '~/api/paging'
import { useCan } from '~/api/session'
import { useCommands } from '~/commands/useCommands'
import { confirm } from '~/ui/ConfirmDialog'
import { NO_SELECTION, type Selection, toggle } from '~/ui/grid/selection'
import { preference, usePreference } from '~/ui/preferences'
import { SplitPane } from '~/ui/SplitPane'
import { toast, toastProblem } from '~/ui/Toast'
import { useWidth } from '~/ui/useWidth'
import { type ClaimFilter, call, finishReport, getClaim } from '../api'
import type { ReviewSearch } from '../search'
import type { Claim, Doc, Reach, Report, Suppressed } from '../types'
import { ClaimList } from './ClaimList'
import type { RowActions } from './ClaimRow'
import { DecisionBar } from './DecisionBar'
import { EditClaim } from './EditClaim'
import { FilterBar, partOf } from './FilterBar'
import { Queue } from './Queue'
import { RejectDialog } from './RejectDialog'
import { expiryOf, lastRejection, type Rejection, rememberRejection } from './rejection'
import { SuppressedList, useSuppressed } from './Suppressed'
import { claimQuery, claimsKey, nextProposed } from './store'
import { TextPane } from './TextPane'
import { pushUndo } from './undo'
import { useActions } from './useActions'
import { useClaim, useClaims, useTally } from './useClaims'

const queuePreference = preference<'open' | 'closed'>('vedette.review.queue', ['open', 'closed'], 'open')
/** More claims than this are accepted at once only after a question. */
const ASK_ABOVE = 1000
const NO_DOCS: readonly Doc[] = []
/** Under this width text and claims take turns. */
const NARROW = 720
/** Under this width the queue gives its place away. */
const NO_QUEUE = 940

export function useDocuments(report: string): readonly Doc[] {
  const found = useQuery({
    queryKey: ['documents', report],
    queryFn: ({ signal }) => call.get<Page<Doc>>('/reports/{id}/documents', { path: { id: report }, signal }),
  })
  return found.data?.items ?? NO_DOCS
}

/** What one or many claims are called in messages. */
function named(
  claims: readonly Claim[],
  t: (key: 'review.n_claims', options: { count: number }) => string,
): string {
  const [first] = claims
  if (claims.length === 1 && first) return first.values[0]?.defanged ?? first.stated.slice(0, 80)
  return t('review.n_claims', { count: claims.length })
}

/** Queue, original text and claims side by side: a report is decided here. */
export function Review(props: {
  report: Report
  search: ReviewSearch
  /** Changes what is named and keeps the rest. */
  onSearch: (patch: ReviewSearch, replace?: boolean) => void
}) {
  const { report, search, onSearch } = props
  const { t } = useTranslation()
  const navigate = useNavigate()
  const client = useQueryClient()
  const can = useCan()
  const mayReview = can('intel.review') && !report.deleted
  const mayWrite = can('intel.write') && !report.deleted
  const [frame, width] = useWidth()
  const narrow = width > 0 && width < NARROW
  const queue = usePreference(queuePreference)
  const [side, setSide] = useState<'claims' | 'text'>('claims')

  const documents = useDocuments(report.id)
  const document =
    documents.find((each) => each.id === search.doc) ??
    documents.find((each) => each.current && each.text_size > 0) ??
    documents[0]
  const part = partOf(search.part)
  const filter: ClaimFilter = useMemo(
    () => ({
      q: claimQuery(search.cq, search.type),
      state: search.state,
      ...(part && document ? { document: document.id, from: part.from, to: part.to } : {}),
    }),
    [search.cq, search.type, search.state, part?.from, part?.to, document?.id, part, document],
  )
  const filterKey = JSON.stringify(filter)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same filter must stay the same object
  const stable = useMemo(() => filter, [filterKey])
  const pages = useClaims(report.id, stable)
  const { rows } = pages
  const tally = useTally(report.id, stable)
  const whole = useTally(report.id, {})
  const suppressed = useSuppressed(report.id)
  const [openFold, setOpenFold] = useState(false)
  const [shownOff, setShownOff] = useState<Suppressed>()

  // The claim in question: what the URL names, else the first that waits.
  const activeId = search.claim ?? rows[Math.max(0, nextProposed(rows, -1))]?.id
  const active = useClaim(activeId, rows)
  const activeIndex = rows.findIndex((claim) => claim.id === activeId)
  const setActive = useCallback(
    (id: string | undefined) => {
      setShownOff(undefined)
      if (id !== undefined) onSearch({ claim: id }, true)
    },
    [onSearch],
  )
  // Another claim may be mentioned in another document.
  const [selection, setSelection] = useState<Selection>(NO_SELECTION)
  const ids = useMemo(() => rows.map((claim) => claim.id), [rows])
  useEffect(() => {
    if (pages.stale) setSelection(NO_SELECTION)
  }, [pages.stale])

  const rowsNow = useRef(rows)
  rowsNow.current = rows
  const fresh = useCallback(
    (wanted: readonly string[]): Claim[] => {
      const known = new Map<string, Claim>()
      for (const claim of rowsNow.current) known.set(claim.id, claim)
      return wanted.flatMap((id) => {
        const claim = known.get(id) ?? client.getQueryData<Claim>(['claim', id])
        return claim ? [claim] : []
      })
    },
    [client],
  )
  const actions = useActions(report.id, fresh)

  /** What an action works on: the chosen claims, else the one in question. */
  const targets = (): Claim[] => {
    if (selection.ids.size > 0) return rows.filter((claim) => selection.ids.has(claim.id))
    return active && !active.deleted ? [active] : []
  }
  const goOn = (from: number) => {
    if (selection.ids.size > 0) {
      setSelection(NO_SELECTION)
      return
    }
    const next = nextProposed(rows, from)
    const claim = rows[next]
    if (claim && next !== from) setActive(claim.id)
  }
  const accept = (claims: readonly Claim[], from: number) => {
    if (claims.length === 0) return
    const done = claims.every((claim) => claim.state === 'accepted')
    actions.review(
      claims.map((claim) => claim.id),
      { state: done ? 'proposed' : 'accepted' },
      t(done ? 'review.did_reopen' : 'review.did_accept', { what: named(claims, t) }),
    )
    if (!done) goOn(from)
  }
  const [rejecting, setRejecting] = useState<{
    claims: readonly Claim[]
    reach: Reach | undefined
    all?: boolean
  }>()
  const reject = (claims: readonly Claim[], rejection: Rejection, from: number) => {
    rememberRejection(rejection)
    actions.review(
      claims.map((claim) => claim.id),
      {
        state: 'rejected',
        reach: rejection.reach,
        reason: rejection.reason,
        ...(rejection.comment ? { comment: rejection.comment } : {}),
        expires: expiryOf(rejection.days),
      },
      t('review.did_reject', { what: named(claims, t) }),
    )
    goOn(from)
  }
  const askReject = (reach: Reach | undefined) => {
    const claims = targets()
    if (claims.length > 0) setRejecting({ claims, reach })
  }
  const toIds = (claims: readonly Claim[]) => {
    if (claims.length === 0) return
    const on = !claims.every((claim) => claim.to_ids)
    actions.toIds(
      claims.map((claim) => claim.id),
      on,
      t(on ? 'review.did_ids_on' : 'review.did_ids_off', { what: named(claims, t) }),
    )
  }
  const [editing, setEditing] = useState<Claim>()
  /** Opens a claim as it is now: what was done to it just before has counted its version on. */
  const edit = async (claim: Claim | undefined) => {
    if (!claim) return
    try {
      await actions.settled()
      setEditing(await getClaim(claim.id))
    } catch (cause) {
      toastProblem(cause)
    }
  }
  const move = (by: number) => {
    const at = activeIndex < 0 ? (by > 0 ? 0 : rows.length - 1) : activeIndex + by
    const next = rows[Math.max(0, Math.min(rows.length - 1, at))]
    if (next) setActive(next.id)
  }
  const waiting = tally.state.proposed ?? 0
  const acceptRest = async () => {
    if (waiting === 0) return
    if (waiting > ASK_ABOVE) {
      const title = t('review.sure_accept_rest', { count: waiting })
      if (!(await confirm({ title, action: t('review.accept_them') }))) return
    }
    await actions.matching({ ...stable, state: 'proposed' }, { state: 'accepted' }, (count) =>
      t('review.did_accept_rest', { count }),
    )
  }
  const rejectAll = (rejection: Rejection) => {
    rememberRejection(rejection)
    void actions.matching(
      { ...stable, state: stable.state ?? 'proposed' },
      {
        state: 'rejected',
        reach: rejection.reach,
        reason: rejection.reason,
        ...(rejection.comment ? { comment: rejection.comment } : {}),
        expires: expiryOf(rejection.days),
      },
      (count) => t('review.did_reject_all', { count }),
    )
  }
  const finish = async () => {
    try {
      await actions.settled()
      const { next } = await finishReport(report.id)
      await client.invalidateQueries({ queryKey: ['report', report.id], exact: true })
      void client.invalidateQueries({ queryKey: ['reports'] })
      toast({ tone: 'success', title: t(next ? 'review.finished' : 'review.finished_last') })
      if (next) await navigate({ to: '/reports/$id', params: { id: next.id } })
    } catch (cause) {
      toastProblem(cause)
    }
  }
  const added = () => {
    void client.invalidateQueries({ queryKey: claimsKey(report.id) })
    void client.invalidateQueries({ queryKey: ['mentions', report.id] })
    actions.recount()
  }
  const select = () => {
    if (activeIndex < 0 || !activeId) return
    setSelection(toggle(selection, ids, activeId, !selection.ids.has(activeId), false))
    move(1)
  }
  const toggleQueue = () => queuePreference.set(queue === 'open' ? 'closed' : 'open')

  const raise = useCommands('review', {
    'review.next': () => move(1),
    'review.previous': () => move(-1),
    'review.next_waiting': () => {
      const claim = rows[nextProposed(rows, activeIndex)]
      if (claim) setActive(claim.id)
    },
    'review.toggle_queue': toggleQueue,
    'review.clear': selection.ids.size > 0 ? () => setSelection(NO_SELECTION) : undefined,
    ...(mayReview
      ? {
          'review.accept': () => accept(targets(), activeIndex),
          'review.reject_here': () => askReject('here'),
          'review.reject_source': () => askReject('source'),
          'review.reject_everywhere': () => askReject('everywhere'),
          'review.reject_again': () => {
            const claims = targets()
            if (claims.length > 0) reject(claims, lastRejection(), activeIndex)
          },
          'review.edit': active ? () => void edit(active) : undefined,
          'review.to_ids': () => toIds(targets()),
          'review.accept_rest': () => void acceptRest(),
          'review.undo': actions.undo,
          'review.finish': () => void finish(),
          'review.select': select,
        }
      : {}),
  })
  const at = useRef({ rows, setActive, accept, toIds, setRejecting, edit, selection, ids })
  at.current = { rows, setActive, accept, toIds, setRejecting, edit, selection, ids }
  const rowActions: RowActions = useMemo(() => {
    const claimAt = (index: number): Claim[] => at.current.rows.slice(index, index + 1)
    return {
      onActive: (index) => at.current.setActive(at.current.rows[index]?.id),
      onSelect: (index, on, range) => {
        const id = at.current.ids[index]
        if (id !== undefined) setSelection(toggle(at.current.selection, at.current.ids, id, on, range))
      },
      onAccept: (index) => at.current.accept(claimAt(index), index),
      onReject: (index) => at.current.setRejecting({ claims: claimAt(index), reach: undefined }),
      onToIds: (index) => at.current.toIds(claimAt(index)),
      onEdit: (index) => void at.current.edit(claimAt(index)[0]),
    }
  }, [])

  const claimsPane = (
    <section className="claims-pane" aria-label={t('review.claims')}>
      <FilterBar
        report={report.id}
        document={document}
        filter={search}
        tally={tally}
        types={whole.type}
        onFilter={({ state, type, cq, part }) => onSearch({ state, type, cq, part, claim: undefined })}
      />
      <ClaimList
        pages={pages}
        activeId={activeId}
        selected={selection.ids}
        mayReview={mayReview}
        actions={rowActions}
        filtered={
          search.state !== undefined ||
          search.type !== undefined ||
          search.cq !== undefined ||
          search.part !== undefined
        }
        onFocus={raise}
        onMove={move}
        onClearFilter={() =>
          onSearch({ state: undefined, type: undefined, cq: undefined, part: undefined, claim: undefined })
        }
      />
      <SuppressedList
        report={report.id}
        found={suppressed}
        mayWrite={mayWrite}
        open={openFold}
        onOpen={setOpenFold}
        onShow={(item) => {
          if (item.document !== document?.id) onSearch({ doc: item.document }, true)
          setShownOff(item)
          setSide('text')
        }}
        onAdded={added}
      />
      {mayReview ? (
        <DecisionBar
          report={report}
          waiting={waiting}
          filtered={stable.q !== undefined || stable.document !== undefined}
          chosen={selection.ids.size}
          busy={actions.busy > 0}
          narrow={narrow}
          onAccept={() => accept(targets(), activeIndex)}
          onReject={() => askReject(undefined)}
          onToIds={() => toIds(targets())}
          onClear={() => setSelection(NO_SELECTION)}
          onAcceptRest={() => void acceptRest()}
          onRejectRest={() => setRejecting({ claims: [], reach: undefined, all: true })}
          onUndo={actions.undo}
          onFinish={() => void finish()}
        />
      ) : null}
    </section>
  )
  const textPane = (
    <TextPane
      report={report.id}
      documents={documents}
      document={document}
      onDocument={(id) => onSearch({ doc: id, part: undefined }, true)}
      rows={rows}
      active={shownOff ? undefined : active}
      activeSuppressed={shownOff}
      suppressed={openFold ? suppressed.items : NO_SUPPRESSED}
      mayWrite={mayWrite}
      onClaim={setActive}
      onAdded={added}
    />
  )
  const hasText = documents.some((each) => each.text_size > 0)
  const both = (
    <SplitPane
      id="review"
      label={t('review.resize')}
      fixed="second"
      initial={Math.round(Math.max(380, width * 0.44))}
      min={300}
    >
      {textPane}
      {claimsPane}
    </SplitPane>
  )
  const main = narrow ? (
    <div className="review-turns">
      {hasText ? (
        <div className="turns" role="group" aria-label={t('review.turns')}>
          {(['claims', 'text'] as const).map((each) => (
            <button key={each} type="button" aria-pressed={side === each} onClick={() => setSide(each)}>
              {t(each === 'claims' ? 'review.claims' : 'review.text')}
            </button>
          ))}
        </div>
      ) : null}
      {side === 'text' && hasText ? textPane : claimsPane}
    </div>
  ) : hasText ? (
    both
  ) : (
    claimsPane
  )
  return (
    <div className="review" ref={frame}>
      {width >= NO_QUEUE && queue === 'open' ? (
        <SplitPane
          id="review.queue"
          label={t('review.resize_queue')}
          fixed="first"
          initial={208}
          min={160}
          max={420}
        >
          <Queue open={report.id} />
          {main}
        </SplitPane>
      ) : (
        main
      )}
      {rejecting ? (
        <RejectDialog
          what={rejecting.all ? t('review.n_claims', { count: waiting }) : named(rejecting.claims, t)}
          source={report.source_name}
          reach={rejecting.reach}
          onClose={() => setRejecting(undefined)}
          onReject={(rejection) => {
            setRejecting(undefined)
            if (rejecting.all) rejectAll(rejection)
            else reject(rejecting.claims, rejection, activeIndex)
          }}
        />
      ) : null}
      {editing ? (
        <EditClaim
          key={editing.id}
          claim={editing}
          onClose={() => setEditing(undefined)}
          onSaved={(claim, undo) => {
            setEditing(undefined)
            pushUndo(report.id, { title: t('review.did_edit', { what: named([claim], t) }), undo })
            added()
          }}
        />
      ) : null}
    </div>
  )
}

const NO_SUPPRESSED: readonly Suppressed[] = []
