import { useTranslation } from 'react-i18next'
import { Button } from '~/ui/Button'
import { Dialog } from '~/ui/Dialog'
import { Copy } from '~/ui/icons'
import { Notice } from '~/ui/Notice'
import { copyText } from '~/ui/Value'
import type { WithToken } from './api'

/** Shows the address of a stable export with its token, once. */
export function TokenDialog({ made, onClose }: { made: WithToken; onClose: () => void }) {
  const { t } = useTranslation()
  const address = location.origin + made.path
  return (
    <Dialog
      open
      sticky
      wide
      onClose={onClose}
      title={t('exports.token_title', { name: made.item.name })}
      footer={
        <Button tone="primary" onClick={onClose}>
          {t('exports.token_done')}
        </Button>
      }
    >
      <div className="stack">
        <Notice tone="warning">{t('exports.token_once')}</Notice>
        <div className="token-line">
          <code>{address}</code>
          <Button
            small
            icon={<Copy className="icon" />}
            onClick={() => void copyText(address, t('exports.token_copied'))}
          >
            {t('exports.token_copy')}
          </Button>
        </div>
        <p className="muted">{t('exports.token_use')}</p>
        <div className="token-line">
          <code>{`curl --fail --remote-time --etag-save list.etag --etag-compare list.etag -o list ${address}`}</code>
        </div>
      </div>
    </Dialog>
  )
}
