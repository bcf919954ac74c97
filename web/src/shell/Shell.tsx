import { useNavigate, useRouter } from '@tanstack/react-router'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLiveEvents } from '~/api/events'
import { type Me, useLogOut } from '~/api/session'
import { keysOf } from '~/commands'
import { shortcuts, useShortcutListener } from '~/commands/useCommands'
import { IconButton } from '~/ui/Button'
import { CommandPalette } from '~/ui/CommandPalette'
import { ConfirmHost } from '~/ui/ConfirmDialog'
import { ConflictHost } from '~/ui/ConflictDialog'
import { Help, Keyboard, Sidebar } from '~/ui/icons'
import { KeySheet } from '~/ui/KeySheet'
import { preference, usePreference } from '~/ui/preferences'
import { Crumbs } from './crumbs'
import { ExportHost } from './exporting/ExportHost'
import { SearchBox } from './SearchBox'
import { Side } from './Side'
import { StepUpHost } from './StepUp'
import { OfflineBanner, PendingKeys } from './status'
import { UserMenu } from './UserMenu'

const sidePreference = preference<'wide' | 'narrow'>('vedette.side', ['wide', 'narrow'], 'wide')
const toggleSide = () => sidePreference.set(sidePreference.get() === 'wide' ? 'narrow' : 'wide')
const NO_KINDS = ['session'] as const

/** What stands around every page: menu, bar, palette, messages. */
export function Shell({ me, children }: { me: Me; children: ReactNode }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const router = useRouter()
  const logOut = useLogOut()
  const search = useRef<HTMLInputElement>(null)
  const side = usePreference(sidePreference)
  const [palette, setPalette] = useState(false)
  const [help, setHelp] = useState(false)

  useShortcutListener()
  // Keeps the stream open between pages, and notices the end of the session elsewhere.
  useLiveEvents(NO_KINDS, () => void router.invalidate())
  useEffect(() => {
    shortcuts.setContext({
      go: (path) => router.history.push(path),
      can: (permission) => me.permissions.includes(permission),
      openPalette: () => setPalette(true),
      openHelp: () => setHelp(true),
      focusSearch: () => {
        search.current?.focus()
        search.current?.select()
      },
      toggleSidebar: toggleSide,
      logOut: () => logOut.mutate(undefined, { onSettled: () => void navigate({ to: '/login' }) }),
    })
  })
  return (
    <div className="shell" data-side={side}>
      <a className="skip" href="#main">
        {t('shell.skip')}
      </a>
      <Side />
      <header className="bar">
        <IconButton
          className="wide-only"
          small
          label={t('command.sidebar')}
          keys={keysOf('app.sidebar') ?? ''}
          icon={<Sidebar className="icon" />}
          onClick={toggleSide}
        />
        <Crumbs />
        <SearchBox inputRef={search} />
        <div className="bar-end">
          <IconButton
            className="wide-only"
            label={t('command.palette')}
            keys={keysOf('app.palette') ?? ''}
            icon={<Keyboard className="icon" />}
            onClick={() => setPalette(true)}
          />
          <IconButton
            className="wide-only"
            label={t('command.help')}
            keys={keysOf('app.help') ?? ''}
            icon={<Help className="icon" />}
            onClick={() => setHelp(true)}
          />
          <UserMenu me={me} />
        </div>
      </header>
      <main className="main" id="main" tabIndex={-1}>
        <OfflineBanner />
        {children}
      </main>
      <PendingKeys />
      <CommandPalette
        open={palette}
        onClose={() => setPalette(false)}
        onSearch={(q) => void navigate({ to: '/search', search: { q } })}
      />
      <KeySheet open={help} onClose={() => setHelp(false)} />
      <ConfirmHost />
      <ConflictHost />
      <ExportHost />
      <StepUpHost me={me} />
    </div>
  )
}
