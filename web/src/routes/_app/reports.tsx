import { createFileRoute, Outlet } from '@tanstack/react-router'

export const Route = createFileRoute('/_app/reports')({
  staticData: { title: 'nav.reports' },
  component: Outlet,
})
