import { Tabs as BaseTabs } from '@base-ui/react/tabs'
import type { ReactNode } from 'react'

export interface TabSpec<Id extends string> {
  id: Id
  label: ReactNode
  count?: number | undefined
  /** Rendered only while the tab is open. */
  panel: ReactNode
}

/** Tabs whose open one the caller keeps, usually in the URL. */
export function Tabs<Id extends string>(props: {
  tabs: readonly TabSpec<Id>[]
  value: Id
  onValue: (id: Id) => void
  'aria-label'?: string
}) {
  return (
    <BaseTabs.Root
      value={props.value}
      onValueChange={(id: Id) => props.onValue(id)}
      style={{ display: 'contents' }}
    >
      <BaseTabs.List className="tabs-list" aria-label={props['aria-label']}>
        {props.tabs.map((tab) => (
          <BaseTabs.Tab key={tab.id} value={tab.id} className="tab">
            {tab.label}
            {tab.count === undefined ? null : <span className="count">{tab.count.toLocaleString()}</span>}
          </BaseTabs.Tab>
        ))}
      </BaseTabs.List>
      {props.tabs.map((tab) => (
        <BaseTabs.Panel key={tab.id} value={tab.id} className="tab-panel">
          {tab.panel}
        </BaseTabs.Panel>
      ))}
    </BaseTabs.Root>
  )
}
