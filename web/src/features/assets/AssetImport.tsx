import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, type Schema } from '~/api/client'
import { Button } from '~/ui/Button'
import { Dialog } from '~/ui/Dialog'
import { Field, Form } from '~/ui/Form'
import { Textarea } from '~/ui/Input'
import { Notice } from '~/ui/Notice'
import { codeText } from '~/ui/problemText'
import { assetsKey } from './Assets'

type Result = Schema<'AssetImport'>

const EXAMPLE =
  'kind,value,name,criticality,tags,comment\ndomain,example.com,Our site,4,web,\nnetwork,192.0.2.0/24,Office,2,,\nbrand,Example 示例,,3,,'

/** Takes a CSV file, or pasted rows: shows first what would come in and what is wrong with which row. */
export function AssetImport({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const [text, setText] = useState('')
  const [file, setFile] = useState<File>()
  const body = () => file ?? new Blob([text], { type: 'text/csv' })
  const run = useMutation({
    mutationFn: (dryRun: boolean): Promise<Result> =>
      api.post('/assets/import', {
        query: { dry_run: dryRun },
        body: body() as never,
        headers: { 'Content-Type': 'text/csv' },
      }),
    onSuccess: async (result) => {
      if (!result.dry_run) await client.invalidateQueries({ queryKey: assetsKey })
    },
  })
  const result = run.data
  const done = result && !result.dry_run
  const ready = file !== undefined || text.trim() !== ''
  return (
    <Dialog
      open
      sticky
      wide
      onClose={onClose}
      title={t('assets.import')}
      description={t('assets.import_lead')}
      footer={
        done ? (
          <Button tone="primary" onClick={onClose}>
            {t('ui.close')}
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>{t('ui.cancel')}</Button>
            <Button disabled={!ready} busy={run.isPending && run.variables} onClick={() => run.mutate(true)}>
              {t('assets.dry_run')}
            </Button>
            <Button
              tone="primary"
              disabled={!ready || !result || result.added + result.updated === 0}
              busy={run.isPending && !run.variables}
              onClick={() => run.mutate(false)}
            >
              {t('assets.import_now')}
            </Button>
          </>
        )
      }
    >
      <div className="stack">
        {done ? null : (
          <Form onSubmit={() => run.mutate(true)} problem={run.error}>
            <Field name="file" label={t('assets.file')}>
              <input
                type="file"
                className="file-input"
                accept=".csv,text/csv,text/plain"
                aria-label={t('assets.file')}
                onChange={(event) => {
                  setFile(event.currentTarget.files?.[0])
                  run.reset()
                }}
              />
            </Field>
            {file ? null : (
              <Field name="text" label={t('assets.rows')} hint={t('assets.columns_hint')}>
                <Textarea
                  className="mono"
                  rows={6}
                  value={text}
                  placeholder={EXAMPLE}
                  spellCheck={false}
                  onValue={(next) => {
                    setText(next)
                    run.reset()
                  }}
                />
              </Field>
            )}
          </Form>
        )}
        {result ? <Outcome result={result} /> : null}
      </div>
    </Dialog>
  )
}

function Outcome({ result }: { result: Result }) {
  const { t } = useTranslation()
  const counts = {
    added: result.added,
    updated: result.updated,
    unchanged: result.unchanged,
    failed: result.failed,
  }
  return (
    <div className="stack" aria-live="polite">
      <Notice tone={result.failed > 0 ? 'warning' : 'success'}>
        {t(result.dry_run ? 'assets.would' : 'assets.did', counts)}
      </Notice>
      {result.errors.length > 0 ? (
        <div className="scroll-x">
          <table className="plain-table">
            <thead>
              <tr>
                <th>{t('assets.line')}</th>
                <th>{t('assets.column')}</th>
                <th>{t('assets.value')}</th>
                <th>{t('assets.why')}</th>
              </tr>
            </thead>
            <tbody>
              {result.errors.map((each) => (
                <tr key={`${each.line}.${each.column ?? ''}.${each.code}`}>
                  <td className="num">{each.line}</td>
                  <td>{each.column}</td>
                  <td>
                    <bdi className="mono">{each.value}</bdi>
                  </td>
                  <td>{codeText(each.code, each.params ?? {}) ?? each.message}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      {result.failed > result.errors.length ? (
        <p className="muted">{t('assets.more_errors', { count: result.failed - result.errors.length })}</p>
      ) : null}
    </div>
  )
}
