import { useMutation, useQueries, useQueryClient } from '@tanstack/react-query'
import i18next, { type ParseKeys, type TFunction } from 'i18next'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useCursorPages } from '~/api/paging'
import { useCan } from '~/api/session'
import { Button } from '~/ui/Button'
import { Undo } from '~/ui/icons'
import { EmptyState, ErrorState, Skeleton } from '~/ui/states'
import { toast, toastProblem } from '~/ui/Toast'
import { RelativeTime } from '~/ui/time'
import { Value, visible } from '~/ui/Value'
import { call, getClaim, undoActions } from '../api'
import { claimsKey } from '../review/store'
import type { Report } from '../types'
import { type Action, type Change, groupChanges } from './history'
import { reportKey } from './queries'
import { inert } from './Statements'

/** What was done to a report and its claims, newest first; each action can be taken back. */
export function History({ report }: { report: Report }) {
  const { t } = useTranslation()
  const can = useCan()
  const client = useQueryClient()
  const pages = useCursorPages<Change>({
    key: ['history', report.id],
    fetchPage: (cursor, signal) =>
      call.get('/reports/{id}/history', { path: { id: report.id }, query: { cursor, limit: 500 }, signal }),
  })
  const actions = useMemo(() => groupChanges(pages.rows), [pages.rows])
  const refresh = () => {
    for (const queryKey of [
      reportKey(report.id),
      claimsKey(report.id),
      ['tally', report.id],
      ['history', report.id],
      ['reports'],
    ]) {
      void client.invalidateQueries({ queryKey })
    }
  }
  const undo = useMutation({
    mutationFn: (action: Action) => undoActions(action.seqs),
    onSuccess: (done) => {
      refresh()
      toast({
        tone: 'success',
        title: t('reports.undone'),
        ...(done.undo.length > 0
          ? { undo: () => void undoActions(done.undo).then(refresh, toastProblem) }
          : {}),
      })
    },
    onError: (cause) => {
      refresh()
      toastProblem(cause, t('review.undo_failed'))
    },
  })
  if (pages.problem && pages.rows.length === 0) {
    return <ErrorState problem={pages.problem} onRetry={pages.retry} />
  }
  if (!pages.loading && actions.length === 0) return <EmptyState title={t('reports.no_history')} />
  return (
    <div className="tab-scroll">
      <ol className="history reading">
        {pages.loading
          ? [0, 1, 2, 3].map((i) => (
              <li key={i}>
                <Skeleton width={40} />
              </li>
            ))
          : actions.map((action) => (
              <li key={action.seqs[0]}>
                <div className="history-line">
                  <span className="what">
                    <b>{visible(action.who)}</b> {verbText(t, action)} <Items action={action} />
                  </span>
                  <RelativeTime at={action.at} />
                  {action.undoable && can('intel.review') && !report.deleted ? (
                    <Button
                      small
                      tone="quiet"
                      icon={<Undo className="icon" />}
                      busy={undo.isPending && undo.variables === action}
                      onClick={() => undo.mutate(action)}
                    >
                      {t('ui.undo')}
                    </Button>
                  ) : null}
                </div>
                <Fields action={action} />
              </li>
            ))}
      </ol>
      {pages.hasMore ? (
        <Button onClick={pages.loadMore} busy={pages.loadingMore}>
          {t('reports.more_rows')}
        </Button>
      ) : null}
    </div>
  )
}

function verbText(t: TFunction, action: Action): string {
  const { count, verb } = action
  switch (action.kind) {
    case 'claim':
      return t(`reports.claims_${verb}`, { count })
    case 'report':
      return t(
        `reports.report_${verb === 'added' || verb === 'deleted' || verb === 'restored' ? verb : 'edited'}`,
      )
    case 'correction':
      return t(verb === 'added' ? 'reports.correction_added' : 'reports.correction_lifted', { count })
  }
  return t('reports.other_change', { kind: action.kind, count })
}

/** The values that a small action was about. */
function Items({ action }: { action: Action }) {
  const wanted = action.kind === 'claim' && action.count <= 4 ? action.items : []
  const claims = useQueries({
    queries: wanted.map((id) => ({
      queryKey: ['claim', id],
      staleTime: 60_000,
      retry: false,
      queryFn: ({ signal }: { signal: AbortSignal }) => getClaim(id, signal),
    })),
  })
  return (
    <>
      {claims.map(({ data }) => {
        const value = data?.values[0]
        return value ? <Value key={data.id} value={value.value} type={value.type} plain /> : null
      })}
    </>
  )
}

const LONG = 160

function Fields({ action }: { action: Action }) {
  const { t } = useTranslation()
  const fields = action.fields.filter(
    ({ field }) => action.kind !== 'claim' || action.verb === 'edited' || field === 'expires',
  )
  if (fields.length === 0) return null
  const short = (text: string) => {
    const safe = visible(inert(text))
    return safe.length > LONG ? `${safe.slice(0, LONG)}…` : safe
  }
  return (
    <dl className="changes">
      {fields.map(({ field, before, after }) => (
        <div key={field}>
          <dt>{fieldName(t, field)}</dt>
          <dd>
            {before ? <del>{short(before)}</del> : <span className="muted">{t('reports.empty_value')}</span>}{' '}
            → {after ? <ins>{short(after)}</ins> : <span className="muted">{t('reports.empty_value')}</span>}
          </dd>
        </div>
      ))}
    </dl>
  )
}

function fieldName(t: TFunction, field: string): string {
  const key = `reports.field_${field}`
  return /^\w+$/.test(field) && i18next.exists(key) ? t(key as ParseKeys) : field
}
