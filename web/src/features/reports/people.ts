import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Page } from '~/api/paging'
import { useMe } from '~/api/session'
import { call } from './api'

export interface Colleague {
  id: string
  name: string
  email: string
  disabled?: boolean
}

const NONE: readonly Colleague[] = []

/** The accounts that work can be given to: those of the own organisation. */
export function useColleagues(): readonly Colleague[] {
  const found = useQuery({
    queryKey: ['colleagues'],
    staleTime: 5 * 60_000,
    queryFn: ({ signal }) => call.get<Page<Colleague>>('/users', { query: { limit: 500 }, signal }),
  })
  return found.data?.items ?? NONE
}

/** What to call an account: "me" for the person, else the name, else that it is of another organisation. */
export function usePersonName(id: string | undefined): string {
  const { t } = useTranslation()
  const me = useMe()
  const colleagues = useColleagues()
  return useMemo(() => {
    if (!id) return ''
    if (String(me?.id) === id) return t('reports.me')
    const found = colleagues.find((each) => each.id === id)
    return found ? found.name || found.email : t('reports.somebody')
  }, [id, me, colleagues, t])
}
