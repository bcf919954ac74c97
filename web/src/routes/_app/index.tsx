import { createFileRoute } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { SearchBox } from '~/shell/SearchBox'

export const Route = createFileRoute('/_app/')({
  staticData: { title: 'nav.home' },
  component: Home,
})

function Home() {
  const { t } = useTranslation()
  return (
    <div className="page">
      <div className="home">
        <div>
          <SearchBox large />
          <p className="search-hint">{t('search.hint')}</p>
        </div>
      </div>
    </div>
  )
}
