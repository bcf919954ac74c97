import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCan } from '~/api/session'
import { TagField } from '~/shell/TagField'
import { Button } from '~/ui/Button'
import { Checkbox } from '~/ui/Checkbox'
import { Dialog } from '~/ui/Dialog'
import { Field, Form } from '~/ui/Form'
import { Input, Textarea } from '~/ui/Input'
import { Close, Upload } from '~/ui/icons'
import { Notice } from '~/ui/Notice'
import { Select } from '~/ui/Select'
import { Tabs } from '~/ui/Tabs'
import { toastProblem } from '~/ui/Toast'
import type { Tlp } from '../types'
import { Preview } from './Preview'
import { addressIn, bytes, type DropMeta, dropWords, previewFiles, previewWords } from './send'
import { Taking, type Work } from './Taking'
import './drop.css'

export interface DropStart {
  files?: readonly File[]
  text?: string
}

type Way = 'text' | 'files' | 'url'

/** Takes reports in: a pasted text, files, or the address of a page. */
export function DropDialog({ start, onClose }: { start: DropStart; onClose: () => void }) {
  const { t } = useTranslation()
  const can = useCan()
  const client = useQueryClient()
  const picker = useRef<HTMLInputElement>(null)
  const [way, setWay] = useState<Way>(start.files ? 'files' : 'text')
  const [text, setText] = useState(start.text ?? '')
  const [url, setUrl] = useState('')
  const [files, setFiles] = useState<readonly File[]>(start.files ?? [])
  const [title, setTitle] = useState('')
  const [tlp, setTlp] = useState<Tlp | 'default'>('default')
  const [tags, setTags] = useState<string[]>([])
  const [accept, setAccept] = useState(false)
  const [work, setWork] = useState<Work>()
  const meta: DropMeta = {
    ...(title.trim() && way !== 'files' ? { title: title.trim() } : {}),
    ...(tlp === 'default' ? {} : { tlp }),
    ...(tags.length > 0 ? { tags } : {}),
    ...(accept ? { accept } : {}),
  }
  const ready = way === 'text' ? text.trim() : way === 'url' ? url.trim() : files.length > 0
  const words = () => (way === 'text' ? { text } : { url: url.trim() })
  const preview = useMutation({
    mutationFn: () =>
      way === 'files' ? previewFiles(files.slice(0, 10), meta) : previewWords(words(), meta),
  })
  const send = useMutation({
    mutationFn: () => dropWords(words(), meta),
    onSuccess: (taken) => setWork({ taken: taken.items }),
  })
  const close = () => {
    void client.invalidateQueries({ queryKey: ['reports'] })
    onClose()
  }
  const changed = () => {
    preview.reset()
    send.reset()
  }
  if (work) return <Taking work={work} meta={meta} onClose={close} />
  const address = way === 'text' ? addressIn(text) : undefined
  const addFiles = (list: FileList | null) => {
    if (!list) return
    changed()
    setFiles((before) => [...before, ...list])
  }
  return (
    <Dialog open wide sticky onClose={onClose} title={t('drop.title')}>
      <Form
        className="drop"
        problem={send.error ?? preview.error}
        onSubmit={() => {
          if (!ready) return
          if (way === 'files') setWork({ files })
          else send.mutate()
        }}
      >
        <Tabs<Way>
          aria-label={t('drop.title')}
          value={way}
          onValue={(next) => {
            changed()
            setWay(next)
          }}
          tabs={[
            {
              id: 'text',
              label: t('drop.text'),
              panel: (
                <div className="stack">
                  <Field name="text" label={t('drop.text_label')} hint={t('drop.text_hint')}>
                    <Textarea
                      rows={9}
                      className="mono"
                      value={text}
                      onValue={(next) => {
                        changed()
                        setText(next)
                      }}
                      spellCheck={false}
                      onPaste={(event) => {
                        if (event.clipboardData.files.length > 0) {
                          event.preventDefault()
                          addFiles(event.clipboardData.files)
                          setWay('files')
                        }
                      }}
                    />
                  </Field>
                  {address ? (
                    <Notice
                      action={
                        <Button
                          small
                          onClick={() => {
                            setUrl(address)
                            setText('')
                            setWay('url')
                          }}
                        >
                          {t('drop.fetch_it')}
                        </Button>
                      }
                    >
                      {t('drop.is_address')}
                    </Notice>
                  ) : null}
                </div>
              ),
            },
            {
              id: 'files',
              label: t('drop.files'),
              panel: (
                <div className="stack">
                  {/* biome-ignore lint/a11y/noStaticElementInteractions: the button inside does the same */}
                  <div
                    className="drop-zone"
                    onDragOver={(event) => event.preventDefault()}
                    onDrop={(event) => {
                      event.preventDefault()
                      addFiles(event.dataTransfer.files)
                    }}
                  >
                    <Upload className="icon" aria-hidden="true" />
                    <p>{t('drop.files_hint')}</p>
                    <Button onClick={() => picker.current?.click()}>{t('drop.choose')}</Button>
                    <input
                      ref={picker}
                      type="file"
                      multiple
                      hidden
                      aria-label={t('drop.choose')}
                      onChange={(event) => {
                        addFiles(event.target.files)
                        event.target.value = ''
                      }}
                    />
                  </div>
                  <Files
                    files={files}
                    onRemove={(at) => {
                      changed()
                      setFiles(files.filter((_, i) => i !== at))
                    }}
                  />
                </div>
              ),
            },
            {
              id: 'url',
              label: t('drop.url'),
              panel: (
                <Field name="url" label={t('drop.url_label')} hint={t('drop.url_hint')}>
                  <Input
                    value={url}
                    onValue={(next) => {
                      changed()
                      setUrl(next)
                    }}
                    inputMode="url"
                    autoCapitalize="off"
                    spellCheck={false}
                    placeholder="https://example.org/report"
                  />
                </Field>
              ),
            },
          ]}
        />
        <div className="two">
          {way === 'files' ? null : (
            <Field name="title" label={t('drop.title_label')} hint={t('drop.title_hint')}>
              <Input value={title} onValue={setTitle} maxLength={500} />
            </Field>
          )}
          <Field name="tlp" label="TLP" hint={t('drop.tlp_hint')}>
            <Select
              value={tlp}
              onValue={setTlp}
              options={[
                { value: 'default', label: t('drop.tlp_default') },
                { value: 'clear', label: 'TLP:CLEAR' },
                { value: 'green', label: 'TLP:GREEN' },
                { value: 'amber', label: 'TLP:AMBER' },
                { value: 'amber+strict', label: 'TLP:AMBER+STRICT' },
                { value: 'red', label: 'TLP:RED' },
              ]}
            />
          </Field>
          <TagField value={tags} onValue={setTags} label={t('reports.tags')} />
        </div>
        {can('intel.review') ? (
          <Checkbox checked={accept} onChecked={setAccept}>
            {t('drop.accept')}
          </Checkbox>
        ) : null}
        {preview.data ? (
          <Preview items={preview.data.items} more={way === 'files' && files.length > 10} />
        ) : null}
        <div className="form-actions">
          <Button
            busy={preview.isPending}
            disabled={!ready}
            onClick={() => preview.mutate(undefined, { onError: (cause) => toastProblem(cause) })}
          >
            {t('drop.preview')}
          </Button>
          <Button type="submit" tone="primary" busy={send.isPending} disabled={!ready}>
            {way === 'files' ? t('drop.submit_files', { count: files.length }) : t('drop.submit')}
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}

function Files({ files, onRemove }: { files: readonly File[]; onRemove: (at: number) => void }) {
  const { t } = useTranslation()
  if (files.length === 0) return null
  return (
    <ul className="drop-files">
      {files.map((file, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two files may have one name
        <li key={i}>
          <span className="grow">{file.name}</span>
          <span className="muted num">{bytes(file.size)}</span>
          <button
            type="button"
            className="btn quiet small icon-only"
            aria-label={t('ui.remove', { name: file.name })}
            onClick={() => onRemove(i)}
          >
            <Close className="icon" />
          </button>
        </li>
      ))}
    </ul>
  )
}
