import { useNavigate } from '@tanstack/react-router'
import { useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { buildUrl } from '~/api/client'
import type { Summary } from '~/api/intel'
import { useCursorPages } from '~/api/paging'
import { useCan } from '~/api/session'
import { suggestTerms } from '~/api/suggest'
import { queryOfValues } from '~/api/values'
import { useCommands } from '~/commands/useCommands'
import { openExport } from '~/shell/exporting/openExport'
import { EXPORT_FIELDS } from '~/shell/exporting/SelectionFields'
import { Page } from '~/shell/Page'
import { Button } from '~/ui/Button'
import { DataGrid } from '~/ui/grid/DataGrid'
import { SavedViews } from '~/ui/grid/SavedViews'
import type { QueryField } from '~/ui/query/complete'
import { QueryInput } from '~/ui/query/QueryInput'
import { EmptyState } from '~/ui/states'
import { toastProblem } from '~/ui/Toast'
import { copyText } from '~/ui/Value'
import { listObservables } from './api'
import { BulkActions } from './BulkActions'
import { summaryColumns } from './columns'
import { useDecide } from './decide'
import { QuickFilters } from './QuickFilters'
import { RejectDialog } from './RejectDialog'
import './observables.css'

const rowId = (row: Summary) => row.id ?? row.value
const FIELDS: readonly QueryField[] = [
  'type',
  'state',
  'own',
  'listed',
  'expired',
  'to_ids',
  ...EXPORT_FIELDS.slice(1),
]

/** All known values, narrowed by the search language, decided and handed on in bulk. */
export function ObservableList({ q, onQuery }: { q: string; onQuery: (q: string) => void }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const can = useCan()
  const decide = useDecide()
  const filter = useRef<HTMLInputElement>(null)
  const [rejecting, setRejecting] = useState<{ rows: Summary[]; clear: (() => void) | undefined }>()
  const [row, setRow] = useState<Summary>()
  const pages = useCursorPages<Summary>({
    key: ['observables', 'list', q],
    fetchPage: (cursor, signal) => listObservables(q, cursor, signal),
  })
  const columns = useMemo(() => summaryColumns(t), [t])
  const review = can('intel.review')

  const exportRows = (rows: readonly Summary[]) => {
    try {
      openExport({ q: rows.length > 0 ? queryOfValues(rows) : q })
    } catch (cause) {
      toastProblem(cause)
    }
  }
  const copy = (rows: readonly Summary[]) =>
    void copyText(rows.map((row) => row.defanged).join('\n'), t('observables.copied', { count: rows.length }))
  const under = (run: (rows: Summary[]) => void) => {
    if (row) run([row])
  }
  const accept = (rows: readonly Summary[], clear?: () => void) =>
    void decide.values(rows, { state: 'accepted' }).then((done) => done && clear?.())
  const reject = (rows: Summary[], clear?: () => void) => setRejecting({ rows, clear })
  useCommands('observables', {
    'observables.filter': () => filter.current?.focus(),
    'observables.copy': () => under(copy),
    'observables.export': () => exportRows([]),
    ...(review
      ? { 'observables.accept': () => under(accept), 'observables.reject': () => under(reject) }
      : {}),
  })
  return (
    <Page layout="full">
      <DataGrid
        id="observables"
        label={t('nav.observables')}
        columns={columns}
        rowId={rowId}
        pages={pages}
        onCursor={setRow}
        onOpen={(row) => row.id && void navigate({ to: '/observables/$id', params: { id: row.id } })}
        csvHref={() => buildUrl('/export', {}, { q: q || undefined, format: 'csv', all: true, tlp: 'red' })}
        toolbar={
          <>
            <SavedViews
              page="observables"
              search={{ q }}
              onApply={(search) => onQuery(typeof search.q === 'string' ? search.q : '')}
            />
            <div className="grow query-slot">
              <QueryInput
                small
                value={q}
                onQuery={onQuery}
                label={t('observables.filter_label')}
                placeholder={t('observables.filter_placeholder')}
                fields={FIELDS}
                lookUp={suggestTerms}
                inputRef={filter}
              />
            </div>
            <QuickFilters q={q} onQuery={onQuery} />
          </>
        }
        bulk={(chosen) => (
          <BulkActions
            chosen={chosen}
            onAccept={review ? () => accept(chosen.rows, chosen.clear) : undefined}
            onReject={review ? () => reject(chosen.rows, chosen.clear) : undefined}
            onCopy={() => copy(chosen.rows)}
            onExport={() => exportRows(chosen.rows)}
          />
        )}
        empty={
          q ? (
            <EmptyState
              title={t('observables.no_match')}
              actions={<Button onClick={() => onQuery('')}>{t('query.clear')}</Button>}
            >
              {t('observables.no_match_why')}
            </EmptyState>
          ) : (
            <EmptyState title={t('observables.empty')}>{t('observables.empty_why')}</EmptyState>
          )
        }
      />
      {rejecting ? (
        <RejectDialog
          title={t('observables.reject_title', { count: rejecting.rows.length })}
          onClose={() => setRejecting(undefined)}
          onReject={(decision) => {
            const what = rejecting
            setRejecting(undefined)
            void decide.values(what.rows, decision).then((done) => done && what.clear?.())
          }}
        />
      ) : null}
    </Page>
  )
}
