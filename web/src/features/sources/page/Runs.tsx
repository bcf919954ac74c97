import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useCursorPages } from '~/api/paging'
import { Drawer } from '~/ui/Dialog'
import type { GridColumn } from '~/ui/grid/columns'
import { DataGrid } from '~/ui/grid/DataGrid'
import { EmptyState } from '~/ui/states'
import { RelativeTime } from '~/ui/time'
import { visible } from '~/ui/Value'
import { listRuns, type Run, runsKey } from '../api'
import { OutcomeBadge } from '../Health'
import { duration, RunLog } from './RunLog'

const rowId = (row: Run) => row.id

/** The visits of a source, newest first; each with its log. */
export function Runs(props: {
  id: string
  run: string | undefined
  onRun: (run: string | undefined) => void
}) {
  const { t } = useTranslation()
  const { id } = props
  const pages = useCursorPages<Run>({
    key: [...runsKey(id), 'list'],
    fetchPage: (cursor, signal) => listRuns(id, cursor, signal),
  })
  const columns = useMemo(() => runColumns(t), [t])
  return (
    <>
      <DataGrid
        id="source-runs"
        label={t('sources.tab_runs')}
        columns={columns}
        rowId={rowId}
        pages={pages}
        onOpen={(run) => props.onRun(run.id)}
        empty={<EmptyState title={t('sources.no_runs')} />}
      />
      <Drawer
        open={props.run !== undefined}
        onClose={() => props.onRun(undefined)}
        title={t('sources.log')}
        width={720}
      >
        {props.run ? <RunLog key={props.run} source={id} run={props.run} /> : null}
      </Drawer>
    </>
  )
}

function runColumns(t: ReturnType<typeof useTranslation>['t']): GridColumn<Run>[] {
  const number = (n: number) => <span className="num">{n.toLocaleString()}</span>
  return [
    {
      id: 'started',
      header: t('sources.started'),
      width: 160,
      fixed: true,
      card: 'title',
      cell: (row) => <RelativeTime at={row.started} absolute />,
    },
    {
      id: 'outcome',
      header: t('sources.outcome'),
      width: 112,
      cardBare: true,
      cell: (row) => <OutcomeBadge outcome={row.outcome} />,
    },
    {
      id: 'duration',
      header: t('sources.duration'),
      width: 90,
      align: 'end',
      cell: (row) => <span className="num">{row.ended ? duration(row.started, row.ended) : '…'}</span>,
    },
    { id: 'items', header: t('sources.items'), width: 80, align: 'end', cell: (row) => number(row.items) },
    { id: 'fresh', header: t('sources.fresh'), width: 90, align: 'end', cell: (row) => number(row.fresh) },
    {
      id: 'skipped',
      header: t('sources.skipped'),
      width: 90,
      align: 'end',
      cell: (row) => number(row.skipped),
    },
    {
      id: 'error',
      header: t('sources.last_error'),
      width: 320,
      grow: true,
      cell: (row) =>
        row.error ? (
          <span className="danger-text" title={row.error}>
            {visible(row.error)}
          </span>
        ) : null,
    },
  ]
}
