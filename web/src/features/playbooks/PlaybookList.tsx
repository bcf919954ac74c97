import { Link, useNavigate } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCursorPages } from '~/api/paging'
import { useCan } from '~/api/session'
import { keysOf } from '~/commands'
import { useCommands } from '~/commands/useCommands'
import { Page } from '~/shell/Page'
import { Badge } from '~/ui/Badge'
import { Button } from '~/ui/Button'
import { ClearFilters, FilterSelect, FilterText } from '~/ui/Filters'
import type { GridColumn } from '~/ui/grid/columns'
import { DataGrid } from '~/ui/grid/DataGrid'
import { Add, Delete, Review, Undo, Upload } from '~/ui/icons'
import { EmptyState } from '~/ui/states'
import { RelativeTime } from '~/ui/time'
import { visible } from '~/ui/Value'
import { usePlaybookActions } from './actions'
import { listPlaybooks, type Playbook, type PlaybooksSearch, playbooksKey } from './api'
import { ImportDialog } from './ImportDialog'
import './playbooks.css'

const rowId = (row: Playbook) => row.id

/** All playbooks: which sources go through which steps to which outputs. */
export function PlaybookList({ search }: { search: PlaybooksSearch }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const can = useCan()
  const actions = usePlaybookActions()
  const [importing, setImporting] = useState(false)
  const manage = can('sources.manage')
  const pages = useCursorPages<Playbook>({
    key: [...playbooksKey, 'list', search],
    fetchPage: (cursor, signal) => listPlaybooks(search, cursor, signal),
  })
  const columns = useMemo(() => playbookColumns(t), [t])
  const set = (change: PlaybooksSearch) =>
    void navigate({
      from: '/sources/playbooks',
      to: '/sources/playbooks',
      search: (now) => ({ ...now, ...change }),
    })
  const add = manage
    ? () => void navigate({ to: '/sources/playbooks/$id', params: { id: 'new' } })
    : undefined
  const take = manage ? () => setImporting(true) : undefined
  useCommands('playbooks', { 'playbooks.new': add, 'playbooks.import': take })
  const active = Boolean(search.q || search.enabled || search.deleted)
  const clear = () => void navigate({ to: '/sources/playbooks', search: {} })
  return (
    <Page layout="full">
      <DataGrid
        id="playbooks"
        label={t('playbooks.title')}
        columns={columns}
        rowId={rowId}
        pages={pages}
        onOpen={(row) => void navigate({ to: '/sources/playbooks/$id', params: { id: row.id } })}
        bulk={
          manage
            ? ({ rows, clear: done }) => {
                const then = (work: Promise<boolean>) => void work.then((all) => all && done())
                return search.deleted ? (
                  <Button small icon={<Undo className="icon" />} onClick={() => then(actions.restore(rows))}>
                    {t('sources.restore')}
                  </Button>
                ) : (
                  <>
                    {rows.some((row) => !row.enabled) ? (
                      <Button small onClick={() => then(actions.enable(rows, true))}>
                        {t('sources.enable')}
                      </Button>
                    ) : null}
                    {rows.some((row) => row.enabled) ? (
                      <Button small onClick={() => then(actions.enable(rows, false))}>
                        {t('sources.disable')}
                      </Button>
                    ) : null}
                    <Button
                      small
                      tone="danger"
                      icon={<Delete className="icon" />}
                      onClick={() => then(actions.remove(rows))}
                    >
                      {t('sources.delete')}
                    </Button>
                  </>
                )
              }
            : undefined
        }
        toolbar={
          <>
            <FilterText
              value={search.q ?? ''}
              onValue={(q) => set({ q: q || undefined })}
              label={t('playbooks.find')}
            />
            <FilterSelect
              label={t('packs.state')}
              any={t('packs.any_state')}
              value={search.enabled}
              options={[
                { value: 'true', label: t('packs.on') },
                { value: 'false', label: t('packs.off') },
              ]}
              onValue={(enabled) => set({ enabled })}
            />
            <FilterSelect
              label={t('sources.which')}
              any={t('sources.present')}
              value={search.deleted}
              options={[{ value: 'true', label: t('sources.only_deleted') }]}
              onValue={(deleted) => set({ deleted })}
            />
            <ClearFilters active={active} onClear={clear} />
            {add ? (
              <span className="push inline">
                <Button
                  small
                  icon={<Upload className="icon" />}
                  keys={keysOf('playbooks.import') ?? ''}
                  onClick={take}
                >
                  {t('playbooks.import_short')}
                </Button>
                <Button
                  small
                  tone="primary"
                  icon={<Add className="icon" />}
                  keys={keysOf('playbooks.new') ?? ''}
                  onClick={add}
                >
                  {t('playbooks.new')}
                </Button>
              </span>
            ) : null}
          </>
        }
        empty={
          active ? (
            <EmptyState
              title={t('sources.none_match')}
              actions={<Button onClick={clear}>{t('ui.clear_filters')}</Button>}
            />
          ) : (
            <EmptyState
              title={t('playbooks.none')}
              icon={<Review className="icon" aria-hidden="true" />}
              actions={
                add ? (
                  <>
                    <Button tone="primary" onClick={add}>
                      {t('playbooks.new')}
                    </Button>
                    <Button onClick={take}>{t('playbooks.import')}</Button>
                  </>
                ) : undefined
              }
            >
              {t('playbooks.none_hint')}
            </EmptyState>
          )
        }
      />
      {importing ? <ImportDialog onClose={() => setImporting(false)} /> : null}
    </Page>
  )
}

function playbookColumns(t: ReturnType<typeof useTranslation>['t']): GridColumn<Playbook>[] {
  return [
    {
      id: 'name',
      header: t('sources.name'),
      width: 280,
      grow: true,
      fixed: true,
      card: 'title',
      cell: (row) => (
        <Link
          to="/sources/playbooks/$id"
          params={{ id: row.id }}
          className="row-link"
          title={row.name}
          tabIndex={-1}
        >
          {visible(row.name)}
        </Link>
      ),
    },
    {
      id: 'enabled',
      header: t('packs.state'),
      width: 90,
      cardBare: true,
      cell: (row) =>
        row.enabled ? <Badge tone="success">{t('packs.on')}</Badge> : <Badge>{t('packs.off')}</Badge>,
    },
    {
      id: 'error',
      header: t('playbooks.error'),
      width: 360,
      grow: true,
      cell: (row) =>
        row.last_error ? (
          <span className="danger-text" title={row.last_error}>
            {visible(row.last_error)}
          </span>
        ) : null,
    },
    {
      id: 'modified',
      header: t('playbooks.modified'),
      width: 130,
      cell: (row) => <RelativeTime at={row.modified} />,
    },
    {
      id: 'created',
      header: t('sources.created'),
      width: 130,
      card: 'none',
      cell: (row) => <RelativeTime at={row.created} />,
    },
  ]
}
