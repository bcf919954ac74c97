import { useQuery } from '@tanstack/react-query'
import { api } from '~/api/client'
import type { KindField } from '~/ui/KindFields'
import { listKinds, type SourceKind, sourcesKey } from '../api'

/** The kinds of source that the server knows, with their fields. */
export function useKinds() {
  return useQuery({
    queryKey: [...sourcesKey, 'kinds'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => (await listKinds(signal)).items,
  })
}

/** The names of the types of values. */
export function useTypeNames(): readonly string[] {
  const query = useQuery({
    queryKey: ['types'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => api.get('/types', { signal }),
  })
  return (query.data?.items ?? NONE).map((each) => each.name)
}

const NONE: readonly { name: string }[] = []

const ACCESS = new Set(['username', 'password', 'token', 'header', 'header_value', 'user_agent', 'api'])
const LIMITS = new Set([
  'max_bytes',
  'include',
  'exclude',
  'max_age_days',
  'back_fill',
  'hidden',
  'settle_seconds',
])

export type FieldGroup = 'main' | 'limits' | 'access'

/** The part of the form in which a field of a kind stands; what is required is never folded away. */
export function groupOf(field: KindField): FieldGroup {
  if (field.required) return 'main'
  if (ACCESS.has(field.name) || field.type === 'secret') return 'access'
  return LIMITS.has(field.name) ? 'limits' : 'main'
}

export const fieldsIn = (kind: SourceKind, group: FieldGroup) =>
  kind.fields.filter((field) => groupOf(field) === group)
