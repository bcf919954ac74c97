import { useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCursorPages } from '~/api/paging'
import { useCan } from '~/api/session'
import { keysOf } from '~/commands'
import { useCommands } from '~/commands/useCommands'
import { Page } from '~/shell/Page'
import { Button, buttonClass } from '~/ui/Button'
import { ClearFilters, FilterSelect, FilterText } from '~/ui/Filters'
import { DataGrid } from '~/ui/grid/DataGrid'
import { SavedViews } from '~/ui/grid/SavedViews'
import { Add, Close, Source as SourceIcon } from '~/ui/icons'
import { useTextOf } from '~/ui/KindFields'
import { EmptyState } from '~/ui/states'
import { Tag } from '~/ui/Tag'
import { useSourceActions } from '../actions'
import { listKey, listSources, type Source } from '../api'
import { useKinds } from '../form/kinds'
import { type SourcesSearch, STATUSES } from '../search'
import { SourceBulk } from './bulk'
import { sourceColumns } from './columns'
import '../sources.css'

const rowId = (row: Source) => row.id

/** All sources with their health. */
export function SourceList({ search }: { search: SourcesSearch }) {
  const { t } = useTranslation()
  const can = useCan()
  const navigate = useNavigate()
  const client = useQueryClient()
  const textOf = useTextOf()
  const kinds = useKinds()
  const actions = useSourceActions()
  const filter = useRef<HTMLInputElement>(null)
  const [row, setRow] = useState<Source>()
  const manage = can('sources.manage')
  const pages = useCursorPages<Source>({
    key: [...listKey, search],
    fetchPage: (cursor, signal) => listSources(search, cursor, signal),
  })
  const running = pages.rows.some((each) => each.state.running)
  useEffect(() => {
    // Visits change no row of the change log: what they do is asked for.
    const timer = setInterval(
      () => void client.invalidateQueries({ queryKey: listKey }),
      running ? 2000 : 15_000,
    )
    return () => clearInterval(timer)
  }, [client, running])
  const set = (change: SourcesSearch) =>
    void navigate({ from: '/sources', to: '/sources', search: (now) => ({ ...now, ...change }) })
  const clear = () => void navigate({ to: '/sources', search: {} })
  const add = manage ? () => void navigate({ to: '/sources/new' }) : undefined
  useCommands('sources', {
    'sources.new': add,
    'sources.filter': () => filter.current?.focus(),
    'sources.run': manage && row ? () => void actions.visit([row]) : undefined,
  })
  const columns = useMemo(() => sourceColumns(t), [t])
  const active = Object.values(search).some(Boolean)
  return (
    <Page layout="full">
      <DataGrid
        id="sources"
        label={t('nav.sources')}
        columns={columns}
        rowId={rowId}
        pages={pages}
        onCursor={setRow}
        onOpen={(source) => void navigate({ to: '/sources/$id', params: { id: source.id } })}
        bulk={manage ? (chosen) => <SourceBulk chosen={chosen} actions={actions} /> : undefined}
        toolbar={
          <>
            <SavedViews
              page="sources"
              search={{ ...search }}
              onApply={(view) => void navigate({ to: '/sources', search: view })}
            />
            <FilterText
              value={search.q ?? ''}
              onValue={(q) => set({ q: q || undefined })}
              label={t('sources.find')}
              inputRef={filter}
            />
            <FilterSelect
              label={t('sources.status')}
              any={t('sources.any_status')}
              value={search.status}
              options={STATUSES.map((each) => ({ value: each, label: t(`sources.status_${each}`) }))}
              onValue={(status) => set({ status })}
            />
            <FilterSelect
              label={t('sources.kind')}
              any={t('sources.any_kind')}
              value={search.kind}
              options={(kinds.data ?? []).map((each) => ({ value: each.name, label: textOf(each.label) }))}
              onValue={(kind) => set({ kind })}
            />
            <FilterSelect
              label={t('sources.which')}
              any={t('sources.present')}
              value={search.deleted}
              options={[{ value: 'true', label: t('sources.only_deleted') }]}
              onValue={(deleted) => set({ deleted })}
            />
            {search.tag ? <Tag text={search.tag} onRemove={() => set({ tag: undefined })} /> : null}
            <ClearFilters active={active} onClear={clear} />
            {add ? (
              <span className="push inline">
                <Link to="/sources/presets" className={buttonClass('normal', true)}>
                  {t('presets.title')}
                </Link>
                <Button
                  small
                  tone="primary"
                  icon={<Add className="icon" />}
                  keys={keysOf('sources.new') ?? ''}
                  onClick={add}
                >
                  {t('sources.new')}
                </Button>
              </span>
            ) : null}
          </>
        }
        empty={
          active ? (
            <EmptyState
              title={t('sources.none_match')}
              actions={
                <Button icon={<Close className="icon" />} onClick={clear}>
                  {t('ui.clear_filters')}
                </Button>
              }
            />
          ) : (
            <EmptyState
              title={t('sources.none')}
              icon={<SourceIcon className="icon" aria-hidden="true" />}
              actions={
                add ? (
                  <>
                    <Button tone="primary" onClick={add}>
                      {t('sources.new')}
                    </Button>
                    <Link to="/sources/presets" className={buttonClass('normal')}>
                      {t('presets.title')}
                    </Link>
                    <Link to="/sources/new" search={{ kind: 'sample' }} className={buttonClass('normal')}>
                      {t('sources.sample')}
                    </Link>
                  </>
                ) : undefined
              }
            >
              {t('sources.none_hint')}
            </EmptyState>
          )
        }
      />
    </Page>
  )
}
