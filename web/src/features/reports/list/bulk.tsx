import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCan } from '~/api/session'
import { TagField } from '~/shell/TagField'
import { Button } from '~/ui/Button'
import { Dialog } from '~/ui/Dialog'
import type { Chosen } from '~/ui/grid/DataGrid'
import { Accept, ChevronDown, Delete, Tag as TagIcon, Undo, User } from '~/ui/icons'
import { Menu } from '~/ui/Menu'
import { Progress } from '~/ui/states'
import { toast, toastProblem } from '~/ui/Toast'
import { deleteReport, editReport, restoreReport } from '../api'
import { useColleagues } from '../people'
import type { Report } from '../types'

/** Runs an action on many reports, a few at a time; answers those that went through. */
async function each(
  reports: readonly Report[],
  act: (report: Report) => Promise<unknown>,
  step: (done: number) => void,
): Promise<{ done: Report[]; problem: unknown }> {
  const waiting = [...reports]
  const done: Report[] = []
  let problem: unknown
  const work = async () => {
    for (let next = waiting.shift(); next && problem === undefined; next = waiting.shift()) {
      try {
        await act(next)
        done.push(next)
        step(done.length)
      } catch (cause) {
        problem = cause
      }
    }
  }
  await Promise.all(Array.from({ length: 4 }, work))
  return { done, problem }
}

const withTag = (report: Report, names: readonly string[]) => [
  ...report.tags,
  ...names.filter((name) => !report.tags.some((tag) => tag.name === name)).map((name) => ({ name })),
]

/** What can be done with chosen reports. Each action can be taken back. */
export function BulkActions({ chosen }: { chosen: Chosen<Report> }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const can = useCan()
  const colleagues = useColleagues()
  const [running, setRunning] = useState<{ done: number; of: number }>()
  const [tagging, setTagging] = useState<string[]>()

  const run = async (
    title: (count: number) => string,
    act: (report: Report) => Promise<unknown>,
    back: (report: Report) => Promise<unknown>,
  ) => {
    const reports = chosen.rows
    setRunning({ done: 0, of: reports.length })
    const { done, problem } = await each(reports, act, (n) => setRunning({ done: n, of: reports.length }))
    setRunning(undefined)
    const refresh = () => client.invalidateQueries({ queryKey: ['reports'] })
    await refresh()
    if (problem !== undefined)
      toastProblem(problem, t('reports.bulk_part', { done: done.length, of: reports.length }))
    if (done.length === 0) return
    if (problem === undefined) chosen.clear()
    toast({
      title: title(done.length),
      undo: () => {
        void each(done, back, () => {}).then(({ problem: again }) => {
          if (again !== undefined) toastProblem(again)
          void refresh()
        })
      },
    })
  }
  if (running) {
    return (
      <div className="bulk-progress">
        <Progress
          label={t('reports.bulk_running')}
          value={running.done}
          max={running.of}
          detail={`${running.done} / ${running.of}`}
        />
      </div>
    )
  }
  const assign = (assignee: string) =>
    void run(
      (count) => t('reports.assigned', { count }),
      (report) => editReport(report.id, { assignee }),
      (report) => editReport(report.id, { assignee: report.assignee ?? '' }),
    )
  const allDeleted = chosen.rows.length > 0 && chosen.rows.every((row) => row.deleted)
  return (
    <>
      {allDeleted ? (
        can('intel.delete') ? (
          <Button
            small
            icon={<Undo className="icon" />}
            onClick={() =>
              void run(
                (count) => t('reports.restored', { count }),
                (report) => restoreReport(report.id),
                (report) => deleteReport(report.id),
              )
            }
          >
            {t('reports.restore')}
          </Button>
        ) : null
      ) : (
        <>
          {can('intel.review') ? (
            <Button
              small
              icon={<Accept className="icon" />}
              onClick={() =>
                void run(
                  (count) => t('reports.marked', { count }),
                  (report) => editReport(report.id, { progress: 'reviewed' }),
                  (report) => editReport(report.id, { progress: report.progress }),
                )
              }
            >
              {t('reports.mark_reviewed')}
            </Button>
          ) : null}
          {can('intel.write') ? (
            <>
              <Menu
                align="start"
                trigger={
                  <Button small icon={<User className="icon" />}>
                    {t('reports.assign')} <ChevronDown className="icon" />
                  </Button>
                }
                entries={[
                  { id: 'me', label: t('reports.assign_me'), run: () => assign('me') },
                  { id: 'none', label: t('reports.assign_none'), run: () => assign('') },
                  ...(colleagues.length > 0 ? (['separator'] as const) : []),
                  ...colleagues
                    .filter((person) => !person.disabled)
                    .map((person) => ({
                      id: person.id,
                      label: person.name || person.email,
                      run: () => assign(person.id),
                    })),
                ]}
              />
              <Button small icon={<TagIcon className="icon" />} onClick={() => setTagging([])}>
                {t('reports.add_tag')}
              </Button>
            </>
          ) : null}
          {can('intel.delete') ? (
            <Button
              small
              tone="danger"
              icon={<Delete className="icon" />}
              onClick={() =>
                void run(
                  (count) => t('reports.removed', { count }),
                  (report) => deleteReport(report.id),
                  (report) => restoreReport(report.id),
                )
              }
            >
              {t('reports.delete')}
            </Button>
          ) : null}
        </>
      )}
      <Dialog
        open={tagging !== undefined}
        onClose={() => setTagging(undefined)}
        title={t('reports.add_tag_title', { count: chosen.rows.length })}
        sticky
        footer={
          <>
            <Button onClick={() => setTagging(undefined)}>{t('ui.cancel')}</Button>
            <Button
              tone="primary"
              disabled={!tagging?.length}
              onClick={() => {
                const names = tagging ?? []
                setTagging(undefined)
                void run(
                  (count) => t('reports.tagged', { count }),
                  (report) => editReport(report.id, { tags: withTag(report, names) }),
                  (report) => editReport(report.id, { tags: report.tags }),
                )
              }}
            >
              {t('reports.add_tag')}
            </Button>
          </>
        }
      >
        <TagField value={tagging ?? []} onValue={setTagging} label={t('reports.tags')} />
      </Dialog>
    </>
  )
}
