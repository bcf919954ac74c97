import { Tooltip } from '@base-ui/react/tooltip'
import type { ReactElement, ReactNode } from 'react'
import { KeyHint } from './KeyHint'

/** Explains its only child on hover and focus. Never the only place of a fact. */
export function Tip(props: {
  text: ReactNode
  keys?: string | undefined
  side?: 'top' | 'bottom' | 'left' | 'right'
  children: ReactElement<Record<string, unknown>>
}) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger render={props.children} />
      <Tooltip.Portal>
        <Tooltip.Positioner className="positioner" sideOffset={6} side={props.side ?? 'bottom'}>
          <Tooltip.Popup className="tooltip">
            {props.text} {props.keys ? <KeyHint keys={props.keys} /> : null}
          </Tooltip.Popup>
        </Tooltip.Positioner>
      </Tooltip.Portal>
    </Tooltip.Root>
  )
}

/** Once around the console: one open tooltip makes the next appear at once. */
export function TipProvider({ children }: { children: ReactNode }) {
  return (
    <Tooltip.Provider delay={450} closeDelay={0}>
      {children}
    </Tooltip.Provider>
  )
}
