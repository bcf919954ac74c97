import { useTranslation } from 'react-i18next'
import { keysOf } from '~/commands'
import { useCommands } from '~/commands/useCommands'
import { Button } from '~/ui/Button'
import type { Chosen } from '~/ui/grid/DataGrid'
import { Delete, Retry, Undo } from '~/ui/icons'
import type { useSourceActions } from '../actions'
import type { Source } from '../api'

/** What can be done with chosen sources; while it is shown the keys mean them. */
export function SourceBulk(props: { chosen: Chosen<Source>; actions: ReturnType<typeof useSourceActions> }) {
  const { t } = useTranslation()
  const { chosen, actions } = props
  const { rows } = chosen
  const then = (done: Promise<boolean>) => void done.then((all) => all && chosen.clear())
  const gone = rows.length > 0 && rows.every((row) => row.deleted)
  const visit = () => then(actions.visit(rows))
  useCommands('sources', gone ? {} : { 'sources.run': visit })
  if (gone) {
    return (
      <Button small icon={<Undo className="icon" />} onClick={() => then(actions.restore(rows))}>
        {t('sources.restore')}
      </Button>
    )
  }
  return (
    <>
      <Button small icon={<Retry className="icon" />} keys={keysOf('sources.run') ?? ''} onClick={visit}>
        {t('sources.run_now')}
      </Button>
      {rows.some((row) => !row.enabled) ? (
        <Button small onClick={() => then(actions.enable(rows, true))}>
          {t('sources.enable')}
        </Button>
      ) : null}
      {rows.some((row) => row.enabled) ? (
        <Button small onClick={() => then(actions.enable(rows, false))}>
          {t('sources.disable')}
        </Button>
      ) : null}
      <Button
        small
        tone="danger"
        icon={<Delete className="icon" />}
        onClick={() => then(actions.remove(rows))}
      >
        {t('sources.delete')}
      </Button>
    </>
  )
}
