import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Page } from '~/api/paging'
import { Button } from '~/ui/Button'
import { Add, ChevronDown, ChevronRight } from '~/ui/icons'
import { toast, toastProblem } from '~/ui/Toast'
import { Value } from '~/ui/Value'
import { call } from '../api'
import { suppressionText } from '../reasonText'
import type { Suppressed } from '../types'
import { addClaims } from './add'

interface SuppressedPage extends Page<Suppressed> {
  reasons: Readonly<Record<string, number>>
}

export function useSuppressed(report: string) {
  const found = useInfiniteQuery({
    queryKey: ['suppressed', report],
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: SuppressedPage) => page.next || undefined,
    queryFn: ({ pageParam, signal }) =>
      call.get<SuppressedPage>('/reports/{id}/suppressed', {
        path: { id: report },
        query: { cursor: pageParam, limit: 200 },
        signal,
      }),
  })
  const pages = found.data?.pages ?? []
  return {
    items: pages.flatMap((page) => page.items),
    reasons: pages[0]?.reasons ?? {},
    hasMore: found.hasNextPage,
    more: () => void found.fetchNextPage(),
  }
}

/** What was found but not claimed, folded under its reasons; any of it can be claimed anyway. */
export function SuppressedList(props: {
  report: string
  found: ReturnType<typeof useSuppressed>
  mayWrite: boolean
  open: boolean
  onOpen: (open: boolean) => void
  onShow: (item: Suppressed) => void
  onAdded: () => void
}) {
  const { t } = useTranslation()
  const { found, open } = props
  const [reason, setReason] = useState<string>()
  const reasons = Object.entries(found.reasons).sort((a, b) => b[1] - a[1])
  const all = reasons.reduce((sum, [, n]) => sum + n, 0)
  const add = useMutation({
    mutationFn: (item: Suppressed) =>
      addClaims(props.report, [
        {
          value: item.value,
          type: item.type,
          mention: { document: item.document, start: item.start, end: item.end },
        },
      ]),
    onSuccess: (done) => {
      const [result] = done.results
      if (result?.status === 'refused') {
        toast({ tone: 'error', title: t('review.add_refused'), detail: result.message ?? '' })
        return
      }
      toast({ tone: 'success', title: t(result?.status === 'known' ? 'review.add_known' : 'review.added') })
      props.onAdded()
    },
    onError: (cause) => toastProblem(cause),
  })
  if (all === 0) return null
  const shown = found.items.filter((item) => reason === undefined || item.reason === reason)
  const Arrow = open ? ChevronDown : ChevronRight
  return (
    <section className="held-back" data-open={open || undefined}>
      <button type="button" className="fold" aria-expanded={open} onClick={() => props.onOpen(!open)}>
        <Arrow className="icon" aria-hidden="true" />
        <span>{t('review.suppressed', { count: all })}</span>
        <span className="muted reasons">
          {reasons
            .slice(0, 4)
            .map(([name, n]) => `${suppressionText(t, name)} ${n.toLocaleString()}`)
            .join(' · ')}
        </span>
      </button>
      {open ? (
        <div className="held-back-body">
          {reasons.length > 1 ? (
            <div className="inline chips">
              {reasons.map(([name, n]) => (
                <button
                  key={name}
                  type="button"
                  className="chip"
                  aria-pressed={reason === name}
                  onClick={() => setReason(reason === name ? undefined : name)}
                >
                  {suppressionText(t, name)} <span className="muted num">{n.toLocaleString()}</span>
                </button>
              ))}
            </div>
          ) : null}
          <ul>
            {shown.map((item) => (
              <li key={`${item.document}-${item.start}-${item.type}`}>
                <button type="button" className="show" onClick={() => props.onShow(item)}>
                  <span className="claim-type">{item.type}</span>
                  <Value value={item.value} type={item.type} plain />
                  <span className="muted">{suppressionText(t, item.reason)}</span>
                </button>
                {props.mayWrite ? (
                  <Button
                    small
                    tone="quiet"
                    icon={<Add className="icon" />}
                    disabled={add.isPending}
                    onClick={() => add.mutate(item)}
                  >
                    {t('review.claim_anyway')}
                  </Button>
                ) : null}
              </li>
            ))}
          </ul>
          {found.hasMore ? (
            <Button small tone="quiet" onClick={found.more}>
              {t('review.suppressed_more')}
            </Button>
          ) : null}
        </div>
      ) : null}
    </section>
  )
}
