import { type ErrorComponentProps, Link, useRouter } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Problem } from '~/api/problem'
import { buttonClass } from '~/ui/Button'
import { Search } from '~/ui/icons'
import { EmptyState, ErrorState } from '~/ui/states'

// A new release replaced the files this tab was opened with.
const OUTDATED = /dynamically imported module|error loading.*module|importing a module script failed/i

/** Shown in a page's place when it fails; the menu and the other pages go on working. */
export function RouteError({ error, reset }: ErrorComponentProps) {
  const router = useRouter()
  const outdated = OUTDATED.test(error instanceof Error ? error.message : '')
  const problem = outdated
    ? new Problem({ status: 0, code: 'console_outdated', kind: 'unavailable' })
    : Problem.from(error)
  return (
    <ErrorState
      page
      problem={problem}
      onRetry={() => {
        if (outdated) window.location.reload()
        else {
          reset()
          void router.invalidate()
        }
      }}
    />
  )
}

export function NotFound() {
  const { t } = useTranslation()
  return (
    <EmptyState
      page
      title={t('shell.no_page')}
      icon={<Search className="icon" aria-hidden="true" />}
      actions={
        <Link to="/" className={buttonClass('normal')}>
          {t('shell.to_home')}
        </Link>
      }
    >
      {t('shell.no_page_why')}
    </EmptyState>
  )
}
