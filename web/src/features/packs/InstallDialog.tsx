import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Job, JobProgress } from '~/shell/job'
import { Button } from '~/ui/Button'
import { Dialog } from '~/ui/Dialog'
import { Upload } from '~/ui/icons'
import { Notice } from '~/ui/Notice'
import { codeText } from '~/ui/problemText'
import { ErrorState, Progress } from '~/ui/states'
import { visible } from '~/ui/Value'
import { installPacks, packsKey } from './api'

/** Uploads an archive of packs and shows what became of it. */
export function InstallDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const input = useRef<HTMLInputElement>(null)
  const [over, setOver] = useState(false)
  const send = useMutation({ mutationFn: installPacks })
  const take = (files: FileList | null) => {
    const file = files?.[0]
    if (file) send.mutate(file)
  }
  const job = send.data
  return (
    <Dialog
      open
      sticky
      onClose={onClose}
      title={t('packs.install')}
      description={t('packs.install_hint')}
      footer={<Button onClick={onClose}>{t('ui.close')}</Button>}
    >
      {job ? (
        <JobProgress id={job.id} onEnd={() => void client.invalidateQueries({ queryKey: packsKey })}>
          {(now) => <Outcome job={now} />}
        </JobProgress>
      ) : send.isPending ? (
        <Progress label={t('packs.uploading')} />
      ) : (
        <>
          {send.error ? <ErrorState inset problem={send.error} /> : null}
          {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is a short cut; the button does the same */}
          <div
            className={`drop-zone ${over ? 'over' : ''}`}
            onDragOver={(event) => {
              event.preventDefault()
              setOver(true)
            }}
            onDragLeave={() => setOver(false)}
            onDrop={(event) => {
              event.preventDefault()
              setOver(false)
              take(event.dataTransfer.files)
            }}
          >
            <Button icon={<Upload className="icon" />} onClick={() => input.current?.click()}>
              {t('packs.choose')}
            </Button>
            <span className="muted">{t('packs.formats')}</span>
            <input
              ref={input}
              type="file"
              hidden
              accept=".zip,.tar,.gz,.tgz,.json"
              onChange={(event) => take(event.currentTarget.files)}
            />
          </div>
        </>
      )}
    </Dialog>
  )
}

/** What a finished job says: how many packs are new, and what was refused and why. */
function Outcome({ job }: { job: Job }) {
  const { t } = useTranslation()
  if (job.state !== 'done') return null
  const result = resultOf(job.result)
  const refused = result.refused.length + result.more
  return (
    <div className="stack">
      <p>
        {t('packs.did_fresh', { count: result.fresh })} · {t('packs.did_update', { count: result.updated })} ·{' '}
        {t('packs.did_nothing', { count: result.unchanged })}
      </p>
      {refused > 0 ? (
        <Notice tone="warning">
          {t('packs.refused', { count: refused })}
          <ul className="skipped">
            {result.refused.slice(0, 20).map((each) => (
              <li key={each.file}>
                <code>{visible(each.file)}</code> –{' '}
                {visible(codeText(each.reason.code, each.reason.params ?? {}) ?? each.reason.text)}
              </li>
            ))}
          </ul>
        </Notice>
      ) : null}
    </div>
  )
}

interface Result {
  fresh: number
  updated: number
  unchanged: number
  refused: { file: string; reason: { code: string; text: string; params?: Record<string, unknown> } }[]
  more: number
}

/** The job's result; whatever is missing counts as nothing. */
function resultOf(raw: unknown): Result {
  const none: Result = { fresh: 0, updated: 0, unchanged: 0, refused: [], more: 0 }
  return typeof raw === 'object' && raw !== null ? { ...none, ...raw } : none
}
