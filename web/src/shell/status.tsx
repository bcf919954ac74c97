import { useIsFetching } from '@tanstack/react-query'
import { useRouterState } from '@tanstack/react-router'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { useLiveState } from '~/api/events'
import { usePendingKeys } from '~/commands/useCommands'
import { Offline } from '~/ui/icons'
import { KeyHint } from '~/ui/KeyHint'

function subscribeOnline(listener: () => void) {
  window.addEventListener('online', listener)
  window.addEventListener('offline', listener)
  return () => {
    window.removeEventListener('online', listener)
    window.removeEventListener('offline', listener)
  }
}

/** Answers `on`, but true only after it has been so for `ms`. */
function useLasting(on: boolean, ms: number): boolean {
  const [lasting, setLasting] = useState(false)
  useEffect(() => {
    if (!on) {
      setLasting(false)
      return
    }
    const timer = setTimeout(() => setLasting(true), ms)
    return () => clearTimeout(timer)
  }, [on, ms])
  return lasting && on
}

/** A line at the top while a page or its data is on its way, and it takes more than a moment. */
export function LoadingBar() {
  const { t } = useTranslation()
  const routing = useRouterState({ select: (state) => state.isLoading })
  const fetching = useIsFetching() > 0
  return useLasting(routing || fetching, 300) ? (
    <div className="loading-bar" role="progressbar" aria-label={t('ui.loading')} />
  ) : null
}

/** Says that what is shown may be old: no network, or no word from the server for a while. */
export function OfflineBanner() {
  const { t } = useTranslation()
  const online = useSyncExternalStore(subscribeOnline, () => navigator.onLine)
  const silent = useLasting(useLiveState() === 'waiting', 5000)
  if (online && !silent) return null
  return (
    <div className="banner" role="status">
      <Offline className="icon" aria-hidden="true" />
      {online ? t('shell.server_silent') : t('shell.offline')}
    </div>
  )
}

/** The beginning of a key sequence, until it is finished or given up. */
export function PendingKeys() {
  const pending = usePendingKeys()
  return pending ? (
    <div className="pending-keys" aria-hidden="true">
      <KeyHint keys={pending} /> …
    </div>
  ) : null
}
