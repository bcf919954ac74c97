import { useQueryClient } from '@tanstack/react-query'
import { createFileRoute } from '@tanstack/react-router'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { api, type Schema } from '~/api/client'
import { useCursorPages } from '~/api/paging'
import { Page } from '~/shell/Page'
import { Badge } from '~/ui/Badge'
import { Button } from '~/ui/Button'
import { confirm } from '~/ui/ConfirmDialog'
import type { GridColumn } from '~/ui/grid/columns'
import { DataGrid } from '~/ui/grid/DataGrid'
import { toast, toastProblem } from '~/ui/Toast'
import { RelativeTime } from '~/ui/time'

type Session = Schema<'Session'>

export const Route = createFileRoute('/_app/account')({
  staticData: { title: 'account.sessions' },
  component: Sessions,
})

const rowId = (session: Session) => session.id

/** Where this person is logged in, each to be ended on its own. */
function Sessions() {
  const { t } = useTranslation()
  const client = useQueryClient()
  const pages = useCursorPages<Session>({
    key: ['sessions'],
    fetchPage: (cursor, signal) => api.get('/sessions', { query: cursor ? { cursor } : {}, signal }),
  })
  const columns = useMemo(() => sessionColumns(t), [t])
  const revoke = async (sessions: Session[]) => {
    const sure = await confirm({
      title: t('account.revoke_title', { count: sessions.length }),
      body: t('account.revoke_body'),
      action: t('account.revoke'),
      danger: true,
    })
    if (!sure) return
    try {
      await Promise.all(sessions.map(({ id }) => api.delete('/sessions/{id}', { path: { id } })))
      toast({ title: t('account.revoked', { count: sessions.length }), tone: 'success' })
    } catch (cause) {
      toastProblem(cause)
    }
    await client.invalidateQueries({ queryKey: ['sessions'] })
  }
  return (
    <Page lead={t('account.lead')} layout="full">
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
      cell: (row) => <span className="mono">{row.address ?? '–'}</span>,
    },
    {
      id: 'last_seen',
      header: t('account.last_seen'),
      width: 140,
      cell: (row) => <RelativeTime at={row.last_seen} />,
    },
    {
      id: 'created',
      header: t('account.created'),
      width: 160,
      cell: (row) => <RelativeTime at={row.created} absolute />,
    },
  ]
}
