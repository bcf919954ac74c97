import { createFileRoute } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { one } from '~/search'
import { Page } from '~/shell/Page'
import { EmptyState } from '~/ui/states'

export const Route = createFileRoute('/_app/search')({
  staticData: { title: 'search.title' },
  validateSearch: (search: Record<string, unknown>): { q?: string; paste?: string } => {
    const q = one(search, 'q')
    const paste = one(search, 'paste')
    return { ...(q ? { q } : {}), ...(paste ? { paste } : {}) }
  },
  component: SearchPage,
})

function SearchPage() {
  const { t } = useTranslation()
  const { q } = Route.useSearch()
  return (
    <Page title={q ?? t('search.title')}>
      <EmptyState title={t('grid.empty')} />
    </Page>
  )
}
