import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Problem } from '~/api/problem'
import { useCan } from '~/api/session'
import { keysOf } from '~/commands'
import { useCommands } from '~/commands/useCommands'
import { usePageName } from '~/shell/crumbs'
import { Page } from '~/shell/Page'
import { Button } from '~/ui/Button'
import { Switch } from '~/ui/Checkbox'
import { CodeArea, type CodeAreaHandle, type CodeMark } from '~/ui/CodeArea'
import { saveVersioned } from '~/ui/ConflictDialog'
import { Accept, Alert, Delete, Undo, Warning } from '~/ui/icons'
import { Notice } from '~/ui/Notice'
import { codeText } from '~/ui/problemText'
import { ErrorState, Skeleton } from '~/ui/states'
import { toast, toastProblem } from '~/ui/Toast'
import { visible } from '~/ui/Value'
import { usePlaybookActions } from './actions'
import {
  type Checked,
  checkPlaybook,
  createPlaybook,
  editPlaybook,
  getPlaybook,
  type Playbook,
  playbookKey,
  playbooksKey,
} from './api'
import { EXAMPLE, STARTER } from './example'
import './playbooks.css'

/** One playbook as a text, checked while it is written; `new` is one to be made. */
export function PlaybookPage({ id }: { id: string }) {
  const { t } = useTranslation()
  const fresh = id === 'new'
  const found = useQuery({
    queryKey: playbookKey(id),
    enabled: !fresh,
    queryFn: ({ signal }) => getPlaybook(id, signal),
  })
  usePageName(fresh ? t('playbooks.new') : found.data?.name)
  if (fresh) return <Editor playbook={undefined} />
  if (!found.data) {
    return (
      <Page>
        {found.error ? <ErrorState problem={found.error} onRetry={found.refetch} /> : <Skeleton width={40} />}
      </Page>
    )
  }
  return <Editor key={found.data.id} playbook={found.data} />
}

function Editor({ playbook }: { playbook: Playbook | undefined }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const client = useQueryClient()
  const can = useCan()
  const actions = usePlaybookActions()
  const area = useRef<CodeAreaHandle>(null)
  const [base, setBase] = useState(playbook)
  const [text, setText] = useState(playbook?.body ?? STARTER)
  const check = useCheck(text)
  const may = can('sources.manage') && !playbook?.deleted
  const marks = useMemo(() => (check.data?.problems ?? []).map(markOf), [check.data])
  const dirty = !base || text !== base.body
  const shown = (now: Playbook) => {
    client.setQueryData(playbookKey(now.id), now)
    void client.invalidateQueries({ queryKey: playbooksKey })
    setBase(now)
  }
  const save = useMutation({
    mutationFn: async () => {
      if (!base) {
        const made = await createPlaybook(text, false)
        shown(made)
        toast({
          title: t('playbooks.made', { name: made.name }),
          tone: 'success',
          action: { label: t('sources.enable'), run: () => void actions.enable([made], true) },
        })
        await navigate({ to: '/sources/playbooks/$id', params: { id: made.id }, replace: true })
        return
      }
      let latest = base
      const now = await saveVersioned({
        etag: String(base.version),
        write: (version) => editPlaybook(base.id, { body: text, version: Number(version) }),
        reload: async () => {
          latest = await getPlaybook(base.id, new AbortController().signal)
          return String(latest.version)
        },
      })
      if (!now) {
        if (latest !== base) {
          setText(latest.body)
          shown(latest)
        }
        return
      }
      const before = base.body
      shown(now)
      toast({
        title: t('playbooks.saved'),
        tone: 'success',
        undo: () =>
          void editPlaybook(now.id, { body: before }).then((back) => {
            setText(back.body)
            shown(back)
          }, toastProblem),
      })
    },
  })
  const run = may && dirty && !save.isPending ? () => save.mutate() : undefined
  useCommands('playbook', { 'playbook.save': run })
  const remove = () => {
    if (playbook)
      void actions
        .remove([playbook])
        .then((done) => (done ? navigate({ to: '/sources/playbooks' }) : undefined))
  }
  return (
    <Page
      layout="full"
      actions={
        <>
          {playbook && may ? (
            <Switch
              checked={playbook.enabled}
              onChecked={(on) =>
                void actions
                  .enable([playbook], on)
                  .then(() => getPlaybook(playbook.id, new AbortController().signal))
                  .then((now) => setBase((before) => (before ? { ...before, version: now.version } : now)))
              }
            >
              {t('playbooks.enabled')}
            </Switch>
          ) : null}
          {playbook && may ? (
            <Button tone="danger" icon={<Delete className="icon" />} onClick={remove}>
              {t('sources.delete')}
            </Button>
          ) : null}
          {may ? (
            <Button
              tone="primary"
              busy={save.isPending}
              disabled={!dirty}
              keys={keysOf('playbook.save') ?? ''}
              onClick={() => save.mutate()}
            >
              {t(base ? 'ui.save' : 'playbooks.make')}
            </Button>
          ) : null}
        </>
      }
      lead={t('playbooks.lead')}
    >
      <div className="playbook">
        <div className="code">
          <CodeArea
            label={t('playbooks.document')}
            value={text}
            onValue={setText}
            readOnly={!may}
            marks={marks}
            handle={area}
          />
        </div>
        <aside className="beside">
          {playbook?.deleted ? (
            <Notice
              tone="warning"
              action={
                can('sources.manage') ? (
                  <Button
                    small
                    icon={<Undo className="icon" />}
                    onClick={() => void actions.restore([playbook])}
                  >
                    {t('sources.restore')}
                  </Button>
                ) : undefined
              }
            >
              {t('playbooks.is_deleted')}
            </Notice>
          ) : null}
          {playbook?.last_error ? (
            <Notice tone="danger">
              {t('playbooks.error')}: {visible(playbook.last_error)}
            </Notice>
          ) : null}
          {save.error ? <SaveProblem problem={save.error} /> : null}
          <CheckResult
            check={check.data}
            marks={marks}
            goTo={(mark) => area.current?.goTo(mark.line, mark.column)}
          />
          <details className="fold">
            <summary>{t('playbooks.example')}</summary>
            <pre className="example" tabIndex={0}>
              {EXAMPLE}
            </pre>
          </details>
        </aside>
      </div>
    </Page>
  )
}

/** Why it could not be saved; what is wrong with the text stands in the list of its problems. */
function SaveProblem({ problem }: { problem: unknown }) {
  const { t } = useTranslation()
  const cause = Problem.from(problem)
  if (Array.isArray(cause.params.problems)) return <Notice tone="danger">{t('playbooks.not_saved')}</Notice>
  return <Notice tone="danger">{codeText(cause.code, cause.params) ?? cause.detail}</Notice>
}

const PAUSE = 400

/** What is wrong with a text, asked a moment after the last key. */
function useCheck(text: string) {
  const [settled, setSettled] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE)
    return () => clearTimeout(timer)
  }, [text])
  return useQuery({
    queryKey: [...playbooksKey, 'check', settled],
    queryFn: ({ signal }) => checkPlaybook(settled, signal),
    placeholderData: keepPreviousData,
    gcTime: 10_000,
  })
}

function markOf(problem: Checked['problems'][number]): CodeMark {
  return {
    line: problem.line,
    column: problem.column,
    warning: problem.warning,
    message: codeText(problem.code, problem.params ?? {}) ?? problem.message,
  }
}

function CheckResult(props: {
  check: Checked | undefined
  marks: readonly CodeMark[]
  goTo: (mark: CodeMark) => void
}) {
  const { t } = useTranslation()
  const { check, marks } = props
  if (!check) return <Skeleton width={24} />
  return (
    <section aria-live="polite">
      <h2>{t('playbooks.check')}</h2>
      {marks.length === 0 ? (
        <p className="inline good">
          <Accept className="icon" aria-hidden="true" />
          {t('playbooks.usable')}
        </p>
      ) : (
        <ul className="problems">
          {marks.map((mark, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a fixed list; two may stand at one place
            <li key={i}>
              <button
                type="button"
                className={mark.warning ? 'warning' : 'danger'}
                onClick={() => props.goTo(mark)}
              >
                {mark.warning ? (
                  <Warning className="icon" aria-label={t('playbooks.warning')} />
                ) : (
                  <Alert className="icon" aria-label={t('playbooks.fault')} />
                )}
                <span className="place num">
                  {mark.line}:{mark.column}
                </span>
                <span>{visible(mark.message)}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
