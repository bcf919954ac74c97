import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Badge } from '~/ui/Badge'
import { Button } from '~/ui/Button'
import { CodeArea } from '~/ui/CodeArea'
import { Drawer } from '~/ui/Dialog'
import { Upload } from '~/ui/icons'
import { Notice } from '~/ui/Notice'
import { codeText } from '~/ui/problemText'
import { ErrorState } from '~/ui/states'
import { toast } from '~/ui/Toast'
import { visible } from '~/ui/Value'
import { type Imported, importPlaybooks } from './api'

/** Takes over a ThreatIngestor configuration: first shows what becomes of each part of it. */
export function ImportDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const input = useRef<HTMLInputElement>(null)
  const [text, setText] = useState('')
  const dry = useMutation({ mutationFn: () => importPlaybooks(text, true) })
  const take = useMutation({
    mutationFn: () => importPlaybooks(text, false),
    onSuccess: (done) => {
      void client.invalidateQueries({ queryKey: ['playbooks'] })
      void client.invalidateQueries({ queryKey: ['sources'] })
      const made = (list: Imported['sources']) => list.filter((each) => each.id).length
      toast({
        title: t('playbooks.imported', { sources: made(done.sources), playbooks: made(done.playbooks) }),
        tone: 'success',
      })
    },
  })
  const change = (next: string) => {
    setText(next)
    dry.reset()
    take.reset()
  }
  const result = take.data ?? dry.data
  const problem = take.error ?? dry.error
  return (
    <Drawer
      open
      sticky
      onClose={onClose}
      width={760}
      title={t('playbooks.import')}
      description={t('playbooks.import_hint')}
      footer={
        take.data ? (
          <Button tone="primary" onClick={onClose}>
            {t('ui.close')}
          </Button>
        ) : (
          <>
            <Button busy={dry.isPending} disabled={!text.trim()} onClick={() => dry.mutate()}>
              {t('sources.dry_run')}
            </Button>
            <Button tone="primary" busy={take.isPending} disabled={!dry.data} onClick={() => take.mutate()}>
              {t('playbooks.take')}
            </Button>
          </>
        )
      }
    >
      <div className="import">
        {result ? null : (
          <div className="inline">
            <Button small icon={<Upload className="icon" />} onClick={() => input.current?.click()}>
              {t('playbooks.choose_file')}
            </Button>
            <span className="muted">{t('playbooks.or_paste')}</span>
            <input
              ref={input}
              type="file"
              hidden
              accept=".yml,.yaml,.txt"
              onChange={(event) => {
                void event.currentTarget.files?.[0]?.text().then(change)
              }}
            />
          </div>
        )}
        <div className="code">
          <CodeArea
            label={t('playbooks.import')}
            value={text}
            onValue={change}
            marks={(result?.notes ?? [])
              .filter((note) => note.warning)
              .map((note) => ({
                line: note.line,
                column: 1,
                warning: note.warning,
                message: codeText(note.code, note.params ?? {}) ?? note.message,
              }))}
          />
        </div>
        {problem ? <ErrorState inset problem={problem} /> : null}
        {result ? <Report result={result} /> : null}
      </div>
    </Drawer>
  )
}

function Report({ result }: { result: Imported }) {
  const { t } = useTranslation()
  return (
    <div className="stack" aria-live="polite">
      <Notice tone={result.dry_run ? 'info' : 'success'}>
        {t(result.dry_run ? 'playbooks.would_make' : 'playbooks.did_make')}
      </Notice>
      <Made title={t('nav.sources')} items={result.sources} to="/sources/$id" />
      <Made title={t('playbooks.title')} items={result.playbooks} to="/sources/playbooks/$id" />
      {result.notes.length > 0 ? (
        <section>
          <h3>{t('playbooks.notes')}</h3>
          <table className="plain-table">
            <thead>
              <tr>
                <th>{t('playbooks.line')}</th>
                <th>{t('playbooks.part')}</th>
                <th>{t('playbooks.note')}</th>
              </tr>
            </thead>
            <tbody>
              {result.notes.map((note, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a fixed list
                <tr key={i}>
                  <td className="num">{note.line || '–'}</td>
                  <td className="mono">{visible(note.item)}</td>
                  <td>
                    {note.warning ? <Badge tone="warning">{t('playbooks.warning')}</Badge> : null}{' '}
                    {visible(codeText(note.code, note.params ?? {}) ?? note.message)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      ) : null}
    </div>
  )
}

function Made(props: {
  title: string
  items: Imported['sources']
  to: '/sources/$id' | '/sources/playbooks/$id'
}) {
  if (props.items.length === 0) return null
  return (
    <section>
      <h3>
        {props.title} <span className="muted num">{props.items.length}</span>
      </h3>
      <ul className="made">
        {props.items.map((item, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a fixed list; names may repeat
          <li key={i}>
            {item.id ? (
              <Link to={props.to} params={{ id: item.id }}>
                {visible(item.name)}
              </Link>
            ) : (
              <span>{visible(item.name)}</span>
            )}{' '}
            {item.kind ? <span className="muted">{item.kind}</span> : null}
            {item.problem ? (
              <p className="danger-text">
                {codeText(item.problem.code, item.problem.params ?? {}) ?? item.problem.detail}
              </p>
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  )
}
