import { Dialog as BaseDialog } from '@base-ui/react/dialog'
import { type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { fuzzyMatch } from '~/commands/match'
import { shortcuts } from '~/commands/useCommands'
import { textOf } from '~/i18n'
import { Search } from './icons'
import { isComposing } from './ime'
import { KeyHint } from './KeyHint'

interface Entry {
  id: string
  title: string
  hits: number[]
  keys: string | undefined
  icon: ReactNode
  run: () => void
}

/** Finds and runs any command by name; what is no command is searched for. */
export function CommandPalette(props: {
  open: boolean
  onClose: () => void
  onSearch: (text: string) => void
}) {
  const { t } = useTranslation()
  return (
    <BaseDialog.Root
      open={props.open}
      onOpenChange={(open) => {
        if (!open) props.onClose()
      }}
    >
      <BaseDialog.Portal>
        <BaseDialog.Backdrop className="backdrop" />
        <BaseDialog.Popup className="dialog palette">
          <BaseDialog.Title className="sr-only">{t('command.palette')}</BaseDialog.Title>
          <PaletteBody {...props} />
        </BaseDialog.Popup>
      </BaseDialog.Portal>
    </BaseDialog.Root>
  )
}

function PaletteBody({ onClose, onSearch }: { onClose: () => void; onSearch: (text: string) => void }) {
  const { t } = useTranslation()
  const list = useId()
  const [query, setQuery] = useState('')
  const [at, setAt] = useState(0)
  const active = useRef<HTMLDivElement>(null)

  const entries = useMemo<Entry[]>(() => {
    const offered = shortcuts.available().filter(({ command }) => !command.hidden)
    // The id is English in every language, so that English words find commands too.
    const found = fuzzyMatch(query, offered, ({ command }) => [
      textOf(command.title),
      command.id.replaceAll('.', ' '),
    ])
    const out = found.slice(0, 60).map(({ item, hits }): Entry => {
      const Icon = item.command.icon
      return {
        id: item.command.id,
        title: textOf(item.command.title),
        hits,
        keys: item.command.keys[0],
        icon: Icon ? <Icon className="icon" /> : null,
        run: item.run,
      }
    })
    if (query.trim()) {
      out.push({
        id: 'search',
        title: t('command.search_for', { text: query.trim() }),
        hits: [],
        keys: undefined,
        icon: <Search className="icon" />,
        run: () => onSearch(query.trim()),
      })
    }
    return out
  }, [query, t, onSearch])

  const index = Math.min(at, Math.max(0, entries.length - 1))
  // biome-ignore lint/correctness/useExhaustiveDependencies: follows the cursor
  useEffect(() => {
    active.current?.scrollIntoView({ block: 'nearest' })
  }, [index, query])

  const run = (entry: Entry | undefined) => {
    if (!entry) return
    onClose()
    entry.run()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event)) return
    const moves: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }
    const by = moves[event.key]
    if (by !== undefined) {
      event.preventDefault()
      const count = entries.length
      setAt(
        Math.abs(by) === 1
          ? (index + by + count) % Math.max(1, count)
          : Math.max(0, Math.min(count - 1, index + by)),
      )
    } else if (event.key === 'Enter') {
      event.preventDefault()
      run(entries[index])
    }
  }
  return (
    <>
      <input
        className="palette-input"
        role="combobox"
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={entries[index] ? `${list}-${index}` : undefined}
        aria-label={t('command.palette')}
        placeholder={t('command.palette_hint')}
        value={query}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => {
          setQuery(event.target.value)
          setAt(0)
        }}
        onKeyDown={onKeyDown}
      />
      <div role="listbox" id={list} aria-label={t('command.palette')} tabIndex={-1}>
        {entries.map((entry, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field holds the focus and the keys
          <div
            key={entry.id}
            id={`${list}-${i}`}
            ref={i === index ? active : undefined}
            role="option"
            aria-selected={i === index}
            data-highlighted={i === index || undefined}
            className="option"
            onMouseMove={() => setAt(i)}
            onClick={() => run(entry)}
          >
            {entry.icon}
            <span className="grow">{marked(entry.title, entry.hits)}</span>
            {entry.keys ? <KeyHint keys={entry.keys} /> : null}
          </div>
        ))}
      </div>
    </>
  )
}

function marked(title: string, hits: readonly number[]): ReactNode {
  if (hits.length === 0) return title
  const set = new Set(hits)
  // biome-ignore lint/suspicious/noArrayIndexKey: letters have no other identity
  return [...title].map((letter, i) => (set.has(i) ? <mark key={i}>{letter}</mark> : letter))
}
