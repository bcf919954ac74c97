import type { ReactNode } from 'react'

/**
 * The frame of a page: its heading with actions, then its body. `full` gives the body all the
 * height and lets it scroll inside (grids, split panes); `reading` keeps lines short.
 */
export function Page(props: {
  title?: ReactNode
  lead?: ReactNode
  actions?: ReactNode
  layout?: 'plain' | 'full' | 'reading'
  children: ReactNode
}) {
  return (
    <div className={`page ${props.layout ?? 'plain'}`}>
      {props.title ? (
        <header className="page-head">
          <div>
            <h1>{props.title}</h1>
            {props.lead ? <p>{props.lead}</p> : null}
          </div>
          {props.actions ? <div className="inline">{props.actions}</div> : null}
        </header>
      ) : null}
      <div className="page-body">{props.children}</div>
    </div>
  )
}
