import { useTranslation } from 'react-i18next'
import { IconButton } from '~/ui/Button'
import { More } from '~/ui/icons'
import { Menu, type MenuEntry } from '~/ui/Menu'

/** What can be done with one row; nothing when that is nothing. */
export function RowMenu({ name, entries }: { name: string; entries: readonly MenuEntry[] }) {
  const { t } = useTranslation()
  if (entries.length === 0) return null
  return (
    <Menu
      trigger={<IconButton small label={t('ui.actions_on', { name })} icon={<More className="icon" />} />}
      entries={entries}
    />
  )
}
