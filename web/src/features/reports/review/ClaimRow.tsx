import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import { keysOf } from '~/commands'
import { Badge, type Pain, PainLevel, StateBadge } from '~/ui/Badge'
import { IconButton } from '~/ui/Button'
import { Checkbox } from '~/ui/Checkbox'
import { Accept, Asset, Clock, Edit, Reject, Warninglist } from '~/ui/icons'
import { Tip } from '~/ui/Tooltip'
import { Value, visible } from '~/ui/Value'
import { reasonText } from '../reasonText'
import { prose } from '../titles'
import type { Claim } from '../types'

export interface RowActions {
  onActive: (index: number) => void
  onSelect: (index: number, on: boolean, range: boolean) => void
  onAccept: (index: number) => void
  onReject: (index: number) => void
  onToIds: (index: number) => void
  onEdit: (index: number) => void
}

export interface ClaimRowProps {
  id: string
  claim: Claim
  index: number
  active: boolean
  selected: boolean
  /** Several are chosen: boxes stand in every row. */
  choosing: boolean
  mayReview: boolean
  actions: RowActions
}

/** One claim in review: what it says, what is known of the value, where it stands. */
export const ClaimRow = memo(function ClaimRow(props: ClaimRowProps) {
  const { claim, index, active, selected, mayReview, actions } = props
  const { t } = useTranslation()
  const first = claim.values[0]
  const rejected = claim.state === 'rejected' || claim.deleted
  return (
    // The list holds the focus and the keys (aria-activedescendant).
    // biome-ignore lint/a11y/useKeyWithClickEvents: j and k do what a click does
    <div
      id={props.id}
      role="row"
      className={`claim ${claim.state}`}
      aria-rowindex={index + 1}
      aria-selected={selected}
      data-active={active || undefined}
      data-deleted={claim.deleted || undefined}
      onClick={(event) => {
        if (event.target instanceof Element && event.target.closest('button,[role=checkbox]')) return
        actions.onActive(index)
        if (event.shiftKey || event.ctrlKey || event.metaKey)
          actions.onSelect(index, !selected, event.shiftKey)
      }}
    >
      <div className="claim-state" role="gridcell">
        {mayReview && (active || selected || props.choosing) ? (
          <Checkbox
            tabIndex={-1}
            aria-label={t('grid.select_row')}
            checked={selected}
            onToggle={(on, shift) => actions.onSelect(index, on, shift)}
          />
        ) : (
          <StateBadge state={claim.state} compact />
        )}
      </div>
      <div className="claim-main" role="gridcell">
        <div className="claim-line">
          <span className="claim-type" title={claim.category}>
            {claim.type}
          </span>
          <span className="claim-value">
            {claim.values.length > 0 ? (
              claim.values.map((value, i) => (
                <span key={value.id ?? i} className="part">
                  {i > 0 ? <span className="muted"> | </span> : null}
                  <Value value={value.value} type={value.type} struck={rejected} plain={!active} />
                </span>
              ))
            ) : (
              <span className={rejected ? 'struck' : ''} title={visible(claim.stated)}>
                {visible(claim.stated)}
              </span>
            )}
          </span>
          {first?.unicode ? <span className="muted claim-unicode">{visible(first.unicode)}</span> : null}
          <Facts claim={claim} />
        </div>
        <Sentence claim={claim} wrap={active} />
        {active && mayReview ? <RowButtons {...props} /> : null}
      </div>
      <div className="claim-ids" role="gridcell">
        <Tip text={t(claim.to_ids ? 'review.to_ids_on' : 'review.to_ids_off')} keys={keysOf('review.to_ids')}>
          <button
            type="button"
            className="ids"
            tabIndex={-1}
            aria-pressed={claim.to_ids}
            aria-label={`IDS: ${t('review.to_ids')}`}
            disabled={!mayReview}
            onClick={() => actions.onToIds(index)}
          >
            IDS
          </button>
        </Tip>
      </div>
    </div>
  )
})

/** Short facts of the value, each with its word on hover. */
function Facts({ claim }: { claim: Claim }) {
  const { t } = useTranslation()
  const { lists, own, publishers, pain, expired, reason, state } = claim
  return (
    <span className="claim-facts">
      {own ? (
        <Badge tone="danger" icon={<Asset className="icon" aria-hidden="true" />} title={own}>
          {t('review.own')}
        </Badge>
      ) : null}
      {lists && lists.length > 0 ? (
        <Badge
          tone="warning"
          icon={<Warninglist className="icon" aria-hidden="true" />}
          title={lists.map((list) => list.name).join(', ')}
        >
          {t('review.listed', { count: lists.length })}
        </Badge>
      ) : null}
      {expired ? (
        <Badge icon={<Clock className="icon" aria-hidden="true" />}>{t('review.expired')}</Badge>
      ) : null}
      {state === 'rejected' && reason ? <Badge>{reasonText(t, reason)}</Badge> : null}
      {publishers && publishers > 1 ? (
        <Badge tone="info" title={t('review.publishers', { count: publishers })}>
          ×{publishers}
        </Badge>
      ) : null}
      {pain > 0 ? <PainLevel level={pain as Pain} /> : null}
    </span>
  )
}

/** The words around the value in the text, or else what the source wrote beside it. */
function Sentence({ claim, wrap }: { claim: Claim; wrap: boolean }) {
  const { sentence, comment, category } = claim
  if (sentence) {
    return (
      <p className={`claim-sentence ${wrap ? 'wrap' : ''}`}>
        {prose(sentence.text.slice(wrap ? 0 : Math.max(0, sentence.start - 48), sentence.start))}
        <mark>{prose(sentence.text.slice(sentence.start, sentence.end))}</mark>
        {prose(sentence.text.slice(sentence.end))}
      </p>
    )
  }
  const words = [category, comment].filter(Boolean).join(' · ')
  return words ? <p className={`claim-sentence ${wrap ? 'wrap' : ''}`}>{prose(words)}</p> : null
}

function RowButtons({ claim, index, actions }: ClaimRowProps) {
  const { t } = useTranslation()
  return (
    <div className="claim-actions">
      <IconButton
        small
        tone={claim.state === 'accepted' ? 'primary' : 'normal'}
        label={t('command.review_accept')}
        keys={keysOf('review.accept') ?? ''}
        icon={<Accept className="icon" />}
        onClick={() => actions.onAccept(index)}
      />
      <IconButton
        small
        tone={claim.state === 'rejected' ? 'danger-solid' : 'normal'}
        label={t('command.review_reject')}
        keys={keysOf('review.reject_here') ?? ''}
        icon={<Reject className="icon" />}
        onClick={() => actions.onReject(index)}
      />
      <IconButton
        small
        tone="normal"
        label={t('command.review_edit')}
        keys={keysOf('review.edit') ?? ''}
        icon={<Edit className="icon" />}
        onClick={() => actions.onEdit(index)}
      />
      {claim.reports && claim.reports > 1 ? (
        <span className="muted">{t('review.in_reports', { count: claim.reports })}</span>
      ) : null}
      {claim.score !== undefined ? (
        <span className="muted num">{t('review.score', { score: claim.score })}</span>
      ) : null}
    </div>
  )
}
