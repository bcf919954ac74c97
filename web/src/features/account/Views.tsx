import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { api, type Schema } from '~/api/client'
import { useCursorPages } from '~/api/paging'
import { parseSearch } from '~/search'
import { useAttempt } from '~/shell/attempt'
import { Page } from '~/shell/Page'
import { Button } from '~/ui/Button'
import { Switch } from '~/ui/Checkbox'
import type { GridColumn } from '~/ui/grid/columns'
import { DataGrid } from '~/ui/grid/DataGrid'
import { Delete, Save } from '~/ui/icons'
import { EmptyState } from '~/ui/states'
import { toast } from '~/ui/Toast'
import { viewsKey } from './queries'

type View = Schema<'View'>

const rowId = (row: View) => row.id
const PAGES = { reports: 'nav.reports', observables: 'nav.observables' } as const
const isPage = (page: string): page is keyof typeof PAGES => page in PAGES

/** Filters that were given a name: the own ones, and those that colleagues share. */
export function Views() {
  const { t } = useTranslation()
  const { attempt } = useAttempt(viewsKey)
  const pages = useCursorPages<View>({
    key: [...viewsKey, 'all'],
    fetchPage: (_, signal) => api.get('/views', { signal }),
  })
  const columns = useMemo(() => {
    const share = (view: View, shared: boolean) =>
      attempt(() =>
        api.patch('/views/{id}', { path: { id: view.id }, body: { shared, version: view.version } }),
      )
    return viewColumns(t, (view, shared) => void share(view, shared))
  }, [t, attempt])
  const remove = async (views: View[]) => {
    await attempt(async () => {
      for (const view of views)
        await api.delete('/views/{id}', { path: { id: view.id }, query: { version: view.version } })
      toast({
        title: t('views.removed_many', { count: views.length }),
        undo: () =>
          void attempt(() =>
            Promise.all(
              views.map(({ page, name, query, shared }) =>
                api.post('/views', { body: { page, name, query, shared } }),
              ),
            ),
          ),
      })
    })
  }
  return (
    <Page layout="full" lead={t('views.lead')}>
      <DataGrid
        id="views"
        label={t('views.title')}
        columns={columns}
        rowId={rowId}
        pages={pages}
        bulk={(chosen) => (
          <Button
            small
            tone="danger"
            icon={<Delete className="icon" />}
            onClick={() => void remove(chosen.rows.filter((view) => view.own)).then(chosen.clear)}
          >
            {t('ui.delete')}
          </Button>
        )}
        empty={
          <EmptyState title={t('views.empty')} icon={<Save className="icon" aria-hidden="true" />}>
            {t('views.empty_why')}
          </EmptyState>
        }
      />
    </Page>
  )
}

function viewColumns(
  t: ReturnType<typeof useTranslation>['t'],
  share: (view: View, shared: boolean) => void,
): GridColumn<View>[] {
  return [
    {
      id: 'name',
      header: t('views.name'),
      width: 220,
      grow: true,
      fixed: true,
      card: 'title',
      cell: (row) =>
        isPage(row.page) ? (
          <Link to={`/${row.page}`} search={parseSearch(row.query) as never} className="row-link">
            {row.name}
          </Link>
        ) : (
          row.name
        ),
    },
    {
      id: 'page',
      header: t('views.page'),
      width: 130,
      cell: (row) => (isPage(row.page) ? t(PAGES[row.page]) : row.page),
    },
    {
      id: 'query',
      header: t('views.query'),
      width: 260,
      grow: true,
      cell: (row) => <code title={row.query}>{decodeURIComponent(row.query.replaceAll('+', ' '))}</code>,
    },
    { id: 'author', header: t('views.author'), width: 150, cell: (row) => row.author },
    {
      id: 'shared',
      header: t('views.shared'),
      width: 120,
      cell: (row) => (
        <Switch
          checked={row.shared}
          disabled={!row.own}
          aria-label={t('views.share', { name: row.name })}
          onChecked={(on) => share(row, on)}
        />
      ),
    },
  ]
}
