import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCan, useMe } from '~/api/session'
import { keysOf } from '~/commands'
import { useCommands } from '~/commands/useCommands'
import { Badge, TlpBadge } from '~/ui/Badge'
import { Button, IconButton } from '~/ui/Button'
import { Add, ChevronDown, Copy, Delete, Edit, Export, Lock, More, Undo, User } from '~/ui/icons'
import { Menu, type MenuEntry } from '~/ui/Menu'
import { Tag } from '~/ui/Tag'
import { toast, toastProblem } from '~/ui/Toast'
import { Tip } from '~/ui/Tooltip'
import { RelativeTime } from '~/ui/time'
import { copyText, visible } from '~/ui/Value'
import { deleteReport, restoreReport } from '../api'
import { ProgressBadge } from '../ProgressBadge'
import { useColleagues, usePersonName } from '../people'
import { titleOf } from '../titles'
import type { Person, Progress, Report } from '../types'
import { EditReport } from './EditReport'
import { LabelDialog } from './LabelDialog'
import { reportKey, useEditReport } from './queries'
import { TagsDialog } from './TagsDialog'

type Open = 'edit' | 'label' | 'tags' | undefined

/** Who said it, when, who may see it, and where it stands. */
export function Header(props: {
  report: Report
  present: readonly Person[]
  others: { who: string; count: number } | undefined
  onExport: () => void
}) {
  const { report, present, others } = props
  const { t } = useTranslation()
  const can = useCan()
  const [open, setOpen] = useState<Open>()
  const may = can('intel.write') && !report.deleted
  const edit = useEditReport(report)
  const close = () => setOpen(undefined)
  const assignMe = () => edit.mutate({ assignee: 'me' }, { onError: (cause) => toastProblem(cause) })
  useCommands('report', {
    'report.export': props.onExport,
    'report.edit': may ? () => setOpen('edit') : undefined,
    'report.assign_me': may ? assignMe : undefined,
  })
  return (
    <header className="report-head">
      <div className="report-line">
        <h2 title={titleOf(report, t)}>{titleOf(report, t)}</h2>
        {others ? (
          <span className="others" role="status">
            {t('reports.others', others)}
          </span>
        ) : null}
        <People present={present} />
        <span className="inline report-actions">
          <Button
            small
            icon={<Export className="icon" />}
            keys={keysOf('report.export') ?? ''}
            onClick={props.onExport}
          >
            {t('reports.export')}
          </Button>
          {may ? (
            <IconButton
              small
              tone="normal"
              label={t('reports.edit')}
              keys={keysOf('report.edit') ?? ''}
              icon={<Edit className="icon" />}
              onClick={() => setOpen('edit')}
            />
          ) : null}
          <MoreMenu report={report} />
        </span>
      </div>
      <div className="report-facts">
        {may ? (
          <Tip text={t('marking.change')}>
            <button type="button" className="label-button" onClick={() => setOpen('label')}>
              {report.label.tlp ? (
                <TlpBadge level={report.label.tlp} full />
              ) : (
                <Badge>{t('marking.tlp_none')}</Badge>
              )}
              <TlpBadge level={report.label.pap} scheme="PAP" />
              <span className="muted">
                <Lock className="icon" aria-hidden="true" />
                {t(`marking.distribution_${Math.min(5, report.label.distribution) as 0}`)}
              </span>
            </button>
          </Tip>
        ) : (
          <>
            <TlpBadge level={report.label.tlp} full />
            <TlpBadge level={report.label.pap} scheme="PAP" />
          </>
        )}
        <ProgressMenu report={report} may={can('intel.review') && !report.deleted} edit={edit} />
        <AssigneeMenu report={report} may={may} edit={edit} />
        <span>
          <b>{visible(report.publisher || report.source_name)}</b>
          {report.source_name && report.source_name !== report.publisher ? (
            <span className="muted"> · {t('reports.via', { source: report.source_name })}</span>
          ) : null}
        </span>
        <Dates report={report} />
        <span className="muted">
          {t(`reports.kind_${report.kind}`)}
          {report.lang ? ` · ${report.lang}` : ''}
        </span>
        <span className="tag-line">
          {report.tags.slice(0, 6).map((tag) => (
            <Tag key={tag.name} text={tag.name} colour={tag.colour} />
          ))}
          {report.tags.length > 6 ? (
            <Tip
              text={report.tags
                .slice(6)
                .map((tag) => tag.name)
                .join(', ')}
            >
              <span className="muted num">+{report.tags.length - 6}</span>
            </Tip>
          ) : null}
          {may ? (
            <IconButton
              small
              label={t('reports.edit_tags')}
              icon={<Add className="icon" />}
              onClick={() => setOpen('tags')}
            />
          ) : null}
        </span>
      </div>
      {open === 'edit' ? <EditReport report={report} onClose={close} /> : null}
      {open === 'label' ? <LabelDialog report={report} onClose={close} /> : null}
      {open === 'tags' ? <TagsDialog report={report} onClose={close} /> : null}
    </header>
  )
}

function Dates({ report }: { report: Report }) {
  const { t } = useTranslation()
  const dates = [
    [t('dates.published'), report.published],
    [t('dates.observed'), report.observed],
    [t('dates.arrived'), report.created],
  ] as const
  return (
    <span className="report-dates">
      {dates.map(([name, at]) =>
        at ? (
          <span key={name}>
            <span className="muted">{name}</span> <RelativeTime at={at} />
          </span>
        ) : null,
      )}
    </span>
  )
}

/** Who else has the report open. */
function People({ present }: { present: readonly Person[] }) {
  const { t } = useTranslation()
  if (present.length === 0) return null
  const names = present.map((person) => person.name).join(', ')
  const words = t('reports.present', { names, count: present.length })
  return (
    <Tip text={words}>
      <span className="present" role="img" aria-label={words}>
        {present.slice(0, 3).map((person) => (
          <span
            key={person.account}
            className="avatar"
            data-initials={short(person.name)}
            aria-hidden="true"
          />
        ))}
        <span aria-hidden="true">{present.length > 1 ? present.length : present[0]?.name}</span>
      </span>
    </Tip>
  )
}

function short(name: string): string {
  const letters = [...name.trim()]
  return (/\p{Script=Han}/u.test(name) ? letters.slice(-2) : letters.slice(0, 2)).join('').toUpperCase()
}

type Editing = ReturnType<typeof useEditReport>

function ProgressMenu({ report, may, edit }: { report: Report; may: boolean; edit: Editing }) {
  const { t } = useTranslation()
  const steps: readonly Progress[] = ['to_review', 'in_review', 'reviewed']
  if (!may) return <ProgressBadge progress={report.progress} />
  return (
    <Menu
      align="start"
      trigger={
        <button type="button" className="fact-button" title={t('reports.change_progress')}>
          <ProgressBadge progress={report.progress} />
          <ChevronDown className="icon" aria-hidden="true" />
        </button>
      }
      entries={[
        {
          id: 'progress',
          label: t('reports.progress'),
          value: report.progress,
          options: steps.map((step) => ({ value: step, label: t(`reports.progress_${step}`) })),
          choose: (progress) =>
            edit.mutate({ progress: progress as Progress }, { onError: (cause) => toastProblem(cause) }),
        },
      ]}
    />
  )
}

function AssigneeMenu({ report, may, edit }: { report: Report; may: boolean; edit: Editing }) {
  const { t } = useTranslation()
  const me = useMe()
  const colleagues = useColleagues()
  const name = usePersonName(report.assignee)
  const words = report.assignee ? name : t('reports.nobody')
  if (!may) {
    return (
      <span className="muted">
        {t('reports.assignee')}: {words}
      </span>
    )
  }
  const assign = (assignee: string) => edit.mutate({ assignee }, { onError: (cause) => toastProblem(cause) })
  return (
    <Menu
      align="start"
      trigger={
        <button type="button" className="fact-button" title={t('reports.assign_label', { name: words })}>
          <User className="icon" aria-hidden="true" />
          <span className={report.assignee ? '' : 'muted'}>{words}</span>
          <ChevronDown className="icon" aria-hidden="true" />
        </button>
      }
      entries={[
        {
          id: 'me',
          label: t('reports.assign_me'),
          keys: keysOf('report.assign_me'),
          run: () => assign('me'),
        },
        { id: 'none', label: t('reports.assign_none'), run: () => assign('') },
        'separator',
        ...colleagues
          .filter((person) => !person.disabled && person.id !== String(me?.id))
          .map(
            (person): MenuEntry => ({
              id: person.id,
              label: person.name || person.email,
              run: () => assign(person.id),
            }),
          ),
      ]}
    />
  )
}

function MoreMenu({ report }: { report: Report }) {
  const { t } = useTranslation()
  const can = useCan()
  const client = useQueryClient()
  const navigate = useNavigate()
  const refresh = () => {
    void client.invalidateQueries({ queryKey: reportKey(report.id) })
    void client.invalidateQueries({ queryKey: ['reports'] })
  }
  const restore = () => {
    restoreReport(report.id).then(refresh, toastProblem)
  }
  const remove = async () => {
    try {
      await deleteReport(report.id)
      await navigate({ to: '/reports' })
      refresh()
      toast({ title: t('reports.removed', { count: 1 }), undo: restore })
    } catch (cause) {
      toastProblem(cause)
    }
  }
  return (
    <Menu
      trigger={
        <button type="button" className="btn small icon-only" aria-label={t('reports.more')}>
          <More className="icon" />
        </button>
      }
      entries={[
        {
          id: 'uuid',
          label: t('reports.copy_uuid'),
          icon: <Copy className="icon" />,
          run: () => void copyText(report.uuid, t('reports.uuid_copied')),
        },
        ...(can('intel.delete')
          ? [
              'separator' as const,
              report.deleted
                ? {
                    id: 'restore',
                    label: t('reports.restore'),
                    icon: <Undo className="icon" />,
                    run: restore,
                  }
                : {
                    id: 'delete',
                    label: t('reports.delete'),
                    icon: <Delete className="icon" />,
                    danger: true,
                    run: () => void remove(),
                  },
            ]
          : []),
      ]}
    />
  )
}
