import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Job, JobProgress } from '~/shell/job'
import { Button } from '~/ui/Button'
import { Dialog } from '~/ui/Dialog'
import { Upload } from '~/ui/icons'
import { Notice } from '~/ui/Notice'
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

/** What a finished job says: how much of each kind came in, and what was refused and why. */
function Outcome({ job }: { job: Job }) {
  const { t } = useTranslation()
  const result = resultOf(job.result)
  if (job.state !== 'done' || !result) return null
  return (
    <div className="stack">
      <p>{t('packs.did_install', { count: result.installed })}</p>
      {result.problems.length > 0 ? (
        <Notice tone="warning">
          {t('packs.refused', { count: result.problems.length })}
          <ul className="skipped">
            {result.problems.slice(0, 20).map((each) => (
              <li key={each}>{visible(each)}</li>
            ))}
          </ul>
        </Notice>
      ) : null}
    </div>
  )
}

function resultOf(raw: unknown): { installed: number; problems: string[] } | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined
  const fields = raw as Record<string, unknown>
  const problems = Array.isArray(fields.problems) ? fields.problems : []
  return {
    installed: Array.isArray(fields.installed) ? fields.installed.length : Number(fields.installed ?? 0),
    problems: problems.map((each) => (typeof each === 'string' ? each : JSON.stringify(each))),
  }
}
