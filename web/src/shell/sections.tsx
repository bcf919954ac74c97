import { Link, useRouterState } from '@tanstack/react-router'
import type { ParseKeys } from 'i18next'
import { type ReactNode, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useCan } from '~/api/session'
import { textOf } from '~/i18n'
import './sections.css'

export interface SectionLink {
  to: string
  title: ParseKeys
  /** Shown to those who hold one of these; to everybody when absent. */
  need?: readonly string[]
  /** Not the pages below it. */
  exact?: boolean
}

export interface SectionGroup {
  title?: ParseKeys
  links: readonly SectionLink[]
}

/** The pages of one place of the menu: a column beside them where there is room, else a row above. */
export function Sections(props: {
  label: string
  groups: readonly SectionGroup[]
  /** Always a row above: for places with few pages. */
  row?: boolean
  children: ReactNode
}) {
  useTranslation()
  const can = useCan()
  const nav = useRef<HTMLElement>(null)
  const path = useRouterState({ select: (state) => state.location.pathname })
  // biome-ignore lint/correctness/useExhaustiveDependencies: the open page's link moves with the path
  useEffect(() => {
    // Of a row that scrolls (a phone) the open page's link is in sight.
    nav.current
      ?.querySelector('[data-status=active]')
      ?.scrollIntoView?.({ block: 'nearest', inline: 'nearest' })
  }, [path])
  const groups = props.groups
    .map((group) => ({ ...group, links: group.links.filter((each) => !each.need || each.need.some(can)) }))
    .filter((group) => group.links.length > 0)
  return (
    <div className={`sections ${props.row ? 'row' : ''}`}>
      <nav ref={nav} className="sections-nav" aria-label={props.label}>
        {groups.map((group) => (
          <div className="sections-group" key={group.title ?? group.links[0]?.to}>
            {group.title ? <div className="sections-title">{textOf(group.title)}</div> : null}
            <ul>
              {group.links.map((each) => (
                <li key={each.to}>
                  <Link
                    to={each.to}
                    className="sections-link"
                    activeOptions={{ exact: each.exact ?? false, includeSearch: false }}
                  >
                    {textOf(each.title)}
                  </Link>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </nav>
      <div className="sections-body">{props.children}</div>
    </div>
  )
}
