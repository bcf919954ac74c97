import { createFileRoute, Navigate } from '@tanstack/react-router'
import { useCan } from '~/api/session'
import { adminGroups } from '~/features/admin/sections'

export const Route = createFileRoute('/_app/admin/')({ component: First })

/** The first page that the person may see. */
function First() {
  const can = useCan()
  const links = adminGroups.flatMap((group) => group.links)
  const first = links.find((each) => !each.need || each.need.some(can)) ?? links[0]
  return first ? <Navigate to={first.to} replace /> : null
}
