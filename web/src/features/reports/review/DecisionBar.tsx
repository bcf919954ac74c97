import { useTranslation } from 'react-i18next'
import { keysOf } from '~/commands'
import { Button } from '~/ui/Button'
import { Accept, Busy, ChevronDown, Close, Reject, Undo } from '~/ui/icons'
import { Menu } from '~/ui/Menu'
import { Tip } from '~/ui/Tooltip'
import type { Report } from '../types'
import { useLastAction } from './undo'

/** Under the claims: what was done last, what to do with the chosen or the rest, and the end. */
export function DecisionBar(props: {
  report: Report
  waiting: number
  filtered: boolean
  chosen: number
  busy: boolean
  narrow: boolean
  onAccept: () => void
  onReject: () => void
  onToIds: () => void
  onClear: () => void
  onAcceptRest: () => void
  onRejectRest: () => void
  onUndo: () => void
  onFinish: () => void
}) {
  const { t } = useTranslation()
  const { waiting, filtered, chosen, narrow } = props
  const last = useLastAction(props.report.id)
  const rest = narrow
    ? t('review.rest_short', { n: waiting.toLocaleString() })
    : filtered
      ? t('review.accept_matching', { count: waiting })
      : t('review.accept_rest', { count: waiting })
  return (
    <footer className="decide">
      {last ? (
        <div className="last" aria-live="polite">
          {props.busy ? <Busy className="icon spin" aria-hidden="true" /> : null}
          <span className="what" title={last.title}>
            {last.title}
          </span>
          <Button
            small
            tone="quiet"
            icon={<Undo className="icon" />}
            keys={keysOf('review.undo') ?? ''}
            onClick={props.onUndo}
          >
            {t('ui.undo')}
          </Button>
        </div>
      ) : null}
      <div className="inline">
        {chosen > 0 || narrow ? (
          <>
            {chosen > 0 ? (
              <span className="num chosen">
                {t('grid.chosen', { count: chosen, shown: chosen.toLocaleString() })}
              </span>
            ) : null}
            <Button
              small={!narrow}
              icon={<Accept className="icon" />}
              keys={keysOf('review.accept') ?? ''}
              onClick={props.onAccept}
            >
              {t('review.accept')}
            </Button>
            <Button small={!narrow} tone="danger" icon={<Reject className="icon" />} onClick={props.onReject}>
              {t('review.reject')}
            </Button>
            {chosen > 0 ? (
              <>
                <Button small={!narrow} keys={keysOf('review.to_ids') ?? ''} onClick={props.onToIds}>
                  IDS
                </Button>
                <Button
                  small={!narrow}
                  tone="quiet"
                  icon={<Close className="icon" />}
                  keys="Escape"
                  onClick={props.onClear}
                >
                  {t('grid.clear')}
                </Button>
              </>
            ) : null}
          </>
        ) : null}
        {chosen === 0 && waiting > 0 ? (
          <span className="joined">
            <Button
              small={!narrow}
              tone={filtered ? 'primary' : 'normal'}
              keys={keysOf('review.accept_rest') ?? ''}
              title={narrow ? t('review.accept_rest', { count: waiting }) : undefined}
              onClick={props.onAcceptRest}
            >
              {rest}
            </Button>
            <Menu
              side="top"
              trigger={
                <Button small={!narrow} className="icon-only" aria-label={t('review.rest_more')}>
                  <ChevronDown className="icon" />
                </Button>
              }
              entries={[
                {
                  id: 'reject',
                  label: filtered
                    ? t('review.reject_matching', { count: waiting })
                    : t('review.reject_rest', { count: waiting }),
                  icon: <Reject className="icon" />,
                  danger: true,
                  run: props.onRejectRest,
                },
              ]}
            />
          </span>
        ) : null}
        <span className="push" />
        <Tip text={t('review.finish_hint')}>
          <Button
            small={!narrow}
            tone={waiting === 0 && !filtered ? 'primary' : 'normal'}
            keys={keysOf('review.finish') ?? ''}
            onClick={props.onFinish}
          >
            {t('review.finish')}
          </Button>
        </Tip>
      </div>
    </footer>
  )
}
