import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '~/api/client'
import { useMe } from '~/api/session'
import { KeyForm } from '~/shell/keys/KeyForm'
import { KeyGrid } from '~/shell/keys/KeyGrid'
import { Page } from '~/shell/Page'
import { Button } from '~/ui/Button'
import { Add } from '~/ui/icons'
import { myKeysKey } from './queries'

const list = (signal: AbortSignal) => api.get('/me/keys', { signal })

/** One's own API keys. */
export function Keys() {
  const { t } = useTranslation()
  const client = useQueryClient()
  const me = useMe()
  const [making, setMaking] = useState(false)
  const may = me?.permissions.includes('keys.own')
  const button = may ? (
    <Button tone="primary" icon={<Add className="icon" />} onClick={() => setMaking(true)}>
      {t('keys.new')}
    </Button>
  ) : undefined
  return (
    <Page layout="full" lead={t('keys.page_lead')} actions={button}>
      <KeyGrid id="my-keys" queryKey={myKeysKey} list={list} own />
      {making ? (
        <KeyForm
          permissions={me?.permissions ?? []}
          create={(body) => api.post('/me/keys', { body })}
          onMade={() => void client.invalidateQueries({ queryKey: myKeysKey })}
          onClose={() => setMaking(false)}
        />
      ) : null}
    </Page>
  )
}
