import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { suggestTerms } from '~/api/suggest'
import { useCommands } from '~/commands/useCommands'
import { usePageName } from '~/shell/crumbs'
import { isList, keepPaste, pastedList } from '~/shell/paste'
import { QUERY_FIELDS } from '~/ui/query/complete'
import { QueryInput } from '~/ui/query/QueryInput'
import { ErrorState, Skeleton } from '~/ui/states'
import { visible } from '~/ui/Value'
import { runSearch, useLookUp } from './api'
import { Help } from './Help'
import { ListTable } from './ListTable'
import type { Show } from './list'
import { PasteArea } from './PasteArea'
import { Results } from './Results'
import './search.css'

export interface SearchState {
  q?: string | undefined
  paste?: string | undefined
  show?: Show | undefined
  sort?: string | undefined
}

export interface SearchPageProps {
  state: SearchState
  /** The dialog that takes a text in as a report. */
  addDialog: (text: string, close: () => void) => ReactNode
}

/** Looks up one value, words, a query of the search language, or a whole list. */
export function SearchPage(props: SearchPageProps) {
  const { t } = useTranslation()
  const { state } = props
  const navigate = useNavigate()
  const input = useRef<HTMLInputElement>(null)
  const q = state.paste ? '' : (state.q ?? '')
  usePageName(state.paste ? t('search.list') : q ? visible(q.slice(0, 80)) : undefined)
  useCommands('search', { 'search.focus': () => input.current?.focus() })
  return (
    <div className="page full">
      <div
        className="search-head"
        onPaste={(event) => {
          const text = event.clipboardData.getData('text/plain')
          if (!isList(text)) return
          event.preventDefault()
          keepPaste(text)
          void navigate({ to: '/search', search: { paste: String(Date.now()) } })
        }}
      >
        <div className="grow">
          <QueryInput
            value={q}
            onQuery={(next) => {
              if (next || !state.paste) void navigate({ to: '/search', search: { q: next || undefined } })
            }}
            label={t('search.label')}
            placeholder={t('search.placeholder_long')}
            fields={QUERY_FIELDS}
            lookUp={suggestTerms}
            inputRef={input}
          />
        </div>
        <Help onExample={(next) => void navigate({ to: '/search', search: { q: next } })} />
      </div>
      {state.paste ? (
        <PastedList key={state.paste} {...props} />
      ) : q ? (
        <Answer q={q} {...props} />
      ) : (
        <PasteArea />
      )}
    </div>
  )
}

function Answer({ q, ...props }: SearchPageProps & { q: string }) {
  const found = useQuery({
    queryKey: ['search', q],
    queryFn: ({ signal }) => runSearch(q, signal),
    staleTime: 10_000,
    retry: false,
  })
  if (found.error) {
    return (
      <div className="search-body">
        <ErrorState problem={found.error} onRetry={found.refetch} />
      </div>
    )
  }
  if (!found.data) {
    return (
      <div className="search-body" aria-hidden="true">
        <div className="search-found">
          <Skeleton width={70} />
          <Skeleton width={40} />
        </div>
      </div>
    )
  }
  if (found.data.values) return <ListTable rows={found.data.values} state={props.state} />
  return <Results q={q} found={found.data} />
}

function PastedList({ state, addDialog }: SearchPageProps) {
  const { t } = useTranslation()
  const pasted = pastedList()
  const { query, progress } = useLookUp(pasted)
  if (!pasted.trim()) return <PasteArea />
  if (query.error) {
    return (
      <div className="search-body">
        <ErrorState problem={query.error} onRetry={query.refetch} />
      </div>
    )
  }
  if (!query.data) {
    return (
      <p className="search-wait" role="status">
        {progress && progress.of > 0
          ? t('search.looking_up', { done: progress.done.toLocaleString(), of: progress.of.toLocaleString() })
          : t('search.reading')}
      </p>
    )
  }
  return (
    <ListTable
      rows={query.data.rows}
      over={query.data.over}
      state={state}
      {...(query.data.text === undefined ? {} : { text: query.data.text, addDialog })}
    />
  )
}
