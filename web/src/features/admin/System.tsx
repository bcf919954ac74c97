import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, type Schema } from '~/api/client'
import type { CursorPages } from '~/api/paging'
import { useMe } from '~/api/session'
import { Page } from '~/shell/Page'
import { Badge } from '~/ui/Badge'
import { FilterText } from '~/ui/Filters'
import type { GridColumn } from '~/ui/grid/columns'
import { DataGrid } from '~/ui/grid/DataGrid'
import { Notice } from '~/ui/Notice'
import './admin.css'

type Setting = Schema<'Setting'>

const rowId = (row: Setting) => row.key
const NONE: Setting[] = []

interface Ready {
  ready: boolean
  problems: Record<string, string>
}

/** Whether the server's parts work; it answers with reasons where they do not. */
function useReady() {
  return useQuery({
    queryKey: ['readyz'],
    refetchInterval: 15_000,
    queryFn: async ({ signal }): Promise<Ready> => {
      const answer: unknown = await (await fetch('/readyz', { signal })).json()
      const { ready, problems } = answer as Partial<Ready>
      return { ready: ready === true, problems: problems ?? {} }
    },
  })
}

/** The state of the server, and the configuration that it runs with. */
export function System() {
  const { t } = useTranslation()
  const me = useMe()
  const ready = useReady().data
  const [find, setFind] = useState('')
  const found = useQuery({
    queryKey: ['settings'],
    queryFn: ({ signal }) => api.get('/settings', { signal }),
  })
  const columns = useMemo(() => settingColumns(t), [t])
  const word = find.toLowerCase()
  const rows = (found.data?.items ?? NONE).filter(
    (each) => !word || `${each.key} ${each.value} ${each.help} ${each.env}`.toLowerCase().includes(word),
  )
  const pages: CursorPages<Setting> = {
    rows,
    total: rows.length,
    problem: found.error,
    loading: found.isPending,
    loadingMore: false,
    stale: false,
    hasMore: false,
    loadMore: () => {},
    retry: () => void found.refetch(),
  }
  return (
    <Page layout="full" lead={t('system.lead')}>
      <div className="system">
        <dl className="facts">
          <dt>{t('system.version')}</dt>
          <dd>{me?.server.version}</dd>
          <dt>{t('system.state')}</dt>
          <dd>
            {ready ? (
              <Badge tone={ready.ready ? 'success' : 'danger'}>
                {t(ready.ready ? 'system.ready' : 'system.not_ready')}
              </Badge>
            ) : (
              '–'
            )}
          </dd>
          <dt>{t('system.more')}</dt>
          <dd className="inline">
            <Link to="/admin/jobs">{t('jobs.title')}</Link>
            <Link to="/admin/audit">{t('audit.title')}</Link>
            <Link to="/admin/api">{t('apiview.title')}</Link>
          </dd>
        </dl>
        {Object.entries(ready?.problems ?? {}).map(([part, why]) => (
          <Notice key={part} tone="danger">
            {part}: {why}
          </Notice>
        ))}
        <DataGrid
          id="settings"
          label={t('system.settings')}
          columns={columns}
          rowId={rowId}
          pages={pages}
          toolbar={<FilterText value={find} label={t('system.find')} onValue={setFind} />}
        />
      </div>
    </Page>
  )
}

function settingColumns(t: ReturnType<typeof useTranslation>['t']): GridColumn<Setting>[] {
  return [
    {
      id: 'key',
      header: t('system.key'),
      width: 230,
      fixed: true,
      card: 'title',
      cell: (row) => <code>{row.key}</code>,
    },
    {
      id: 'value',
      header: t('system.value'),
      width: 200,
      cell: (row) =>
        row.value ? <code title={row.value}>{row.value}</code> : <span className="muted">–</span>,
    },
    {
      id: 'origin',
      header: t('system.origin'),
      width: 250,
      cell: (row) =>
        row.origin === 'default' ? (
          <span className="muted">{t('system.default')}</span>
        ) : (
          <Badge tone="info">{row.origin}</Badge>
        ),
    },
    {
      id: 'help',
      header: t('system.help'),
      width: 320,
      grow: true,
      cell: (row) => <span title={row.help}>{row.help}</span>,
    },
    { id: 'env', header: t('system.env'), width: 240, hidden: true, cell: (row) => <code>{row.env}</code> },
  ]
}
