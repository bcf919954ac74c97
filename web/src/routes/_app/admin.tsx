import { createFileRoute, Outlet } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { adminGroups } from '~/features/admin/sections'
import { Sections } from '~/shell/sections'

export const Route = createFileRoute('/_app/admin')({
  staticData: { title: 'nav.admin' },
  component: Admin,
})

/** The pages of administration. */
function Admin() {
  const { t } = useTranslation()
  return (
    <Sections label={t('nav.admin')} groups={adminGroups}>
      <Outlet />
    </Sections>
  )
}
