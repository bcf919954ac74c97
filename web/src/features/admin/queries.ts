import { useQuery } from '@tanstack/react-query'
import { api, type Schema } from '~/api/client'

export type User = Schema<'User'>
export type Organisation = Schema<'Organisation'>
export type Role = Schema<'Role'>
export type Team = Schema<'Team'>
export type SharingGroup = Schema<'SharingGroup'>

export const usersKey = ['users'] as const
export const organisationsKey = ['organisations'] as const
export const rolesKey = ['roles'] as const
export const teamsKey = ['teams'] as const
export const groupsKey = ['sharing-groups'] as const

export function useRoles() {
  return useQuery({
    queryKey: rolesKey,
    staleTime: 60_000,
    queryFn: ({ signal }) => api.get('/roles', { signal }),
  })
}

/** Organisations to choose from: the first 500 by name. */
export function useOrganisations() {
  return useQuery({
    queryKey: [...organisationsKey, 'choice'],
    staleTime: 60_000,
    queryFn: ({ signal }) => api.get('/organisations', { query: { limit: 500 }, signal }),
  })
}
