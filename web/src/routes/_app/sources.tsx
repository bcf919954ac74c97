import { createFileRoute, Outlet } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Sections } from '~/shell/sections'

/** The trail's step for everything under /sources, and its pages beside one another. */
export const Route = createFileRoute('/_app/sources')({
  staticData: { title: 'nav.sources' },
  component: Sources,
})

const GROUPS = [
  {
    links: [
      { to: '/sources', title: 'sources.all', exact: true },
      { to: '/sources/presets', title: 'presets.title' },
      { to: '/sources/playbooks', title: 'playbooks.title' },
      { to: '/sources/quarantine', title: 'quarantine.title' },
      { to: '/sources/queue', title: 'queue.title', need: ['system.manage'] },
      { to: '/sources/packs', title: 'packs.title' },
    ],
  },
] as const

function Sources() {
  const { t } = useTranslation()
  return (
    <Sections row label={t('nav.sources')} groups={GROUPS}>
      <Outlet />
    </Sections>
  )
}
