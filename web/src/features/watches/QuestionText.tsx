import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api } from '~/api/client'
import { defang } from '~/ui/defang'
import type { WatchKind } from './queries'

/** A watched value as it may be shown: its type is the server's to find, so it is guessed by its form. */
export function safeQuestion(kind: WatchKind, query: string): string {
  if (kind !== 'value' || /\[[.:@]\]|hxxp/i.test(query)) return query
  if (query.includes('://')) return defang(query, 'url')
  if (query.includes('@')) return defang(query, 'email-addr')
  if (/^[0-9a-f:]+(\/\d+)?$/i.test(query) && query.includes(':')) return defang(query, 'ipv6-addr')
  return query.includes('.') ? defang(query, 'domain-name') : query
}

/** What a watch asks, in words: names in place of ids, values defanged. */
export function useQuestionText(kind: WatchKind, query: string): string {
  const { t } = useTranslation()
  const any = kind === 'asset' && query === 'any'
  const named = (kind === 'asset' || kind === 'source') && !any && query !== ''
  const name = useQuery({
    queryKey: ['watch-name', kind, query],
    enabled: named,
    staleTime: 5 * 60_000,
    retry: false,
    queryFn: async ({ signal }) => {
      const path = { id: query }
      const found =
        kind === 'asset'
          ? await api.get('/assets/{id}', { path, signal })
          : await api.get('/sources/{id}', { path, signal })
      return found.name
    },
  }).data
  if (any) return t('watches.any_asset')
  return named ? (name ?? query) : safeQuestion(kind, query)
}

export function QuestionText({ kind, query }: { kind: WatchKind; query: string }) {
  const text = useQuestionText(kind, query)
  return kind === 'asset' || kind === 'source' ? (
    <span title={text}>{text}</span>
  ) : (
    <code title={text}>{text}</code>
  )
}
