import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { api, type Schema } from '~/api/client'
import { useCursorPages } from '~/api/paging'
import { useAttempt } from '~/shell/attempt'
import { Page } from '~/shell/Page'
import { Badge } from '~/ui/Badge'
import { Button } from '~/ui/Button'
import { confirm } from '~/ui/ConfirmDialog'
import type { GridColumn } from '~/ui/grid/columns'
import { DataGrid } from '~/ui/grid/DataGrid'
import { toast } from '~/ui/Toast'
import { RelativeTime } from '~/ui/time'
import { sessionsKey } from './queries'

type Session = Schema<'Session'>

const rowId = (session: Session) => session.id

/** Where this person is logged in, each to be ended on its own. */
export function Sessions() {
  const { t } = useTranslation()
  const { attempt } = useAttempt(sessionsKey)
  const pages = useCursorPages<Session>({
    key: sessionsKey,
    fetchPage: (_, signal) => api.get('/me/sessions', { signal }),
  })
  const columns = useMemo(() => sessionColumns(t), [t])
  const ask = (count: number) =>
    confirm({
      title: t('account.revoke_title', { count }),
      body: t('account.revoke_body'),
      action: t('account.revoke'),
      danger: true,
    })
  const revoke = async (sessions: Session[]) => {
    if (sessions.length === 0 || !(await ask(sessions.length))) return
    await attempt(async () => {
      await Promise.all(sessions.map(({ id }) => api.delete('/me/sessions/{id}', { path: { id } })))
      toast({ title: t('account.revoked', { count: sessions.length }), tone: 'success' })
    })
  }
  const others = pages.rows.filter((row) => !row.current).length
  const revokeOthers = async () => {
    if (!(await ask(others))) return
    await attempt(async () => {
      const { count } = await api.delete('/me/sessions')
      toast({ title: t('account.revoked', { count }), tone: 'success' })
    })
  }
  return (
    <Page
      lead={t('account.lead')}
      layout="full"
      actions={
        <Button disabled={others === 0} onClick={() => void revokeOthers()}>
          {t('account.revoke_others')}
        </Button>
      }
    >
      <DataGrid
        id="sessions"
        label={t('account.sessions')}
        columns={columns}
        rowId={rowId}
        pages={pages}
        bulk={(chosen) => (
          <Button
            small
            tone="danger"
            onClick={() => void revoke(chosen.rows.filter((row) => !row.current)).then(chosen.clear)}
          >
            {t('account.revoke')}
          </Button>
        )}
      />
    </Page>
  )
}

function sessionColumns(t: ReturnType<typeof useTranslation>['t']): GridColumn<Session>[] {
  return [
    {
      id: 'agent',
      header: t('account.agent'),
      grow: true,
      width: 240,
      fixed: true,
      card: 'title',
      cell: (row) => <span title={row.agent}>{row.agent || '–'}</span>,
    },
    {
      id: 'current',
      header: t('account.state'),
      width: 130,
      cardBare: true,
      cell: (row) => (row.current ? <Badge tone="success">{t('account.current')}</Badge> : null),
    },
    {
      id: 'address',
      header: t('account.address'),
      width: 170,
      cell: (row) => <span className="mono">{row.address || '–'}</span>,
    },
    { id: 'seen', header: t('account.last_seen'), width: 140, cell: (row) => <RelativeTime at={row.seen} /> },
    {
      id: 'created',
      header: t('account.created'),
      width: 160,
      cell: (row) => <RelativeTime at={row.created} absolute />,
    },
    {
      id: 'expires',
      header: t('account.session_expires'),
      width: 130,
      cell: (row) => <RelativeTime at={row.expires} />,
    },
  ]
}
