import { Link, useMatches } from '@tanstack/react-router'
import type { ParseKeys } from 'i18next'
import { useEffect, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { textOf } from '~/i18n'
import { ChevronRight } from '~/ui/icons'

declare module '@tanstack/react-router' {
  interface StaticDataRouteOption {
    /** The route's name in the trail and the window title. */
    title?: ParseKeys
  }
}

// What the open page is called beyond its route: a report's title, a value.
let own = ''
const listeners = new Set<() => void>()

function setOwn(text: string) {
  own = text
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Names the open page in the trail and the window title, e.g. by its report's title. */
export function usePageName(name: string | undefined): void {
  useEffect(() => {
    setOwn(name ?? '')
    return () => setOwn('')
  }, [name])
}

/** The trail from the menu to the open page; the last step is the page's heading. */
export function Crumbs() {
  const { t } = useTranslation()
  const name = useSyncExternalStore(subscribe, () => own)
  const matches = useMatches()
  const steps = matches.flatMap((match) =>
    match.staticData.title ? [{ path: match.pathname, title: textOf(match.staticData.title) }] : [],
  )
  const unique = steps.filter((step, i) => step.path !== steps[i + 1]?.path)
  const trail = name ? [...unique.slice(0, -1), ...named(unique.at(-1), name)] : unique
  const here = trail.at(-1)?.title
  useEffect(() => {
    document.title = here ? `${here} · Vedette` : 'Vedette 前哨'
  }, [here])
  return (
    <nav className="trail" aria-label={t('nav.trail')}>
      <ol className="crumbs">
        {trail.map((step, i) => (
          <li key={step.path + step.title}>
            {i > 0 ? <ChevronRight className="icon" aria-hidden="true" /> : null}
            {i === trail.length - 1 ? (
              <h1 className="here" aria-current="page" title={step.title}>
                {step.title}
              </h1>
            ) : (
              <Link to={step.path}>{step.title}</Link>
            )}
          </li>
        ))}
      </ol>
    </nav>
  )
}

function named(step: { path: string; title: string } | undefined, name: string) {
  return step ? [step, { path: `${step.path}#`, title: name }] : []
}
