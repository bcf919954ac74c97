import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { buildUrl } from '~/api/client'
import { Badge } from '~/ui/Badge'
import { Button, buttonClass } from '~/ui/Button'
import { Drawer } from '~/ui/Dialog'
import { Delete, Download, Retry, Undo } from '~/ui/icons'
import { Notice } from '~/ui/Notice'
import { ErrorState, Skeleton } from '~/ui/states'
import { RelativeTime } from '~/ui/time'
import { visible } from '~/ui/Value'
import type { useItemActions } from './actions'
import { getItem, type Item, quarantineKey } from './api'
import { reasonOf } from './reason'

/** One input that was put aside: where it came from, why, and what it holds. */
export function ItemDrawer(props: {
  id: string | undefined
  manage: boolean
  actions: ReturnType<typeof useItemActions>
  onClose: () => void
}) {
  const { t } = useTranslation()
  const { id, actions } = props
  const query = useQuery({
    queryKey: [...quarantineKey, 'one', id],
    enabled: id !== undefined,
    queryFn: ({ signal }) => getItem(id ?? '', signal),
  })
  const item = query.data
  const then = (done: Promise<boolean>) => void done.then((ok) => ok && props.onClose())
  return (
    <Drawer
      open={id !== undefined}
      onClose={props.onClose}
      title={item ? visible(item.item || item.place || item.id) : t('quarantine.title')}
      width={640}
      footer={
        item ? (
          <>
            {item.has_file ? (
              <a
                className={buttonClass('normal')}
                href={buildUrl('/quarantine/{id}/original', { id: item.id })}
                download
              >
                <Download className="icon" aria-hidden="true" />
                {t('quarantine.original')}
              </a>
            ) : null}
            {props.manage && item.state === 'open' ? (
              <>
                <Button
                  tone="danger"
                  icon={<Delete className="icon" />}
                  onClick={() => then(actions.discard({ ids: [item.id] }))}
                >
                  {t('quarantine.discard')}
                </Button>
                <Button
                  tone="primary"
                  icon={<Retry className="icon" />}
                  onClick={() => then(actions.replay({ ids: [item.id] }))}
                >
                  {t('quarantine.replay')}
                </Button>
              </>
            ) : null}
            {props.manage && item.state === 'discarded' ? (
              <Button
                icon={<Undo className="icon" />}
                onClick={() => then(actions.reopen({ ids: [item.id] }))}
              >
                {t('quarantine.reopen')}
              </Button>
            ) : null}
          </>
        ) : undefined
      }
    >
      {query.error ? <ErrorState inset problem={query.error} onRetry={query.refetch} /> : null}
      {item ? <Details item={item} /> : query.isPending && id ? <Skeleton width={40} /> : null}
    </Drawer>
  )
}

function Details({ item }: { item: Item }) {
  const { t } = useTranslation()
  return (
    <div className="stack quarantine-item">
      <Notice tone="danger">{reasonOf(item)}</Notice>
      <dl className="facts">
        <dt>{t('quarantine.stage')}</dt>
        <dd>{t(`quarantine.stage_${item.stage}`)}</dd>
        {item.place ? (
          <>
            <dt>{t('quarantine.place')}</dt>
            <dd>{visible(item.place)}</dd>
          </>
        ) : null}
        <dt>{t('quarantine.code')}</dt>
        <dd>
          <code>{item.code}</code>
        </dd>
        {item.source ? (
          <>
            <dt>{t('reports.source')}</dt>
            <dd>
              <Link to="/sources/$id" params={{ id: item.source }}>
                {visible(item.source_name || item.source)}
              </Link>
            </dd>
          </>
        ) : null}
        {item.report ? (
          <>
            <dt>{t('observables.report')}</dt>
            <dd>
              <Link to="/reports/$id" params={{ id: item.report }}>
                {t('quarantine.to_report')}
              </Link>
            </dd>
          </>
        ) : null}
        <dt>{t('quarantine.when')}</dt>
        <dd>
          <RelativeTime at={item.created} absolute />
        </dd>
        <dt>{t('quarantine.state')}</dt>
        <dd className="inline">
          <Badge tone={item.state === 'open' ? 'warning' : 'neutral'}>
            {t(`quarantine.state_${item.state}`)}
          </Badge>
          {item.resolved ? <RelativeTime at={item.resolved} /> : null}
          {item.resolved_by ? <span className="muted">{item.resolved_by}</span> : null}
        </dd>
      </dl>
      {item.payload ? (
        // Where the file is kept, this is only the message about it.
        <details className="fold payload" open={!item.has_file}>
          <summary>{t(item.has_file ? 'quarantine.message' : 'quarantine.payload')}</summary>
          <pre tabIndex={0}>{item.payload}</pre>
        </details>
      ) : null}
    </div>
  )
}
