import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Page } from '~/shell/Page'
import { buttonClass } from '~/ui/Button'
import { FilterText } from '~/ui/Filters'
import { Download } from '~/ui/icons'
import { ErrorState, Skeleton } from '~/ui/states'
import { OperationView } from './OperationView'
import { type Description, type Operation, operationsOf, useDescription } from './openapi'
import './api.css'

export interface ApiSearch {
  op?: string | undefined
  q?: string | undefined
}

/** What the API can do, read from its own description: a list by area, and one operation in full. */
export function ApiBrowser(props: { search: ApiSearch; onSearch: (search: ApiSearch) => void }) {
  const { t } = useTranslation()
  const found = useDescription()
  return (
    <Page
      layout="full"
      lead={t('apiview.lead')}
      actions={
        <a className={buttonClass('normal')} href="/api/v1/openapi.json" download>
          <Download className="icon" />
          openapi.json
        </a>
      }
    >
      {found.error ? (
        <ErrorState problem={found.error} onRetry={found.refetch} />
      ) : found.data ? (
        <Browser description={found.data} {...props} />
      ) : (
        <Skeleton width={50} />
      )}
    </Page>
  )
}

function Browser(props: {
  description: Description
  search: ApiSearch
  onSearch: (search: ApiSearch) => void
}) {
  const { t } = useTranslation()
  const { description, search, onSearch } = props
  const groups = useMemo(() => operationsOf(description), [description])
  const word = (search.q ?? '').toLowerCase()
  const fits = (op: Operation) =>
    !word || `${op.method} ${op.path} ${op.id} ${op.summary ?? ''} ${op.tag}`.toLowerCase().includes(word)
  const shown = [...groups]
    .map(([tag, list]) => [tag, list.filter(fits)] as const)
    .filter(([, list]) => list.length > 0)
  const open = [...groups.values()].flat().find((op) => op.id === search.op)
  return (
    <div className="api-browser" data-open={open ? '' : undefined}>
      <nav className="api-list" aria-label={t('apiview.operations')}>
        <div className="api-find">
          <FilterText
            value={search.q ?? ''}
            label={t('apiview.find')}
            onValue={(q) => onSearch({ ...search, q: q || undefined })}
          />
        </div>
        {shown.length === 0 ? <p className="muted api-none">{t('ui.nothing_found')}</p> : null}
        {shown.map(([tag, list]) => (
          <section key={tag} aria-label={tag}>
            <h2>{tag}</h2>
            <ul>
              {list.map((op) => (
                <li key={op.id}>
                  <Link
                    to="/admin/api"
                    search={{ ...search, op: op.id }}
                    className="api-link"
                    aria-current={op.id === open?.id ? 'true' : undefined}
                  >
                    <span className={`method ${op.method}`}>{op.method.toUpperCase()}</span>
                    <span className="ellipsis">{op.path}</span>
                  </Link>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </nav>
      {/* Focusable, so that long text is scrolled by keys. */}
      <div className="api-body" tabIndex={0}>
        {open ? (
          <OperationView
            key={open.id}
            op={open}
            description={description}
            onBack={() => onSearch({ ...search, op: undefined })}
          />
        ) : (
          <div className="stack">
            <h2>{t('apiview.how')}</h2>
            <p>{t('apiview.how_key')}</p>
            <pre className="code-line">{`curl -H "Authorization: Bearer $VEDETTE_KEY" ${location.origin}/api/v1/me`}</pre>
            <p>{t('apiview.how_lists')}</p>
            <p>{t('apiview.how_errors')}</p>
            <p>{t('apiview.how_repeat')}</p>
          </div>
        )}
      </div>
    </div>
  )
}
