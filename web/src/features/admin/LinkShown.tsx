import { useTranslation } from 'react-i18next'
import type { Schema } from '~/api/client'
import { Button } from '~/ui/Button'
import { Dialog } from '~/ui/Dialog'
import { ShownOnce } from '~/ui/ShownOnce'
import { absoluteTime } from '~/ui/time'

/** Shows the one-time link by which somebody chooses a password. The token is after #, which servers never see. */
export function LinkShown(props: {
  name: string
  purpose: 'invite' | 'reset'
  link: Schema<'Link'>
  onClose: () => void
}) {
  const { t } = useTranslation()
  const { name, purpose, link, onClose } = props
  return (
    <Dialog
      open
      sticky
      wide
      onClose={onClose}
      title={t(purpose === 'invite' ? 'users.invited' : 'users.reset_made', { name })}
      footer={
        <Button tone="primary" onClick={onClose}>
          {t('users.link_given')}
        </Button>
      }
    >
      <div className="stack">
        <ShownOnce label={t('users.link')} text={`${location.origin}/link#token=${link.token}`}>
          {t('users.link_lead', { name, until: absoluteTime(link.expires) })}
        </ShownOnce>
      </div>
    </Dialog>
  )
}
