import { useTranslation } from 'react-i18next'
import { Tabs } from '~/ui/Tabs'
import { Around } from './Around'
import type { Observable } from './api'
import { Corrections } from './Corrections'
import { Notes } from './Notes'
import { Sightings } from './Sightings'
import type { SideTab } from './search'

/** What stands beside the claims: related values, sightings, notes, decisions. */
export function Side(props: {
  item: Observable
  tab: SideTab
  onTab: (tab: SideTab) => void
  write: boolean
  review: boolean
  adding: 'sighting' | 'note' | undefined
  onAdding: (what: 'sighting' | 'note' | undefined) => void
}) {
  const { t } = useTranslation()
  const { item, adding, onAdding } = props
  const end = () => onAdding(undefined)
  return (
    <aside className="observable-side" aria-label={t('observables.beside')}>
      <Tabs
        value={props.tab}
        onValue={props.onTab}
        aria-label={t('observables.beside')}
        tabs={[
          { id: 'around', label: t('observables.around'), panel: <Around item={item} /> },
          {
            id: 'sightings',
            label: t('observables.sightings'),
            count: (item.sightings ?? 0) + item.false_positives || undefined,
            panel: (
              <Sightings
                id={item.id}
                write={props.write}
                adding={adding === 'sighting'}
                onAdd={() => onAdding('sighting')}
                onEnd={end}
              />
            ),
          },
          {
            id: 'notes',
            label: t('observables.notes'),
            panel: (
              <Notes
                id={item.id}
                write={props.write}
                adding={adding === 'note'}
                onAdd={() => onAdding('note')}
                onEnd={end}
              />
            ),
          },
          {
            id: 'corrections',
            label: t('observables.decisions'),
            panel: <Corrections id={item.id} review={props.review} />,
          },
        ]}
      />
    </aside>
  )
}
