import { useQuery } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '~/api/client'
import { KeyGrid } from '~/shell/keys/KeyGrid'
import { Page } from '~/shell/Page'
import { usersKey } from './queries'

const KEY = ['keys', 'all']
const list = (signal: AbortSignal) => api.get('/keys', { signal })

/** Every API key that one may see, to find and revoke what nobody uses. */
export function AllKeys() {
  const { t } = useTranslation()
  const people = useQuery({
    queryKey: [...usersKey, 'names'],
    queryFn: ({ signal }) => api.get('/users', { query: { limit: 500 }, signal }),
  }).data
  const names = useMemo(() => new Map(people?.items.map((each) => [each.id, each.name])), [people])
  const owner = useCallback((user: string) => names.get(user) ?? user, [names])
  return (
    <Page layout="full" lead={t('keys.all_lead')}>
      <KeyGrid id="all-keys" queryKey={KEY} list={list} own={false} owner={owner} />
    </Page>
  )
}
