import { useTranslation } from 'react-i18next'
import { commands } from '~/commands'
import { shortcuts } from '~/commands/useCommands'
import { textOf } from '~/i18n'
import { Dialog } from './Dialog'
import { KeyHint } from './KeyHint'

/** Every shortcut that works here and now, by scope. */
export function KeySheet({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation()
  const scopes = open ? shortcuts.scopes() : []
  return (
    <Dialog open={open} onClose={onClose} title={t('command.help')} wide>
      <div className="key-sheet">
        {scopes.map((scope) => (
          <section key={scope}>
            <h3>{t(`scope.${scope}`)}</h3>
            <dl>
              {commands
                .filter((command) => command.scope === scope && command.keys.length > 0)
                .map((command) => (
                  <div key={command.id}>
                    <dt>{textOf(command.title)}</dt>
                    <dd className="inline">
                      {command.keys.map((keys) => (
                        <KeyHint key={keys} keys={keys} />
                      ))}
                    </dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  )
}
