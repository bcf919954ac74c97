import { useTranslation } from 'react-i18next'
import type { ListRef } from '~/api/intel'
import { Badge } from '../Badge'
import { Asset, Clock, Warninglist } from '../icons'
import { Tip } from '../Tooltip'

/** Says that a value is ours: it is never blocked. */
export function OwnBadge({ own }: { own: string | undefined }) {
  const { t } = useTranslation()
  if (!own) return null
  return (
    <Tip text={t('known.own_how', { how: own })}>
      <span className="badge info">
        <Asset className="icon" aria-hidden="true" />
        {t('known.own')}
      </span>
    </Tip>
  )
}

/** The warninglists that hold a value: one by name, more as a number with the names on hover. */
export function ListBadges({ lists, whole }: { lists: readonly ListRef[] | undefined; whole?: boolean }) {
  const { t } = useTranslation()
  if (!lists || lists.length === 0) return null
  if (whole) {
    return lists.map((list) => (
      <Badge key={list.id} tone="warning" icon={<Warninglist className="icon" aria-hidden="true" />}>
        {list.name}
      </Badge>
    ))
  }
  return (
    <Tip text={lists.map((list) => list.name).join(' · ')}>
      <span className="badge warning clip">
        <Warninglist className="icon" aria-hidden="true" />
        <span>{lists.length === 1 ? lists[0]?.name : t('known.lists', { count: lists.length })}</span>
      </span>
    </Tip>
  )
}

/** Every claim on the value is past its time. */
export function ExpiredBadge({ expired }: { expired: boolean | undefined }) {
  const { t } = useTranslation()
  return expired ? (
    <Badge icon={<Clock className="icon" aria-hidden="true" />}>{t('known.expired')}</Badge>
  ) : null
}
