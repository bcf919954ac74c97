import { createFileRoute, Outlet } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { type SectionGroup, Sections } from '~/shell/sections'

export const Route = createFileRoute('/_app/account')({
  staticData: { title: 'user.account' },
  component: Account,
})

const groups: readonly SectionGroup[] = [
  {
    links: [
      { to: '/account', title: 'account.profile', exact: true },
      { to: '/account/security', title: 'account.security' },
      { to: '/account/sessions', title: 'account.sessions' },
      { to: '/account/keys', title: 'keys.title' },
      { to: '/account/views', title: 'views.title' },
    ],
  },
]

/** The pages of one's own account. */
function Account() {
  const { t } = useTranslation()
  return (
    <Sections label={t('user.account')} groups={groups} row>
      <Outlet />
    </Sections>
  )
}
