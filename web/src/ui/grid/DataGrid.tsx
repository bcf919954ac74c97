import {
  type MouseEvent,
  type ReactNode,
  useCallback,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from 'react'
import { useTranslation } from 'react-i18next'
import type { CursorPages } from '~/api/paging'
import { Button, buttonClass } from '../Button'
import { Close, Download } from '../icons'
import { EmptyState, ErrorState } from '../states'
import { Tip } from '../Tooltip'
import { useWidth } from '../useWidth'
import { ColumnMenu } from './ColumnMenu'
import type { GridColumn, GridSort } from './columns'
import { GridCards } from './GridCards'
import { GridRows } from './GridRows'
import { NO_SELECTION, prune, type Selection, toggle, toggleAll } from './selection'
import { useGridCursor } from './useGridCursor'
import { useGridTable } from './useGridTable'

/** What a bulk action works on: the chosen rows, or everything the filter matches. */
export interface Chosen<T> {
  rows: T[]
  ids: string[]
  /** Also rows that are not loaded: send the filter instead of the ids. */
  all: boolean
  clear: () => void
}

export interface DataGridProps<T extends object> {
  /** Names the stored layout; one per kind of list. */
  id: string
  /** What the list holds, for screen readers. */
  label: string
  columns: readonly GridColumn<T>[]
  rowId: (row: T) => string
  /** From useCursorPages; further pages load as the person scrolls. */
  pages: CursorPages<T>
  sort?: GridSort | null
  onSort?: (sort: GridSort | null) => void
  onOpen?: (row: T) => void
  /** Told when the keyboard or a click moves to another row, e.g. for a preview beside it. */
  onCursor?: (row: T) => void
  /** Buttons for chosen rows; rows can be chosen when it is given. */
  bulk?: (chosen: Chosen<T>) => ReactNode
  /** The server can act on the whole filter, so that "all 12,345" may be chosen. */
  bulkAll?: boolean
  /** Filters and the like, left in the bar. */
  toolbar?: ReactNode
  /** The API's address of the same list as CSV with these columns. */
  csvHref?: (columns: string[]) => string
  empty?: ReactNode
  /** Whether j and k move in this grid without focus; off for a second grid on a page. */
  keyboard?: boolean
  /** Width in pixels under which rows become cards. */
  cardsBelow?: number
}

const INTERACTIVE = 'a,button,input,select,textarea,label,[role="checkbox"],[role="switch"],[role="menuitem"]'

/** A list of any length: columns to arrange, rows to choose, the keyboard first. */
export function DataGrid<T extends object>(props: DataGridProps<T>) {
  const { pages, columns, rowId, onCursor } = props
  const { rows } = pages
  const { t } = useTranslation()
  const base = useId()
  const [frame, width] = useWidth()
  const cards = width > 0 && width < (props.cardsBelow ?? 560)
  const model = useGridTable(props.id, columns, rows, rowId)
  const ids = useMemo(() => rows.map(rowId), [rows, rowId])
  const [stored, setSelection] = useState<Selection>(NO_SELECTION)
  const selection = useMemo(() => prune(stored, ids), [stored, ids])
  const scrollTo = useRef<(index: number) => void>(() => {})
  const pageRows = useRef(10)

  const open = (index: number) => {
    const row = rows[index]
    if (row) props.onOpen?.(row)
  }
  const choose = (index: number, on: boolean, range: boolean) => {
    const id = ids[index]
    if (props.bulk && id !== undefined)
      setSelection((before) => toggle(prune(before, ids), ids, id, on, range))
  }
  const cursor = useGridCursor({
    ids,
    pageRows: () => pageRows.current,
    onMove: useCallback(
      (index: number) => {
        scrollTo.current(index)
        const row = rows[index]
        if (row) onCursor?.(row)
      },
      [rows, onCursor],
    ),
    onOpen: open,
    onSelect: (index, range) => choose(index, range || !selection.ids.has(ids[index] ?? ''), range),
    onClear: selection.ids.size > 0 ? () => setSelection(NO_SELECTION) : undefined,
    keyboard: props.keyboard ?? true,
  })
  useEffect(() => {
    if (!pages.stale) return
    setSelection(NO_SELECTION)
  }, [pages.stale])

  const shown = model.order
    .map((id) => columns.find((column) => column.id === id))
    .filter(
      (column): column is GridColumn<T> => column !== undefined && model.visibility[column.id] !== false,
    )
  const chosen: Chosen<T> = {
    rows: rows.filter((row) => selection.ids.has(rowId(row))),
    ids: [...selection.ids],
    all: selection.all,
    clear: () => setSelection(NO_SELECTION),
  }
  const shared = {
    ...props,
    base,
    model,
    shown,
    ids,
    selection,
    cursor,
    onRowClick: (event: MouseEvent, index: number) => {
      if (event.target instanceof Element && event.target.closest(INTERACTIVE)) return
      if (window.getSelection()?.isCollapsed === false) return
      cursor.set(index)
      if (event.shiftKey || event.ctrlKey || event.metaKey) choose(index, true, event.shiftKey)
      else open(index)
    },
    onToggle: choose,
    onToggleAll: () => setSelection(toggleAll(selection, ids)),
    scrollTo,
    pageRows,
  }
  return (
    <section className="grid-frame" ref={frame} aria-label={props.label}>
      {selection.ids.size > 0 && props.bulk ? (
        <BulkBar
          chosen={chosen}
          total={pages.total}
          loaded={ids.length}
          hasMore={pages.hasMore}
          bulkAll={props.bulkAll ?? false}
          onAll={() => setSelection({ ids: new Set(ids), anchor: null, all: true })}
        >
          {props.bulk(chosen)}
        </BulkBar>
      ) : (
        <div className="grid-bar">
          <div className="grow inline">{props.toolbar}</div>
          <span className="count" aria-live="polite">
            {pages.loading ? '' : t('grid.count', countOf(pages))}
          </span>
          {props.csvHref ? (
            <Tip text={t('grid.csv')}>
              <a
                className={buttonClass('quiet', true, 'icon-only')}
                href={props.csvHref(shown.map((column) => column.id))}
                download
                aria-label={t('grid.csv')}
              >
                <Download className="icon" />
              </a>
            </Tip>
          ) : null}
          {cards ? null : <ColumnMenu model={model} columns={columns} />}
        </div>
      )}
      {pages.problem && rows.length === 0 ? (
        <ErrorState problem={pages.problem} onRetry={pages.retry} />
      ) : !pages.loading && rows.length === 0 ? (
        (props.empty ?? <EmptyState title={t('grid.empty')} />)
      ) : cards ? (
        <GridCards {...shared} />
      ) : (
        <GridRows {...shared} />
      )}
    </section>
  )
}

function countOf<T>(pages: CursorPages<T>): { count: number; shown: string } {
  const count = pages.total ?? pages.rows.length
  return { count, shown: count.toLocaleString() + (pages.total === undefined && pages.hasMore ? '+' : '') }
}

function BulkBar<T>(props: {
  chosen: Chosen<T>
  total: number | undefined
  loaded: number
  hasMore: boolean
  bulkAll: boolean
  onAll: () => void
  children: ReactNode
}) {
  const { t } = useTranslation()
  const { chosen, total } = props
  const whole = props.bulkAll && props.hasMore && !chosen.all && chosen.ids.length === props.loaded
  return (
    <div className="grid-bar bulk" role="toolbar" aria-label={t('grid.bulk')}>
      <span className="count" aria-live="polite">
        {chosen.all
          ? t('grid.all_chosen', { shown: total?.toLocaleString() ?? '' })
          : t('grid.chosen', { count: chosen.ids.length, shown: chosen.ids.length.toLocaleString() })}
      </span>
      {whole ? (
        <Button tone="quiet" small onClick={props.onAll}>
          {t('grid.choose_all', { shown: total?.toLocaleString() ?? '' })}
        </Button>
      ) : null}
      <div className="grow inline">{props.children}</div>
      <Button tone="quiet" small icon={<Close className="icon" />} keys="Escape" onClick={chosen.clear}>
        {t('grid.clear')}
      </Button>
    </div>
  )
}
