import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CursorPages } from '~/api/paging'
import { useCan } from '~/api/session'
import { keysOf } from '~/commands'
import { useCommands } from '~/commands/useCommands'
import { Page } from '~/shell/Page'
import { Badge } from '~/ui/Badge'
import { Button } from '~/ui/Button'
import { confirm } from '~/ui/ConfirmDialog'
import { ClearFilters, FilterSelect, FilterText } from '~/ui/Filters'
import type { GridColumn } from '~/ui/grid/columns'
import { type Chosen, DataGrid } from '~/ui/grid/DataGrid'
import { Delete, Upload, Warninglist } from '~/ui/icons'
import { Menu } from '~/ui/Menu'
import { EmptyState } from '~/ui/states'
import { toast, toastProblem } from '~/ui/Toast'
import { RelativeTime } from '~/ui/time'
import { visible } from '~/ui/Value'
import { editPacks, listPacks, type Pack, packsKey, removePacks } from './api'
import { matching } from './filter'
import { InstallDialog } from './InstallDialog'
import { PackDrawer } from './PackDrawer'
import { KINDS, type PacksSearch } from './search'
import { WhichList } from './WhichList'
import './packs.css'

const rowId = (row: Pack) => row.id
const NONE: Pack[] = []

/** Warninglists, taxonomies, galaxies and templates: what values and tags are compared with. */
export function PacksPage({ search }: { search: PacksSearch }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const can = useCan()
  const find = useRef<HTMLInputElement>(null)
  const [installing, setInstalling] = useState(false)
  const manage = can('system.manage')
  const query = useQuery({
    queryKey: [...packsKey, 'list'],
    queryFn: async ({ signal }) => (await listPacks(signal)).items as Pack[],
  })
  const all = query.data ?? NONE
  const rows = useMemo(() => matching(all, search), [all, search])
  const pages: CursorPages<Pack> = {
    rows,
    total: query.data ? rows.length : undefined,
    problem: query.error,
    loading: query.isPending,
    loadingMore: false,
    stale: false,
    hasMore: false,
    loadMore: () => {},
    retry: () => void query.refetch(),
  }
  const columns = useMemo(() => packColumns(t), [t])
  const set = (change: PacksSearch, replace = false) =>
    void navigate({
      from: '/sources/packs',
      to: '/sources/packs',
      search: (now) => ({ ...now, ...change }),
      replace,
    })
  const install = manage ? () => setInstalling(true) : undefined
  useCommands('packs', { 'packs.install': install, 'packs.filter': () => find.current?.focus() })
  const active = Boolean(search.q || search.kind || search.on)
  const clear = () => set({ q: undefined, kind: undefined, on: undefined })
  return (
    <Page layout="full">
      <DataGrid
        id="packs"
        label={t('packs.title')}
        columns={columns}
        rowId={rowId}
        pages={pages}
        onOpen={(row) => set({ pack: row.id })}
        bulk={manage ? (chosen) => <PackBulk chosen={chosen} /> : undefined}
        toolbar={
          <>
            <FilterText
              value={search.q ?? ''}
              onValue={(q) => set({ q: q || undefined }, true)}
              label={t('packs.find')}
              inputRef={find}
            />
            <FilterSelect
              label={t('packs.kind')}
              any={t('packs.any_kind')}
              value={search.kind}
              options={KINDS.map((each) => ({ value: each, label: t(`packs.kind_${each}`) }))}
              onValue={(kind) => set({ kind })}
            />
            <FilterSelect
              label={t('packs.state')}
              any={t('packs.any_state')}
              value={search.on}
              options={[
                { value: 'true', label: t('packs.on') },
                { value: 'false', label: t('packs.off') },
              ]}
              onValue={(on) => set({ on })}
            />
            <ClearFilters active={active} onClear={clear} />
            <span className="push inline">
              <WhichList value={search.value} onValue={(value) => set({ value }, true)} />
              {install ? (
                <Button
                  small
                  tone="primary"
                  icon={<Upload className="icon" />}
                  keys={keysOf('packs.install') ?? ''}
                  onClick={install}
                >
                  {t('packs.install')}
                </Button>
              ) : null}
            </span>
          </>
        }
        empty={
          active ? (
            <EmptyState
              title={t('sources.none_match')}
              actions={<Button onClick={clear}>{t('ui.clear_filters')}</Button>}
            />
          ) : (
            <EmptyState
              title={t('packs.none')}
              icon={<Warninglist className="icon" aria-hidden="true" />}
              actions={
                install ? (
                  <Button tone="primary" onClick={install}>
                    {t('packs.install')}
                  </Button>
                ) : undefined
              }
            >
              {t('packs.none_hint')}
            </EmptyState>
          )
        }
      />
      <PackDrawer id={search.pack} onClose={() => set({ pack: undefined })} />
      {installing ? <InstallDialog onClose={() => setInstalling(false)} /> : null}
    </Page>
  )
}

function PackBulk({ chosen }: { chosen: Chosen<Pack> }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const { rows } = chosen
  const act = async (work: () => Promise<{ count: number }>, undo?: () => Promise<unknown>) => {
    try {
      const { count } = await work()
      chosen.clear()
      toast({
        title: t('packs.changed', { count }),
        tone: 'success',
        ...(undo
          ? {
              undo: () =>
                void undo()
                  .catch(toastProblem)
                  .then(() => client.invalidateQueries({ queryKey: packsKey })),
            }
          : {}),
      })
    } catch (cause) {
      toastProblem(cause)
    }
    await client.invalidateQueries({ queryKey: packsKey })
  }
  const enable = (enabled: boolean) => {
    const ids = rows.filter((row) => row.enabled !== enabled).map((row) => row.id)
    void act(
      () => editPacks(ids, { enabled }),
      () => editPacks(ids, { enabled: !enabled }),
    )
  }
  const judge = (category: 'false_positive' | 'known') => {
    const ids = rows
      .filter((row) => row.kind === 'warninglist' && row.category !== category)
      .map((row) => row.id)
    const other = category === 'known' ? 'false_positive' : 'known'
    if (ids.length > 0)
      void act(
        () => editPacks(ids, { category }),
        () => editPacks(ids, { category: other }),
      )
  }
  const remove = async () => {
    const sure = await confirm({
      title: t('packs.remove_title', { count: rows.length }),
      body: t('packs.remove_body'),
      action: t('packs.remove'),
      danger: true,
    })
    if (sure) await act(() => removePacks(rows.map((row) => row.id)))
  }
  return (
    <>
      {rows.some((row) => !row.enabled) ? (
        <Button small onClick={() => enable(true)}>
          {t('sources.enable')}
        </Button>
      ) : null}
      {rows.some((row) => row.enabled) ? (
        <Button small onClick={() => enable(false)}>
          {t('sources.disable')}
        </Button>
      ) : null}
      {rows.some((row) => row.kind === 'warninglist') ? (
        <Menu
          align="start"
          trigger={<Button small>{t('packs.judge')}</Button>}
          entries={[
            { id: 'fp', label: t('packs.category_false_positive'), run: () => judge('false_positive') },
            { id: 'known', label: t('packs.category_known'), run: () => judge('known') },
          ]}
        />
      ) : null}
      <Button small tone="danger" icon={<Delete className="icon" />} onClick={() => void remove()}>
        {t('packs.remove')}
      </Button>
    </>
  )
}

function packColumns(t: ReturnType<typeof useTranslation>['t']): GridColumn<Pack>[] {
  return [
    {
      id: 'name',
      header: t('sources.name'),
      width: 280,
      grow: true,
      fixed: true,
      card: 'title',
      cell: (row) => (
        <span className={row.enabled ? '' : 'muted'} title={row.name}>
          {visible(row.title || row.name)}
        </span>
      ),
    },
    { id: 'kind', header: t('packs.kind'), width: 120, cell: (row) => t(`packs.kind_${row.kind}`) },
    {
      id: 'enabled',
      header: t('packs.state'),
      width: 80,
      cardBare: true,
      cell: (row) =>
        row.enabled ? <Badge tone="success">{t('packs.on')}</Badge> : <Badge>{t('packs.off')}</Badge>,
    },
    {
      id: 'category',
      header: t('packs.category'),
      width: 160,
      cell: (row) => (row.category ? t(`packs.category_${row.category}`) : null),
    },
    {
      id: 'match',
      header: t('packs.match'),
      width: 100,
      card: 'none',
      cell: (row) => (row.match ? <code>{row.match}</code> : null),
    },
    {
      id: 'entries',
      header: t('packs.entries'),
      width: 100,
      align: 'end',
      cell: (row) => <span className="num">{row.entries.toLocaleString()}</span>,
    },
    {
      id: 'version',
      header: t('packs.version'),
      width: 100,
      card: 'none',
      cell: (row) => <span className="num">{row.version}</span>,
    },
    {
      id: 'installed',
      header: t('packs.installed'),
      width: 120,
      card: 'none',
      cell: (row) => <RelativeTime at={row.installed} />,
    },
    {
      id: 'description',
      header: t('packs.description'),
      width: 320,
      grow: true,
      card: 'none',
      cell: (row) =>
        row.description ? (
          <span className="muted" title={row.description}>
            {visible(row.description)}
          </span>
        ) : null,
    },
  ]
}
