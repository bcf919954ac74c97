import { useQueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '~/api/client'
import { useLiveEvents } from '~/api/events'
import { useCursorPages } from '~/api/paging'
import { useAttempt } from '~/shell/attempt'
import { type Job, JobBadge, JobProgress, jobEnded, useJobName } from '~/shell/job'
import { Page } from '~/shell/Page'
import { RowMenu } from '~/shell/RowMenu'
import { Drawer } from '~/ui/Dialog'
import { FilterSelect } from '~/ui/Filters'
import type { GridColumn } from '~/ui/grid/columns'
import { DataGrid } from '~/ui/grid/DataGrid'
import { Clock } from '~/ui/icons'
import { codeText } from '~/ui/problemText'
import { EmptyState, Progress } from '~/ui/states'
import { RelativeTime } from '~/ui/time'
import './admin.css'

const STATES = ['queued', 'running', 'done', 'failed', 'cancelled'] as const

export interface JobSearch {
  state?: Job['state'] | undefined
  open?: string | undefined
}

const KEY = ['jobs', 'list'] as const
const rowId = (row: Job) => row.id

/** Background work: what runs, what waits, what became of the rest. */
export function Jobs(props: { search: JobSearch; onSearch: (search: JobSearch) => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const name = useJobName()
  const { attempt } = useAttempt(KEY)
  const { search, onSearch } = props
  const pages = useCursorPages<Job>({
    key: [...KEY, search.state],
    fetchPage: (cursor, signal) =>
      api.get('/jobs', {
        query: { ...(cursor ? { cursor } : {}), ...(search.state ? { state: [search.state] } : {}) },
        signal,
      }),
  })
  useLiveEvents(['job'], () => void client.invalidateQueries({ queryKey: KEY }))
  const columns = useMemo(
    () =>
      jobColumns(
        t,
        name,
        (job) => void attempt(() => api.post('/jobs/{id}/cancel', { path: { id: job.id } })),
      ),
    [t, name, attempt],
  )
  return (
    <Page layout="full" lead={t('jobs.lead')}>
      <DataGrid
        id="jobs"
        label={t('jobs.title')}
        columns={columns}
        rowId={rowId}
        pages={pages}
        onOpen={(row) => onSearch({ ...search, open: row.id })}
        empty={<EmptyState title={t('jobs.empty')} icon={<Clock className="icon" aria-hidden="true" />} />}
        toolbar={
          <FilterSelect<Job['state']>
            label={t('users.state')}
            any={t('users.any_state')}
            value={search.state}
            options={STATES.map((each) => ({ value: each, label: t(`job.state_${each}`) }))}
            onValue={(state) => onSearch({ ...search, state })}
          />
        }
      />
      {search.open ? (
        <Drawer
          open
          onClose={() => onSearch({ ...search, open: undefined })}
          title={t('jobs.one')}
          width={520}
        >
          <JobProgress id={search.open}>
            {(job) =>
              job.result !== undefined && job.result !== null ? (
                <pre className="json">{JSON.stringify(job.result, null, 2)}</pre>
              ) : null
            }
          </JobProgress>
        </Drawer>
      ) : null}
    </Page>
  )
}

function jobColumns(
  t: ReturnType<typeof useTranslation>['t'],
  name: (kind: string) => string,
  cancel: (job: Job) => void,
): GridColumn<Job>[] {
  return [
    {
      id: 'kind',
      header: t('jobs.kind'),
      width: 200,
      grow: true,
      fixed: true,
      card: 'title',
      cell: (row) => <span title={row.kind}>{name(row.kind)}</span>,
    },
    {
      id: 'state',
      header: t('users.state'),
      width: 100,
      cardBare: true,
      cell: (row) => <JobBadge state={row.state} />,
    },
    {
      id: 'progress',
      header: t('jobs.progress'),
      width: 170,
      grow: true,
      cell: (row) =>
        row.state === 'running' && row.total > 0 ? (
          <Progress label={row.message ?? ''} value={row.done} max={row.total} />
        ) : row.error ? (
          <span title={row.error.text}>
            {codeText(row.error.code, row.error.params ?? {}) ?? row.error.text}
          </span>
        ) : (
          (row.message ?? '')
        ),
    },
    {
      id: 'every',
      header: t('jobs.every'),
      width: 90,
      cell: (row) => row.every ?? <span className="muted">{t('jobs.once')}</span>,
    },
    {
      id: 'run_at',
      header: t('jobs.run_at'),
      width: 110,
      cell: (row) => (jobEnded(row) ? <span className="muted">–</span> : <RelativeTime at={row.run_at} />),
    },
    { id: 'ended', header: t('jobs.ended'), width: 110, cell: (row) => <RelativeTime at={row.ended} /> },
    {
      id: 'created',
      header: t('keys.created'),
      width: 130,
      hidden: true,
      cell: (row) => <RelativeTime at={row.created} />,
    },
    {
      id: 'actions',
      header: t('ui.actions'),
      width: 70,
      cardBare: true,
      cell: (row) =>
        jobEnded(row) ? null : (
          <RowMenu
            name={name(row.kind)}
            entries={[
              {
                id: 'cancel',
                label: t('jobs.cancel'),
                danger: true,
                disabled: row.cancelling,
                run: () => cancel(row),
              },
            ]}
          />
        ),
    },
  ]
}
