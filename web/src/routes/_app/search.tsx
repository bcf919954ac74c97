import { createFileRoute } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { one } from '~/search'
import { usePageName } from '~/shell/crumbs'
import { Page } from '~/shell/Page'
import { EmptyState } from '~/ui/states'

export const Route = createFileRoute('/_app/search')({
  staticData: { title: 'search.title' },
  validateSearch: (
    search: Record<string, unknown>,
  ): { q?: string | undefined; paste?: string | undefined } => ({
    q: one(search, 'q'),
    paste: one(search, 'paste'),
  }),
  component: SearchPage,
})

function SearchPage() {
  const { t } = useTranslation()
  const { q } = Route.useSearch()
  usePageName(q)
  return (
    <Page>
      <EmptyState title={t('grid.empty')} />
    </Page>
  )
}
