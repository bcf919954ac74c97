import { useTranslation } from 'react-i18next'
import { Button } from '~/ui/Button'
import { Dialog } from '~/ui/Dialog'
import { ShownOnce } from '~/ui/ShownOnce'

/** Shows recovery codes, once. */
export function RecoveryCodes({ codes, onClose }: { codes: readonly string[]; onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <Dialog
      open
      sticky
      onClose={onClose}
      title={t('account.recovery')}
      footer={
        <Button tone="primary" onClick={onClose}>
          {t('keys.kept')}
        </Button>
      }
    >
      <ShownOnce label={t('account.recovery')} text={codes.join('\n')}>
        {t('account.recovery_lead')}
      </ShownOnce>
    </Dialog>
  )
}
