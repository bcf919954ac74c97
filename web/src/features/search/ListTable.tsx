import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Lookup } from '~/api/intel'
import type { CursorPages } from '~/api/paging'
import { useCan } from '~/api/session'
import { queryOfValues } from '~/api/values'
import { keysOf } from '~/commands'
import { useCommands } from '~/commands/useCommands'
import { openExport } from '~/shell/exporting/openExport'
import { Button, IconButton } from '~/ui/Button'
import { formatSort, parseSort } from '~/ui/grid/columns'
import { DataGrid } from '~/ui/grid/DataGrid'
import { Add, Copy, Download, Export } from '~/ui/icons'
import { Notice } from '~/ui/Notice'
import { toastProblem } from '~/ui/Toast'
import { copyText } from '~/ui/Value'
import { AddList } from './AddList'
import { SHOWS, type Show, sortRows, standing, toCsv } from './list'
import { listColumns } from './listColumns'
import type { SearchState } from './SearchPage'

const rowId = (row: Lookup) => row.asked

/** A looked-up list: what is known of each value, and what to do with them. */
export function ListTable(props: {
  rows: readonly Lookup[]
  over?: number
  state: SearchState
  /** The values were found in this text. */
  text?: string
  addDialog?: (text: string, close: () => void) => ReactNode
}) {
  const { t } = useTranslation()
  const { rows, state } = props
  const navigate = useNavigate()
  const can = useCan()
  const [adding, setAdding] = useState<readonly Lookup[]>()
  const [dropping, setDropping] = useState(false)
  const columns = useMemo(() => listColumns(t), [t])
  const sort = parseSort(state.sort)
  const counts = useMemo(() => countOf(rows), [rows])
  const shown = useMemo(() => {
    const wanted = state.show ? rows.filter((row) => standing(row) === state.show) : rows
    const order = parseSort(state.sort)
    return order ? sortRows(wanted, order.by, order.descending) : [...wanted]
  }, [rows, state.show, state.sort])
  const set = (next: Partial<SearchState>) =>
    void navigate({ to: '/search', search: { ...state, ...next }, replace: true })
  const write = can('intel.write')

  const add = (chosen: readonly Lookup[]) => setAdding(chosen.filter((row) => !row.code))
  const copy = (chosen: readonly Lookup[]) =>
    void copyText(
      chosen.map((row) => row.defanged).join('\n'),
      t('observables.copied', { count: chosen.length }),
    )
  const exportKnown = (chosen: readonly Lookup[]) => {
    try {
      openExport({ q: queryOfValues(chosen.filter((row) => row.known)), title: t('search.list') })
    } catch (cause) {
      toastProblem(cause)
    }
  }
  const actions = (chosen: readonly Lookup[]) => (
    <ListActions
      onAdd={write ? () => add(chosen) : undefined}
      onExport={chosen.some((row) => row.known) ? () => exportKnown(chosen) : undefined}
      onCopy={() => copy(chosen)}
    />
  )
  return (
    <div className="search-list">
      {props.text !== undefined ? (
        <Notice
          action={
            write && props.addDialog ? (
              <Button small onClick={() => setDropping(true)}>
                {t('search.add_text')}
              </Button>
            ) : undefined
          }
        >
          {t('search.from_text', { count: rows.length, shown: rows.length.toLocaleString() })}
        </Notice>
      ) : null}
      {props.over ? (
        <Notice tone="warning">
          {t('search.over', { count: props.over, shown: props.over.toLocaleString() })}
        </Notice>
      ) : null}
      <DataGrid
        id="lookup"
        label={t('search.list')}
        columns={columns}
        rowId={rowId}
        pages={whole(shown)}
        sort={sort}
        onSort={(next) => set({ sort: formatSort(next) })}
        onOpen={(row) => row.id && void navigate({ to: '/observables/$id', params: { id: row.id } })}
        bulk={(chosen) => actions(chosen.rows)}
        toolbar={
          <>
            <Shows counts={counts} show={state.show} onShow={(show) => set({ show })} />
            <span className="push inline">
              {actions(shown)}
              <IconButton
                small
                label={t('grid.csv')}
                icon={<Download className="icon" />}
                onClick={() => saveFile('lookup.csv', toCsv(shown))}
              />
            </span>
          </>
        }
      />
      {adding ? (
        <AddList values={adding.map((row) => row.value)} onClose={() => setAdding(undefined)} />
      ) : null}
      {dropping && props.addDialog ? props.addDialog(props.text ?? '', () => setDropping(false)) : null}
    </div>
  )
}

function whole(rows: Lookup[]): CursorPages<Lookup> {
  return {
    rows,
    total: rows.length,
    problem: null,
    loading: false,
    loadingMore: false,
    stale: false,
    hasMore: false,
    loadMore: () => {},
    retry: () => {},
  }
}

function countOf(rows: readonly Lookup[]): Record<Show, number> {
  const counts = { known: 0, unknown: 0, bad: 0 }
  for (const row of rows) counts[standing(row)]++
  return counts
}

/** How many are known, not known, no value; a press shows only these. */
function Shows(props: {
  counts: Record<Show, number>
  show: Show | undefined
  onShow: (show: Show | undefined) => void
}) {
  const { t } = useTranslation()
  return (
    <fieldset className="shows" aria-label={t('search.show')}>
      {SHOWS.filter((each) => props.counts[each] > 0 || props.show === each).map((each) => (
        <button
          key={each}
          type="button"
          className={`chip ${each}`}
          aria-pressed={props.show === each}
          onClick={() => props.onShow(props.show === each ? undefined : each)}
        >
          <b className="num">{props.counts[each].toLocaleString()}</b> {t(`search.show_${each}`)}
        </button>
      ))}
    </fieldset>
  )
}

function saveFile(name: string, text: string) {
  const url = URL.createObjectURL(new Blob(['\uFEFF', text], { type: 'text/csv;charset=utf-8' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

/** What can be done with a list, or with the chosen ones of it; the keys mean what is shown. */
function ListActions(props: {
  onAdd: (() => void) | undefined
  onExport: (() => void) | undefined
  onCopy: () => void
}) {
  const { t } = useTranslation()
  useCommands('search', {
    'search.add': props.onAdd,
    'search.copy': props.onCopy,
    'search.export': props.onExport,
  })
  return (
    <>
      {props.onAdd ? (
        <Button small icon={<Add className="icon" />} keys={keysOf('search.add') ?? ''} onClick={props.onAdd}>
          {t('search.add')}
        </Button>
      ) : null}
      {props.onExport ? (
        <Button
          small
          icon={<Export className="icon" />}
          keys={keysOf('search.export') ?? ''}
          onClick={props.onExport}
        >
          {t('search.export')}
        </Button>
      ) : null}
      <Button
        small
        icon={<Copy className="icon" />}
        keys={keysOf('search.copy') ?? ''}
        onClick={props.onCopy}
      >
        {t('search.copy')}
      </Button>
    </>
  )
}
