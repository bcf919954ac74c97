import { useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '~/api/client'
import { undoActions } from '~/api/intel'
import { useCursorPages } from '~/api/paging'
import { useCan } from '~/api/session'
import { Badge } from '~/ui/Badge'
import { Button } from '~/ui/Button'
import type { GridColumn } from '~/ui/grid/columns'
import { DataGrid } from '~/ui/grid/DataGrid'
import { reasonText } from '~/ui/known/reasons'
import { EmptyState } from '~/ui/states'
import { toast, toastProblem } from '~/ui/Toast'
import { RelativeTime } from '~/ui/time'
import { Value, visible } from '~/ui/Value'
import { type Correction, listCorrectionsOf } from '../api'

const rowId = (row: Correction) => row.id

/** The decisions that hold for everything this source says, also when it is read again. */
export function Corrections({ id }: { id: string }) {
  const { t } = useTranslation()
  const can = useCan()
  const client = useQueryClient()
  const pages = useCursorPages<Correction>({
    key: ['corrections', 'of-source', id],
    fetchPage: (cursor, signal) => listCorrectionsOf(id, cursor, signal),
  })
  const columns = useMemo(() => correctionColumns(t), [t])
  const refresh = () =>
    Promise.all(
      ['corrections', 'observables', 'reports'].map((key) => client.invalidateQueries({ queryKey: [key] })),
    )
  const lift = async (rows: readonly Correction[], clear: () => void) => {
    const undo: string[] = []
    try {
      for (const row of rows) {
        const done = await api.post('/corrections/{id}/lift', { path: { id: row.id } })
        undo.push(...done.undo)
      }
      clear()
    } catch (cause) {
      toastProblem(cause)
    }
    await refresh()
    if (undo.length === 0) return
    toast({
      title: t('decision.lifted'),
      tone: 'success',
      undo: () => void undoActions(undo).then(() => refresh(), toastProblem),
    })
  }
  return (
    <DataGrid
      id="source-corrections"
      label={t('sources.tab_corrections')}
      columns={columns}
      rowId={rowId}
      pages={pages}
      bulk={
        can('intel.review')
          ? (chosen) => (
              <Button small onClick={() => void lift(chosen.rows, chosen.clear)}>
                {t('decision.lift')}
              </Button>
            )
          : undefined
      }
      empty={<EmptyState title={t('sources.no_corrections')}>{t('sources.no_corrections_hint')}</EmptyState>}
    />
  )
}

function correctionColumns(t: ReturnType<typeof useTranslation>['t']): GridColumn<Correction>[] {
  return [
    {
      id: 'value',
      header: t('observables.value'),
      width: 300,
      grow: true,
      fixed: true,
      card: 'title',
      cell: (row) => (row.value ? <Value value={row.value.value} type={row.value.type} /> : '–'),
    },
    {
      id: 'kind',
      header: t('sources.decision'),
      width: 120,
      cardBare: true,
      cell: (row) => (
        <span className="inline nowrap">
          <Badge tone={row.kind === 'reject' ? 'danger' : 'info'}>{t(`decision.${row.kind}`)}</Badge>
          {row.undone ? <Badge>{t('decision.undone')}</Badge> : null}
        </span>
      ),
    },
    {
      id: 'reason',
      header: t('reject.reason'),
      width: 180,
      cell: (row) => (row.reason ? reasonText(row.reason) : (row.setting ?? null)),
    },
    {
      id: 'comment',
      header: t('reject.comment'),
      width: 200,
      grow: true,
      cell: (row) => (row.comment ? visible(row.comment) : null),
    },
    { id: 'by', header: t('sources.by'), width: 130, cell: (row) => row.by },
    {
      id: 'created',
      header: t('sources.when_made'),
      width: 120,
      cell: (row) => <RelativeTime at={row.created} />,
    },
    {
      id: 'expires',
      header: t('exports.expires'),
      width: 120,
      cell: (row) =>
        row.expires ? <RelativeTime at={row.expires} /> : <span className="muted">{t('exports.never')}</span>,
    },
    {
      id: 'report',
      header: t('observables.report'),
      width: 90,
      card: 'none',
      cell: (row) =>
        row.report ? (
          <Link to="/reports/$id" params={{ id: row.report }}>
            {t('observables.report')}
          </Link>
        ) : null,
    },
  ]
}
