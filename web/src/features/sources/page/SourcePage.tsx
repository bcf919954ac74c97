import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { useCan, useMe } from '~/api/session'
import { keysOf } from '~/commands'
import { useCommands } from '~/commands/useCommands'
import { usePageName } from '~/shell/crumbs'
import { Page } from '~/shell/Page'
import { Button, IconButton } from '~/ui/Button'
import { confirm } from '~/ui/ConfirmDialog'
import { More, Retry, Undo } from '~/ui/icons'
import { Menu } from '~/ui/Menu'
import { Notice } from '~/ui/Notice'
import { ErrorState, Skeleton } from '~/ui/states'
import { type TabSpec, Tabs } from '~/ui/Tabs'
import { toast, toastProblem } from '~/ui/Toast'
import { visible } from '~/ui/Value'
import { useSourceActions } from '../actions'
import { forgetSource, getSource, runsKey, type Source, sourceKey } from '../api'
import { HealthBadge } from '../Health'
import { KindName } from '../KindName'
import type { SourceSearch, SourceTab } from '../search'
import { Corrections } from './Corrections'
import { Items } from './Items'
import { Overview } from './Overview'
import { Runs } from './Runs'
import { Settings } from './Settings'
import '../sources.css'

/** One source: how it fares, what it brings, how it is set up. */
export function SourcePage({ id, search }: { id: string; search: SourceSearch }) {
  const found = useQuery({
    queryKey: sourceKey(id),
    queryFn: ({ signal }) => getSource(id, signal),
    refetchInterval: (query) => (query.state.data?.state.running ? 1500 : 15_000),
  })
  usePageName(found.data?.name)
  if (!found.data) {
    return (
      <Page>
        {found.error ? <ErrorState problem={found.error} onRetry={found.refetch} /> : <Skeleton width={50} />}
      </Page>
    )
  }
  return <Loaded source={found.data} search={search} />
}

function Loaded({ source, search }: { source: Source; search: SourceSearch }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const client = useQueryClient()
  const can = useCan()
  const me = useMe()
  const { id } = source
  const actions = useSourceActions()
  const own = me?.organisation.id === source.organisation
  const manage = can('sources.manage') && own && !source.deleted
  const { running } = source.state
  // Its newest visit begins and ends with the source's own state.
  // biome-ignore lint/correctness/useExhaustiveDependencies: read again when a visit begins or ends
  useEffect(() => {
    void client.invalidateQueries({ queryKey: runsKey(id) })
  }, [client, id, running, source.state.last_run])
  const set = (change: SourceSearch) =>
    void navigate({
      from: '/sources/$id',
      to: '/sources/$id',
      params: { id },
      search: (now) => ({ ...now, ...change }),
    })
  const visit = async () => {
    await actions.visit([source])
    set({ tab: undefined, run: undefined })
  }
  const forget = async () => {
    const sure = await confirm({
      title: t('sources.forget_title'),
      body: t('sources.forget_body'),
      action: t('sources.forget'),
    })
    if (!sure) return
    try {
      await forgetSource(id)
      toast({
        title: t('sources.forgotten'),
        tone: 'success',
        action: { label: t('sources.run_now'), run: () => void visit() },
      })
    } catch (cause) {
      toastProblem(cause)
    }
  }
  const edit = manage ? () => set({ tab: 'settings' }) : undefined
  const canVisit = manage && !running
  useCommands('source', {
    'source.run': canVisit ? () => void visit() : undefined,
    'source.edit': edit,
    'source.toggle': manage ? () => void actions.enable([source], !source.enabled) : undefined,
  })
  const tabs: TabSpec<SourceTab>[] = [
    { id: 'overview', label: t('sources.tab_overview'), panel: <Overview source={source} own={own} /> },
    { id: 'reports', label: t('sources.tab_reports'), panel: <Items source={source} /> },
    ...(own
      ? [
          {
            id: 'runs' as const,
            label: t('sources.tab_runs'),
            panel: <Runs id={id} run={search.run} onRun={(run) => set({ run })} />,
          },
        ]
      : []),
    { id: 'corrections', label: t('sources.tab_corrections'), panel: <Corrections id={id} /> },
    ...(manage
      ? [{ id: 'settings' as const, label: t('sources.tab_settings'), panel: <Settings source={source} /> }]
      : []),
  ]
  const tab = tabs.find((each) => each.id === search.tab)?.id ?? 'overview'
  return (
    <Page
      layout="full"
      lead={
        <>
          <span className="narrow-name">{visible(source.name)} · </span>
          <KindName kind={source.kind} />
        </>
      }
      actions={
        <>
          <HealthBadge source={source} />
          {manage ? (
            <>
              <Button
                icon={<Retry className="icon" />}
                keys={keysOf('source.run') ?? ''}
                disabled={!canVisit}
                onClick={() => void visit()}
              >
                {t('sources.run_now')}
              </Button>
              <Menu
                trigger={<IconButton label={t('sources.more')} icon={<More className="icon" />} />}
                entries={[
                  { id: 'edit', label: t('sources.edit'), keys: keysOf('source.edit'), run: () => edit?.() },
                  {
                    id: 'toggle',
                    label: t(source.enabled ? 'sources.disable' : 'sources.enable'),
                    keys: keysOf('source.toggle'),
                    run: () => void actions.enable([source], !source.enabled),
                  },
                  { id: 'forget', label: t('sources.forget'), run: () => void forget() },
                  ...(source.builtin
                    ? []
                    : ([
                        'separator',
                        {
                          id: 'delete',
                          label: t('sources.delete'),
                          danger: true,
                          run: () =>
                            void actions
                              .remove([source])
                              .then((done) => (done ? navigate({ to: '/sources' }) : undefined)),
                        },
                      ] as const)),
                ]}
              />
            </>
          ) : null}
        </>
      }
    >
      <div className="tabbed">
        {source.deleted ? (
          <div className="tab-notice">
            <Notice
              tone="warning"
              action={
                can('sources.manage') && own ? (
                  <Button
                    small
                    icon={<Undo className="icon" />}
                    onClick={() => void actions.restore([source])}
                  >
                    {t('sources.restore')}
                  </Button>
                ) : undefined
              }
            >
              {t('sources.is_deleted')}
            </Notice>
          </div>
        ) : null}
        <Tabs
          tabs={tabs}
          value={tab}
          onValue={(next) => set({ tab: next === 'overview' ? undefined : next, run: undefined })}
          aria-label={source.name}
        />
      </div>
    </Page>
  )
}
