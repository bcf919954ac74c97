import { useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { type Correction, undoActions } from '~/api/intel'
import { useCursorPages } from '~/api/paging'
import { Badge } from '~/ui/Badge'
import { Button } from '~/ui/Button'
import { reasonText } from '~/ui/known/reasons'
import { ErrorState, Skeleton } from '~/ui/states'
import { toast, toastProblem } from '~/ui/Toast'
import { RelativeTime } from '~/ui/time'
import { visible } from '~/ui/Value'
import { liftCorrection, listCorrections } from './api'

/** The decisions on a value that are remembered when sources are read again; each can be lifted. */
export function Corrections({ id, review }: { id: string; review: boolean }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const pages = useCursorPages<Correction>({
    key: ['corrections', id],
    fetchPage: (cursor, signal) => listCorrections(id, cursor, signal),
  })
  const attempt = async (work: () => Promise<void>) => {
    try {
      await work()
    } catch (cause) {
      toastProblem(cause)
    }
    await Promise.all(
      ['corrections', 'observables', 'exports'].map((key) => client.invalidateQueries({ queryKey: [key] })),
    )
  }
  const lift = (correction: Correction) =>
    attempt(async () => {
      const done = await liftCorrection(correction.id)
      toast({
        title: t('decision.lifted'),
        tone: 'success',
        ...(done.undo.length > 0
          ? { undo: () => void attempt(async () => void (await undoActions(done.undo))) }
          : {}),
      })
    })
  if (pages.problem && pages.rows.length === 0) {
    return <ErrorState problem={pages.problem} onRetry={pages.retry} inset />
  }
  if (pages.loading) return <Skeleton width={24} />
  return (
    <div className="side-stack">
      {pages.rows.length === 0 ? <p className="muted">{t('decision.none')}</p> : null}
      <ul className="remarks">
        {pages.rows.map((each) => (
          <li key={each.id} data-over={isOver(each) || undefined}>
            <div className="inline">
              <Badge tone={each.kind === 'reject' ? 'danger' : 'info'}>{t(`decision.${each.kind}`)}</Badge>
              <span>{t(`reject.reach_${each.reach}`)}</span>
              {each.undone ? <Badge>{t('decision.undone')}</Badge> : null}
            </div>
            <p>
              {each.reason ? reasonText(each.reason) : null}
              {each.setting ? ` ${visible(each.setting)}` : null}
              {each.comment ? <span className="muted"> {visible(each.comment)}</span> : null}
            </p>
            <p className="muted">
              {each.by} · <RelativeTime at={each.created} />
              {each.expires ? (
                <>
                  {' · '}
                  {t('exports.expires')} <RelativeTime at={each.expires} />
                </>
              ) : null}
              {each.report ? (
                <>
                  {' · '}
                  <Link to={`/reports/${each.report}` as '/reports'}>{t('observables.report')}</Link>
                </>
              ) : null}
            </p>
            {review && !isOver(each) ? (
              <Button small onClick={() => void lift(each)}>
                {t('decision.lift')}
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
      {pages.hasMore ? (
        <Button small tone="quiet" busy={pages.loadingMore} onClick={pages.loadMore}>
          {t('observables.more')}
        </Button>
      ) : null}
    </div>
  )
}

function isOver(correction: Correction): boolean {
  return (
    correction.undone !== undefined ||
    (correction.expires !== undefined && Date.parse(correction.expires) <= Date.now())
  )
}
