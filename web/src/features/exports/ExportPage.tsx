import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { exportsKey, type StableExport, tlpOf, whyOnExport } from '~/api/exporting'
import { useCan } from '~/api/session'
import { keysOf } from '~/commands'
import { useCommands } from '~/commands/useCommands'
import { usePageName } from '~/shell/crumbs'
import { openExport } from '~/shell/exporting/openExport'
import { SelectionPreview } from '~/shell/exporting/SelectionPreview'
import { Page } from '~/shell/Page'
import { TlpBadge } from '~/ui/Badge'
import { Button, IconButton } from '~/ui/Button'
import { confirm } from '~/ui/ConfirmDialog'
import { Download, Edit, More } from '~/ui/icons'
import { Menu } from '~/ui/Menu'
import { ErrorState, Skeleton } from '~/ui/states'
import { toast, toastProblem } from '~/ui/Toast'
import { RelativeTime } from '~/ui/time'
import { deleteExport, editExport, exportKey, getExport, rotateExport, type WithToken } from './api'
import { ExportForm } from './ExportForm'
import { ExportState } from './ExportList'
import { FetchLog } from './FetchLog'
import { isFormat } from './format'
import { TokenDialog } from './TokenDialog'
import { ValueQuestion } from './ValueQuestion'
import { OnBadge, WhyView } from './WhyView'
import './exports.css'

/** One stable export: what it takes, what it holds back, who fetched it, why a value is on it. */
export function ExportPage(props: {
  id: string
  value: string | undefined
  onValue: (value: string | undefined) => void
}) {
  const { id } = props
  const found = useQuery({ queryKey: exportKey(id), queryFn: ({ signal }) => getExport(id, signal) })
  usePageName(found.data?.name)
  if (found.error) {
    return (
      <Page>
        <ErrorState problem={found.error} onRetry={found.refetch} />
      </Page>
    )
  }
  if (!found.data) {
    return (
      <Page>
        <Skeleton width={50} />
      </Page>
    )
  }
  return <Loaded item={found.data} value={props.value} onValue={props.onValue} />
}

function Loaded(props: {
  item: StableExport
  value: string | undefined
  onValue: (value: string | undefined) => void
}) {
  const { t } = useTranslation()
  const { item } = props
  const can = useCan()
  const manage = can('exports.manage')
  const { editing, setEditing, made, setMade, toggle, rotate, remove } = useActions(item)
  const direct = () => openExport({ q: item.query, title: item.name, all: item.all })
  const edit = manage ? () => setEditing(true) : undefined
  useCommands('exports', { 'exports.direct': direct, ...(edit ? { 'exports.edit': edit } : {}) })
  return (
    <Page
      layout="full"
      actions={
        <>
          <ExportState item={item} />
          <Button icon={<Download className="icon" />} keys={keysOf('exports.direct') ?? ''} onClick={direct}>
            {t('exports.download_now')}
          </Button>
          {edit ? (
            <>
              <Button icon={<Edit className="icon" />} keys={keysOf('exports.edit') ?? ''} onClick={edit}>
                {t('exports.edit')}
              </Button>
              <Menu
                trigger={<IconButton label={t('exports.more')} icon={<More className="icon" />} />}
                entries={[
                  {
                    id: 'toggle',
                    label: t(item.enabled ? 'exports.disable' : 'exports.enable'),
                    run: toggle,
                  },
                  { id: 'rotate', label: t('exports.rotate'), run: rotate },
                  'separator',
                  { id: 'delete', label: t('exports.delete'), danger: true, run: remove },
                ]}
              />
            </>
          ) : null}
        </>
      }
      lead={item.query ? <code>{item.query}</code> : t('exports.everything')}
    >
      <div className="export-page">
        <div className="about">
          <ExportFacts item={item} />
          <section>
            <h2>{t('exports.now')}</h2>
            <SelectionPreview selection={{ q: item.query, all: item.all, tlp: tlpOf(item.tlp) || 'amber' }} />
          </section>
          <section className="stack">
            <ValueQuestion
              value={props.value}
              onValue={props.onValue}
              label={t('exports.why_this')}
              action={t('exports.why_ask')}
            />
            {props.value ? <WhyOne id={item.id} value={props.value} /> : null}
          </section>
        </div>
        {manage ? (
          <div className="log">
            <h2>{t('exports.fetches')}</h2>
            <FetchLog id={item.id} />
          </div>
        ) : null}
      </div>
      {editing ? <ExportForm item={item} onClose={() => setEditing(false)} /> : null}
      {made ? <TokenDialog made={made} onClose={() => setMade(undefined)} /> : null}
    </Page>
  )
}

function useActions(item: StableExport) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const navigate = useNavigate()
  const [editing, setEditing] = useState(false)
  const [made, setMade] = useState<WithToken>()
  const refresh = () => client.invalidateQueries({ queryKey: exportsKey })
  const attempt = async (work: () => Promise<void>) => {
    try {
      await work()
    } catch (cause) {
      toastProblem(cause)
    }
    await refresh()
  }
  const setEnabled = (enabled: boolean) =>
    attempt(async () => {
      await editExport(item.id, { enabled })
      toast({
        title: t(enabled ? 'exports.enabled' : 'exports.disabled'),
        undo: () => void setEnabled(!enabled),
      })
    })
  const rotate = () =>
    attempt(async () => {
      const sure = await confirm({
        title: t('exports.rotate_title'),
        body: t('exports.rotate_body'),
        action: t('exports.rotate'),
        danger: true,
      })
      if (sure) setMade(await rotateExport(item.id))
    })
  const remove = () =>
    attempt(async () => {
      const sure = await confirm({
        title: t('exports.delete_title', { name: item.name }),
        body: t('exports.delete_body'),
        action: t('exports.delete'),
        danger: true,
      })
      if (!sure) return
      await deleteExport(item.id)
      toast({ title: t('exports.deleted', { name: item.name }), tone: 'success' })
      await navigate({ to: '/exports' })
    })
  return {
    editing,
    setEditing,
    made,
    setMade,
    toggle: () => void setEnabled(!item.enabled),
    rotate: () => void rotate(),
    remove: () => void remove(),
  }
}

function ExportFacts({ item }: { item: StableExport }) {
  const { t } = useTranslation()
  return (
    <dl className="facts">
      <dt>{t('exports.format')}</dt>
      <dd>{isFormat(item.format) ? t(`format.${item.format}`) : item.format}</dd>
      <dt>{t('exports.takes')}</dt>
      <dd>{t(item.all ? 'exports.all_warning' : 'exports.rules')}</dd>
      <dt>{t('exports.ceiling')}</dt>
      <dd>
        <TlpBadge level={tlpOf(item.tlp)} />
      </dd>
      <dt>{t('exports.address')}</dt>
      <dd>
        <code>/export/{item.token_prefix}…</code>
      </dd>
      <dt>{t('exports.expires')}</dt>
      <dd>{item.expires ? <RelativeTime at={item.expires} absolute /> : t('exports.never')}</dd>
      <dt>{t('exports.created')}</dt>
      <dd>
        <RelativeTime at={item.created} absolute />
      </dd>
    </dl>
  )
}

function WhyOne({ id, value }: { id: string; value: string }) {
  const why = useQuery({
    queryKey: [...exportKey(id), 'why', value],
    queryFn: ({ signal }) => whyOnExport(id, value, undefined, signal),
    retry: false,
  })
  if (why.error) return <ErrorState problem={why.error} onRetry={why.refetch} inset />
  if (!why.data) return <Skeleton width={30} />
  return (
    <div className="stack">
      <div>
        <OnBadge why={why.data} />
      </div>
      <WhyView why={why.data} />
    </div>
  )
}
