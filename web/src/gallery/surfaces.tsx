import { useMemo, useState } from 'react'
import { useCursorPages } from '~/api/paging'
import { PainLevel, StateBadge, TlpBadge } from '~/ui/Badge'
import { Button } from '~/ui/Button'
import type { GridColumn, GridSort } from '~/ui/grid/columns'
import { DataGrid } from '~/ui/grid/DataGrid'
import { SavedViews } from '~/ui/grid/SavedViews'
import { Input } from '~/ui/Input'
import { Search } from '~/ui/icons'
import { SplitPane } from '~/ui/SplitPane'
import { TextDocument, type TextSelection, type TextSpan } from '~/ui/text/TextDocument'
import { RelativeTime } from '~/ui/time'
import { Value } from '~/ui/Value'
import { SAMPLE_VALUES, type SampleClaim, samplePage, sampleText } from './sample'

const columns: GridColumn<SampleClaim>[] = [
  {
    id: 'state',
    header: 'State',
    width: 108,
    sort: 'state',
    cardBare: true,
    cell: (r) => <StateBadge state={r.state} />,
  },
  {
    id: 'type',
    header: 'Type',
    width: 150,
    sort: 'type',
    cardBare: true,
    cell: (r) => <span className="muted">{r.type}</span>,
  },
  {
    id: 'value',
    header: 'Value',
    width: 300,
    grow: true,
    fixed: true,
    card: 'title',
    cell: (r) => <Value value={r.value} type={r.type} struck={r.state === 'rejected'} />,
  },
  { id: 'pain', header: 'Pain', width: 64, sort: 'pain', cell: (r) => <PainLevel level={r.pain} /> },
  { id: 'tlp', header: 'TLP', width: 134, cardBare: true, cell: (r) => <TlpBadge level={r.tlp} /> },
  {
    id: 'publishers',
    header: 'Publishers',
    width: 92,
    align: 'end',
    sort: 'publishers',
    cell: (r) => r.publishers,
  },
  {
    id: 'report',
    header: 'Report',
    width: 260,
    grow: true,
    card: 'none',
    cell: (r) => <span title={r.report}>{r.report}</span>,
  },
  {
    id: 'published',
    header: 'Published',
    width: 120,
    sort: 'published',
    cell: (r) => <RelativeTime at={r.published} />,
  },
]

const rowId = (row: SampleClaim) => row.id

export function GridPart() {
  const [sort, setSort] = useState<GridSort | null>({ by: 'published', descending: true })
  const [opened, setOpened] = useState('')
  const pages = useCursorPages({ key: ['gallery', sort], fetchPage: samplePage })
  return (
    <div className="card" style={{ height: '100%', minHeight: 420, overflow: 'hidden' }}>
      <DataGrid
        id="gallery"
        label="Claims"
        columns={columns}
        rowId={rowId}
        pages={pages}
        sort={sort}
        onSort={setSort}
        onOpen={(row) => setOpened(row.id)}
        csvHref={(shown) => `/api/v1/claims.csv?columns=${shown.join(',')}`}
        toolbar={
          <>
            <div style={{ width: 220 }}>
              <Input small aria-label="Filter" placeholder="Filter" icon={<Search className="icon" />} />
            </div>
            <SavedViews page="gallery" search={{ opened }} onApply={() => {}} />
          </>
        }
        bulkAll
        bulk={() => (
          <>
            <Button small keys="a">
              Accept
            </Button>
            <Button small tone="danger">
              Reject
            </Button>
          </>
        )}
      />
    </div>
  )
}

export function TextPart() {
  const [active, setActive] = useState<string | null>(null)
  const [selection, setSelection] = useState<TextSelection>()
  const [text] = useState(() => sampleText(Number(new URLSearchParams(location.search).get('repeat')) || 400))
  const spans = useMemo(() => findSpans(text), [text])
  return (
    <div className="card" style={{ height: '100%', minHeight: 420, overflow: 'hidden' }}>
      <SplitPane id="gallery" label="Width of the details" fixed="second" initial={300} stackBelow={640}>
        <TextDocument
          label="Report text"
          text={text}
          spans={spans}
          activeId={active}
          onSpan={setActive}
          onSelect={setSelection}
        />
        <div className="stack" style={{ padding: 16, height: '100%', overflow: 'auto' }}>
          <p>{spans.length} marks; n and p move between them.</p>
          <p className="mono">active: {active ?? '–'}</p>
          <p className="mono" data-testid="selection">
            {selection ? `${selection.start}–${selection.end}: ${selection.text}` : 'nothing selected'}
          </p>
        </div>
      </SplitPane>
    </div>
  )
}

// As a server would: byte offsets of every occurrence.
function findSpans(text: string): TextSpan[] {
  const bytes = new TextEncoder()
  const out: TextSpan[] = []
  for (const [value, tone] of SAMPLE_VALUES) {
    const width = bytes.encode(value).length
    let byte = 0
    let from = 0
    for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, from)) {
      byte += bytes.encode(text.slice(from, at)).length
      out.push({ id: `${value}-${at}`, start: byte, end: byte + width, tone })
      byte += width
      from = at + value.length
    }
  }
  return out.sort((a, b) => a.start - b.start)
}
