import { Link, useNavigate } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { tlpOf } from '~/api/exporting'
import type { Claim, Decision } from '~/api/intel'
import { useCursorPages } from '~/api/paging'
import { Badge, StateBadge, TlpBadge } from '~/ui/Badge'
import { Button } from '~/ui/Button'
import type { GridColumn } from '~/ui/grid/columns'
import { type Chosen, DataGrid } from '~/ui/grid/DataGrid'
import { Accept, Reject, Undo } from '~/ui/icons'
import { reasonText } from '~/ui/known/reasons'
import { ThreeDates } from '~/ui/time'
import { visible } from '~/ui/Value'
import { listClaims, observableKey } from './api'
import type { useDecide } from './decide'
import { voiceQuery } from './Publishers'
import { RejectDialog } from './RejectDialog'
import { SentenceText } from './SentenceText'

const rowId = (row: Claim) => row.id

/** The claims on a value, newest first: who said what, when, where, and how it was decided. */
export function ClaimGrid(props: {
  id: string
  source: string | undefined
  review: boolean
  decide: ReturnType<typeof useDecide>
}) {
  const { t } = useTranslation()
  const { id, source, decide } = props
  const navigate = useNavigate()
  const [rejecting, setRejecting] = useState<Chosen<Claim>>()
  const pages = useCursorPages<Claim>({
    key: [...observableKey(id), 'claims', source ?? ''],
    fetchPage: (cursor, signal) => listClaims(id, source ? voiceQuery(source) : undefined, cursor, signal),
  })
  const columns = useMemo(() => claimColumns(t), [t])
  const act = (chosen: Chosen<Claim>, decision: Decision) =>
    void decide.claims(chosen.rows, decision).then((done) => done && chosen.clear())
  return (
    <>
      <DataGrid
        id="observable.claims"
        label={t('observables.claims_on')}
        columns={columns}
        rowId={rowId}
        pages={pages}
        toolbar={<h3 className="grid-title">{t('observables.claims_on')}</h3>}
        onOpen={(row) => {
          if (row.report) void navigate({ to: `/reports/${row.report}` as '/reports' })
        }}
        {...(props.review
          ? {
              bulk: (chosen: Chosen<Claim>) => (
                <>
                  <Button
                    small
                    icon={<Accept className="icon" />}
                    onClick={() => act(chosen, { state: 'accepted' })}
                  >
                    {t('observables.accept')}
                  </Button>
                  <Button
                    small
                    tone="danger"
                    icon={<Reject className="icon" />}
                    onClick={() => setRejecting(chosen)}
                  >
                    {t('observables.reject')}
                  </Button>
                  <Button
                    small
                    icon={<Undo className="icon" />}
                    onClick={() => act(chosen, { state: 'proposed' })}
                  >
                    {t('observables.reopen')}
                  </Button>
                </>
              ),
            }
          : {})}
      />
      {rejecting ? (
        <RejectDialog
          title={t('observables.reject_claims', { count: rejecting.rows.length })}
          onClose={() => setRejecting(undefined)}
          onReject={(decision) => {
            const chosen = rejecting
            setRejecting(undefined)
            act(chosen, decision)
          }}
        />
      ) : null}
    </>
  )
}

function claimColumns(t: ReturnType<typeof useTranslation>['t']): GridColumn<Claim>[] {
  return [
    {
      id: 'state',
      header: t('observables.review'),
      width: 104,
      fixed: true,
      cardBare: true,
      cell: (row) => (
        <span className="inline flags">
          <StateBadge state={row.state} />
          {row.reason ? <span className="muted">{reasonText(row.reason)}</span> : null}
        </span>
      ),
    },
    {
      id: 'publisher',
      header: t('observables.publisher'),
      width: 140,
      card: 'title',
      cell: (row) => (
        <span title={row.origin?.source_name}>
          {visible(row.origin?.publisher || row.origin?.source_name || '–')}
        </span>
      ),
    },
    {
      id: 'dates',
      header: t('observables.stated'),
      width: 96,
      cell: (row) => (
        <ThreeDates
          published={row.published ?? row.origin?.published}
          observed={row.last_seen ?? row.first_seen}
          arrived={row.created}
        />
      ),
    },
    {
      id: 'sentence',
      header: t('observables.sentence'),
      width: 230,
      grow: true,
      cell: (row) =>
        row.sentence ? (
          <SentenceText sentence={row.sentence} />
        ) : row.comment ? (
          <span title={row.comment}>{visible(row.comment)}</span>
        ) : (
          <span className="muted">–</span>
        ),
    },
    {
      id: 'report',
      header: t('observables.report'),
      width: 180,
      grow: true,
      cell: (row) =>
        row.report ? (
          <Link to={`/reports/${row.report}` as '/reports'} title={row.origin?.title} className="row-link">
            {visible(row.origin?.title || t('exports.untitled'))}
          </Link>
        ) : (
          <span className="muted">{t('exports.bare_claim')}</span>
        ),
    },
    {
      id: 'reliability',
      header: t('observables.grade'),
      width: 52,
      cell: (row) => (
        <span title={t('observables.reliability')}>
          {row.origin?.reliability || <span className="muted">–</span>}
        </span>
      ),
    },
    {
      id: 'to_ids',
      header: t('observables.detect'),
      width: 84,
      cardBare: true,
      cell: (row) =>
        row.to_ids ? <Badge tone="info">{t('observables.to_ids')}</Badge> : <span className="muted">–</span>,
    },
    {
      id: 'tlp',
      header: 'TLP',
      width: 118,
      cardBare: true,
      cell: (row) => <TlpBadge level={tlpOf(row.label.tlp)} />,
    },
    {
      id: 'type',
      header: t('observables.stated_as'),
      width: 130,
      hidden: true,
      card: 'none',
      cell: (row) => <span className="nowrap">{row.type}</span>,
    },
  ]
}
