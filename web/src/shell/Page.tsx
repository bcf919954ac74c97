import type { ReactNode } from 'react'

/**
 * The frame of a page. Its heading stands in the top bar (staticData.title of the route, or
 * usePageName); here stand what explains it and its actions, then the body. `full` gives the
 * body all the height and lets it scroll inside (grids, split panes); `reading` keeps lines
 * short.
 */
export function Page(props: {
  title?: ReactNode
  lead?: ReactNode
  actions?: ReactNode
  layout?: 'plain' | 'full' | 'reading'
  children: ReactNode
}) {
  const { title, lead, actions } = props
  return (
    <div className={`page ${props.layout ?? 'plain'}`}>
      {title || lead || actions ? (
        <div className="page-head">
          <div>
            {title ? <h2>{title}</h2> : null}
            {lead ? <p>{lead}</p> : null}
          </div>
          {actions ? <div className="inline">{actions}</div> : null}
        </div>
      ) : null}
      <div className="page-body">{props.children}</div>
    </div>
  )
}
