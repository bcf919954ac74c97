import { useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { type Me, useLogOut } from '~/api/session'
import { LANGUAGES, type Language, languagePreference, setLanguage } from '~/i18n'
import { DarkTheme, LightTheme, LogOut, SystemTheme, User } from '~/ui/icons'
import { Menu } from '~/ui/Menu'
import { type Theme, themePreference, usePreference } from '~/ui/preferences'

const themeIcons = { system: SystemTheme, light: LightTheme, dark: DarkTheme }

/** Who is logged in, how the console looks to them, and the way out. */
export function UserMenu({ me }: { me: Me }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const logOut = useLogOut()
  const theme = usePreference(themePreference)
  const language = usePreference(languagePreference)
  const themes: Theme[] = ['system', 'light', 'dark']
  return (
    <Menu
      trigger={
        <button type="button" className="btn quiet icon-only" aria-label={t('user.menu', { name: me.name })}>
          <span className="avatar" data-initials={initials(me.name || me.email)} />
        </button>
      }
      header={
        <div className="who">
          <div>{me.name}</div>
          <div className="muted">{me.email}</div>
          <div className="muted">
            {me.organisation.name} · {me.role.name}
          </div>
        </div>
      }
      entries={[
        {
          id: 'account',
          label: t('user.account'),
          icon: <User className="icon" />,
          run: () => void navigate({ to: '/account' }),
        },
        'separator',
        {
          id: 'theme',
          label: t('user.theme'),
          value: theme,
          options: themes.map((each) => {
            const Icon = themeIcons[each]
            return { value: each, label: t(`user.theme_${each}`), icon: <Icon className="icon" /> }
          }),
          choose: (value) => themePreference.set(value as Theme),
        },
        {
          id: 'language',
          label: t('user.language'),
          value: language,
          options: LANGUAGES.map((each) => ({
            value: each.id,
            label: <span lang={each.tag}>{each.name}</span>,
          })),
          choose: (value) => void setLanguage(value as Language),
        },
        'separator',
        {
          id: 'out',
          label: t('user.log_out'),
          icon: <LogOut className="icon" />,
          run: () => logOut.mutate(undefined, { onSettled: () => void navigate({ to: '/login' }) }),
        },
      ]}
    />
  )
}

/** Two letters of a Latin name, the last two characters of a Chinese one. */
export function initials(name: string): string {
  const trimmed = name.trim()
  if (/\p{Script=Han}/u.test(trimmed)) return [...trimmed.replace(/\s/g, '')].slice(-2).join('')
  const words = trimmed.split(/[\s@._-]+/).filter(Boolean)
  return ((words[0]?.[0] ?? '?') + (words[1]?.[0] ?? '')).toUpperCase()
}
