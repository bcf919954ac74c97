import { Menu as BaseMenu } from '@base-ui/react/menu'
import type { ReactElement, ReactNode } from 'react'
import { Check } from './icons'
import { KeyHint } from './KeyHint'

export interface MenuItem {
  id: string
  label: ReactNode
  icon?: ReactNode
  keys?: string | undefined
  danger?: boolean
  disabled?: boolean
  run: () => void
}

export interface MenuChoice {
  id: string
  /** A heading over mutually exclusive choices. */
  label: ReactNode
  value: string
  options: readonly { value: string; label: ReactNode; icon?: ReactNode }[]
  choose: (value: string) => void
}

export type MenuEntry = MenuItem | MenuChoice | 'separator'

/** A list of actions behind a button. */
export function Menu(props: {
  trigger: ReactElement<Record<string, unknown>>
  entries: readonly MenuEntry[]
  align?: 'start' | 'center' | 'end'
  side?: 'top' | 'bottom' | 'left' | 'right'
  header?: ReactNode
}) {
  return (
    <BaseMenu.Root>
      <BaseMenu.Trigger render={props.trigger} />
      <BaseMenu.Portal>
        <BaseMenu.Positioner
          className="positioner"
          sideOffset={4}
          align={props.align ?? 'end'}
          side={props.side ?? 'bottom'}
        >
          <BaseMenu.Popup className="popup">
            {props.header}
            {props.entries.map((entry, i) =>
              entry === 'separator' ? (
                // biome-ignore lint/suspicious/noArrayIndexKey: separators have nothing else
                <BaseMenu.Separator key={i} className="separator" />
              ) : 'options' in entry ? (
                <Choice key={entry.id} {...entry} />
              ) : (
                <Item key={entry.id} {...entry} />
              ),
            )}
          </BaseMenu.Popup>
        </BaseMenu.Positioner>
      </BaseMenu.Portal>
    </BaseMenu.Root>
  )
}

function Item(item: MenuItem) {
  return (
    <BaseMenu.Item
      className={`option ${item.danger ? 'danger' : ''}`}
      disabled={item.disabled ?? false}
      onClick={item.run}
    >
      {item.icon}
      <span className="grow">{item.label}</span>
      {item.keys ? <KeyHint keys={item.keys} /> : null}
    </BaseMenu.Item>
  )
}

function Choice(choice: MenuChoice) {
  return (
    <BaseMenu.Group>
      <BaseMenu.GroupLabel className="option-group">{choice.label}</BaseMenu.GroupLabel>
      <BaseMenu.RadioGroup value={choice.value} onValueChange={(value: string) => choice.choose(value)}>
        {choice.options.map((option) => (
          <BaseMenu.RadioItem key={option.value} value={option.value} className="option" closeOnClick={false}>
            {option.icon}
            <span className="grow">{option.label}</span>
            <span className="tick">
              <BaseMenu.RadioItemIndicator render={<Check className="icon" />} />
            </span>
          </BaseMenu.RadioItem>
        ))}
      </BaseMenu.RadioGroup>
    </BaseMenu.Group>
  )
}
