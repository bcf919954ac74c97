import { createFileRoute } from '@tanstack/react-router'
import { NotFound } from '~/shell/RouteError'

/** Any address that no page has: the menu stays, so that the way on is one click. */
export const Route = createFileRoute('/_app/$')({ component: NotFound })
