import { useTranslation } from 'react-i18next'
import type { Summary } from '~/api/intel'
import { keysOf } from '~/commands'
import { useCommands } from '~/commands/useCommands'
import { Button } from '~/ui/Button'
import type { Chosen } from '~/ui/grid/DataGrid'
import { Accept, Copy, Export, Reject } from '~/ui/icons'

/** What can be done with chosen values; while it is shown the keys mean the chosen ones. */
export function BulkActions(props: {
  chosen: Chosen<Summary>
  onAccept: (() => void) | undefined
  onReject: (() => void) | undefined
  onCopy: () => void
  onExport: () => void
}) {
  const { t } = useTranslation()
  useCommands('observables', {
    'observables.copy': props.onCopy,
    'observables.export': props.onExport,
    ...(props.onAccept ? { 'observables.accept': props.onAccept } : {}),
    ...(props.onReject ? { 'observables.reject': props.onReject } : {}),
  })
  return (
    <>
      {props.onAccept ? (
        <Button
          small
          icon={<Accept className="icon" />}
          keys={keysOf('observables.accept') ?? ''}
          onClick={props.onAccept}
        >
          {t('observables.accept')}
        </Button>
      ) : null}
      {props.onReject ? (
        <Button
          small
          tone="danger"
          icon={<Reject className="icon" />}
          keys={keysOf('observables.reject') ?? ''}
          onClick={props.onReject}
        >
          {t('observables.reject')}
        </Button>
      ) : null}
      <Button
        small
        icon={<Copy className="icon" />}
        keys={keysOf('observables.copy') ?? ''}
        onClick={props.onCopy}
      >
        {t('observables.copy')}
      </Button>
      <Button
        small
        icon={<Export className="icon" />}
        keys={keysOf('observables.export') ?? ''}
        onClick={props.onExport}
      >
        {t('observables.export')}
      </Button>
    </>
  )
}
