import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCursorPages } from '~/api/paging'
import { useCan } from '~/api/session'
import { keysOf } from '~/commands'
import { useCommands } from '~/commands/useCommands'
import { Page } from '~/shell/Page'
import { Button } from '~/ui/Button'
import { confirm } from '~/ui/ConfirmDialog'
import { ClearFilters, FilterSelect, FilterText } from '~/ui/Filters'
import { type Chosen, DataGrid } from '~/ui/grid/DataGrid'
import { Accept, Delete, Retry, Undo } from '~/ui/icons'
import { EmptyState } from '~/ui/states'
import { Tag } from '~/ui/Tag'
import { visible } from '~/ui/Value'
import { useItemActions } from './actions'
import { countItems, type Filter, type Item, listItems, type Meant, quarantineKey, sourceName } from './api'
import { itemColumns } from './columns'
import { ItemDrawer } from './ItemDrawer'
import { type QuarantineSearch, STAGES, STATES } from './search'
import './quarantine.css'

const rowId = (row: Item) => row.id

/** Inputs that could not be understood, each with its place and reason, to be tried again or given up. */
export function QuarantinePage({ search }: { search: QuarantineSearch }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const can = useCan()
  const actions = useItemActions()
  const find = useRef<HTMLInputElement>(null)
  const [row, setRow] = useState<Item>()
  const { item, state = 'open', ...rest } = search
  const filter = Object.fromEntries(Object.entries(rest).filter(([, value]) => value)) as Filter
  const manage = can('sources.manage')
  const counts = useQuery({
    queryKey: [...quarantineKey, 'counts', search.source ?? ''],
    queryFn: ({ signal }) => countItems(search.source, signal),
  })
  const open = counts.data?.items ?? []
  const counted = filter.q || filter.report || state !== 'open' ? undefined : totalOf(open, filter)
  const pages = useCursorPages<Item>({
    key: [...quarantineKey, 'list', filter, state],
    fetchPage: (cursor, signal) => listItems({ ...filter, state }, cursor, signal),
  })
  const columns = useMemo(() => itemColumns(t), [t])
  const set = (change: QuarantineSearch) =>
    void navigate({
      from: '/sources/quarantine',
      to: '/sources/quarantine',
      search: (now) => ({ ...now, ...change }),
    })
  useCommands('quarantine', {
    'quarantine.filter': () => find.current?.focus(),
    ...(manage && row?.state === 'open'
      ? {
          'quarantine.replay': () => void actions.replay({ ids: [row.id] }),
          'quarantine.discard': () => void actions.discard({ ids: [row.id] }),
        }
      : {}),
  })
  const active = Object.keys(filter).length > 0 || state !== 'open'
  return (
    <Page layout="full">
      <DataGrid
        id="quarantine"
        label={t('quarantine.title')}
        columns={columns}
        rowId={rowId}
        pages={counted === undefined ? pages : { ...pages, total: counted }}
        onCursor={setRow}
        onOpen={(each) => set({ item: each.id })}
        bulkAll={counted !== undefined}
        bulk={
          manage
            ? (chosen) => <Bulk chosen={chosen} state={state} filter={filter} actions={actions} />
            : undefined
        }
        toolbar={
          <>
            <FilterText
              value={search.q ?? ''}
              onValue={(q) => set({ q: q || undefined })}
              label={t('quarantine.find')}
              inputRef={find}
            />
            <FilterSelect
              label={t('quarantine.state')}
              any={t('quarantine.state_open')}
              value={state === 'open' ? undefined : state}
              options={STATES.slice(1).map((each) => ({ value: each, label: t(`quarantine.state_${each}`) }))}
              onValue={(next) => set({ state: next })}
            />
            <FilterSelect
              label={t('quarantine.stage')}
              any={t('quarantine.any_stage')}
              value={search.stage}
              options={STAGES.map((each) => ({ value: each, label: t(`quarantine.stage_${each}`) }))}
              onValue={(stage) => set({ stage })}
            />
            <FilterSelect
              label={t('quarantine.code')}
              any={t('quarantine.any_code')}
              value={search.code}
              options={codesOf(open, search.code)}
              onValue={(code) => set({ code })}
            />
            {search.source ? (
              <SourceTag id={search.source} onRemove={() => set({ source: undefined })} />
            ) : null}
            <ClearFilters
              active={active}
              onClear={() => void navigate({ to: '/sources/quarantine', search: {} })}
            />
          </>
        }
        empty={
          active ? (
            <EmptyState title={t('quarantine.none_match')} />
          ) : (
            <EmptyState title={t('quarantine.none')} icon={<Accept className="icon" aria-hidden="true" />}>
              {t('quarantine.none_hint')}
            </EmptyState>
          )
        }
      />
      <ItemDrawer id={item} manage={manage} actions={actions} onClose={() => set({ item: undefined })} />
    </Page>
  )
}

interface Count {
  readonly stage: string
  readonly code: string
  readonly count: number
}

/** How many open items a filter by stage and code leaves. */
export function totalOf(counts: readonly Count[], filter: Filter): number {
  return counts
    .filter((each) => !filter.stage || each.stage === filter.stage)
    .filter((each) => !filter.code || each.code === filter.code)
    .reduce((sum, each) => sum + each.count, 0)
}

function codesOf(counts: readonly Count[], chosen: string | undefined) {
  const sums = new Map<string, number>()
  for (const { code, count } of counts) sums.set(code, (sums.get(code) ?? 0) + count)
  if (chosen && !sums.has(chosen)) sums.set(chosen, 0)
  return [...sums]
    .sort((a, b) => b[1] - a[1])
    .map(([code, count]) => ({ value: code, label: `${code} (${count.toLocaleString()})` }))
}

function SourceTag({ id, onRemove }: { id: string; onRemove: () => void }) {
  const { t } = useTranslation()
  const query = useQuery({
    queryKey: ['sources', 'one', id],
    queryFn: ({ signal }) => sourceName(id, signal),
    staleTime: 60_000,
  })
  return <Tag text={`${t('reports.source')}: ${visible(query.data?.name ?? id)}`} onRemove={onRemove} />
}

function Bulk(props: {
  chosen: Chosen<Item>
  state: Item['state']
  filter: Filter
  actions: ReturnType<typeof useItemActions>
}) {
  const { t } = useTranslation()
  const { chosen, actions, state } = props
  const meant: Meant = chosen.all ? { filter: props.filter } : { ids: chosen.ids }
  const then = (done: Promise<boolean>) => void done.then((all) => all && chosen.clear())
  const replay = () => then(actions.replay(meant))
  const discard = async () => {
    // Beyond what is loaded nobody knows which to bring back.
    const sure =
      !chosen.all ||
      (await confirm({ title: t('quarantine.discard_all'), action: t('quarantine.discard'), danger: true }))
    if (sure) then(actions.discard(meant))
  }
  useCommands(
    'quarantine',
    state === 'open' ? { 'quarantine.replay': replay, 'quarantine.discard': () => void discard() } : {},
  )
  if (state !== 'open') {
    return state === 'discarded' ? (
      <Button small icon={<Undo className="icon" />} onClick={() => then(actions.reopen(meant))}>
        {t('quarantine.reopen')}
      </Button>
    ) : null
  }
  return (
    <>
      <Button
        small
        icon={<Retry className="icon" />}
        keys={keysOf('quarantine.replay') ?? ''}
        onClick={replay}
      >
        {t('quarantine.replay')}
      </Button>
      <Button
        small
        tone="danger"
        icon={<Delete className="icon" />}
        keys={keysOf('quarantine.discard') ?? ''}
        onClick={() => void discard()}
      >
        {t('quarantine.discard')}
      </Button>
    </>
  )
}
