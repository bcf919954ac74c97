import { useTranslation } from 'react-i18next'
import { useCan } from '~/api/session'
import { keysOf } from '~/commands'
import { useCommands } from '~/commands/useCommands'
import { openExport } from '~/shell/exporting/openExport'
import { Page } from '~/shell/Page'
import { Button } from '~/ui/Button'
import { Add, Download } from '~/ui/icons'
import { type TabSpec, Tabs } from '~/ui/Tabs'
import { ExportForm } from './ExportForm'
import { ExportList } from './ExportList'
import { FetchLog } from './FetchLog'
import { Recall } from './Recall'
import type { ExportTab } from './search'
import { WhyOnAll } from './WhyOnAll'
import './exports.css'

/** What leaves: stable addresses, who took what, why a value is or is not on them, recall. */
export function ExportsPage(props: {
  tab: ExportTab
  value: string | undefined
  /** The selection of a new export whose form is open. */
  draft: string | undefined
  onTab: (tab: ExportTab) => void
  onValue: (value: string | undefined) => void
  onDraft: (q: string | undefined) => void
}) {
  const { t } = useTranslation()
  const can = useCan()
  const manage = can('exports.manage')
  const direct = () => openExport({ q: '' })
  const make = manage ? () => props.onDraft('') : undefined
  useCommands('exports', { 'exports.direct': direct, ...(make ? { 'exports.new': make } : {}) })
  const tabs: TabSpec<ExportTab>[] = [
    { id: 'stable', label: t('exports.stable'), panel: <ExportList onNew={make} /> },
    ...(manage
      ? [{ id: 'taken' as const, label: t('exports.taken'), panel: <FetchLog id={undefined} /> }]
      : []),
    {
      id: 'why',
      label: t('exports.why'),
      panel: <WhyOnAll value={props.value} onValue={props.onValue} />,
    },
    ...(manage
      ? [
          {
            id: 'recall' as const,
            label: t('exports.recall'),
            panel: <Recall value={props.value} onValue={props.onValue} />,
          },
        ]
      : []),
  ]
  const tab = tabs.some((each) => each.id === props.tab) ? props.tab : 'stable'
  return (
    <Page
      layout="full"
      lead={t('exports.lead')}
      actions={
        <>
          <Button icon={<Download className="icon" />} keys={keysOf('exports.direct') ?? ''} onClick={direct}>
            {t('exports.direct_action')}
          </Button>
          {make ? (
            <Button
              tone="primary"
              icon={<Add className="icon" />}
              keys={keysOf('exports.new') ?? ''}
              onClick={make}
            >
              {t('exports.new')}
            </Button>
          ) : null}
        </>
      }
    >
      <div className="tabbed">
        <Tabs tabs={tabs} value={tab} onValue={props.onTab} aria-label={t('nav.exports')} />
      </div>
      {manage && props.draft !== undefined ? (
        <ExportForm q={props.draft} onClose={() => props.onDraft(undefined)} />
      ) : null}
    </Page>
  )
}
