import { createFileRoute, Outlet, redirect } from '@tanstack/react-router'
import { meQuery, useMe } from '~/api/session'
import { MustChange } from '~/shell/MustChange'
import { Shell } from '~/shell/Shell'

/** Every page that needs somebody logged in lives under this route, which asks for it. */
export const Route = createFileRoute('/_app')({
  beforeLoad: async ({ context, location }) => {
    const me = await context.queryClient.ensureQueryData(meQuery)
    if (!me) throw redirect({ to: '/login', search: location.href === '/' ? {} : { next: location.href } })
  },
  component: App,
})

function App() {
  const me = useMe()
  if (!me) return null
  if (me.must_change_password) return <MustChange me={me} />
  return (
    <Shell me={me}>
      <Outlet />
    </Shell>
  )
}
