import { createFileRoute } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Page } from '~/shell/Page'
import { EmptyState } from '~/ui/states'

export const Route = createFileRoute('/_app/admin')({
  staticData: { title: 'nav.admin' },
  component: Admin,
})

function Admin() {
  const { t } = useTranslation()
  return (
    <Page>
      <EmptyState title={t('grid.empty')} />
    </Page>
  )
}
