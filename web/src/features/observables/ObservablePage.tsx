import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLiveEvents } from '~/api/events'
import { useCan } from '~/api/session'
import { queryOfValues } from '~/api/values'
import { useCommands } from '~/commands/useCommands'
import { usePageName } from '~/shell/crumbs'
import { openExport } from '~/shell/exporting/openExport'
import { Page } from '~/shell/Page'
import { ErrorState, Skeleton } from '~/ui/states'
import { copyText, shownValue } from '~/ui/Value'
import { getObservable, type Observable, observableKey } from './api'
import { ClaimGrid } from './ClaimGrid'
import { useDecide } from './decide'
import { Publishers } from './Publishers'
import { RejectDialog } from './RejectDialog'
import { Side } from './Side'
import type { SideTab } from './search'
import { Verdict } from './Verdict'
import './observables.css'

interface Props {
  id: string
  /** Only the claims of this source are listed. */
  source: string | undefined
  side: SideTab
  onSource: (source: string | undefined) => void
  onSide: (side: SideTab) => void
}

/** Everything known of one value. It is read from what came in; the value is never contacted. */
export function ObservablePage(props: Props) {
  const { id } = props
  const found = useQuery({ queryKey: observableKey(id), queryFn: ({ signal }) => getObservable(id, signal) })
  usePageName(found.data ? shownValue(found.data.defanged, found.data.type).slice(0, 60) : undefined)
  // Somebody decides, or a source states it again: what is shown must not stay old.
  useLiveEvents(['claim', 'sighting', 'note'], () => {
    if (document.visibilityState === 'visible') void found.refetch()
  })
  if (found.error) {
    return (
      <Page>
        <ErrorState problem={found.error} onRetry={found.refetch} />
      </Page>
    )
  }
  return found.data ? (
    <Loaded {...props} item={found.data} />
  ) : (
    <Page>
      <div className="stack">
        <Skeleton width={60} />
        <Skeleton width={40} />
      </div>
    </Page>
  )
}

function Loaded({ item, id, source, side, onSource, onSide }: Props & { item: Observable }) {
  const { t } = useTranslation()
  const can = useCan()
  const decide = useDecide()
  const [rejecting, setRejecting] = useState(false)
  const [adding, setAdding] = useState<'sighting' | 'note'>()
  const review = can('intel.review')
  const write = can('intel.write')
  const proposed = item.states?.proposed ?? 0
  const open = proposed + (item.states?.accepted ?? 0)
  const actions = {
    accept: review && proposed > 0 ? () => void decide.values([item], { state: 'accepted' }) : undefined,
    reject: review && open > 0 ? () => setRejecting(true) : undefined,
    exportIt: () =>
      openExport({
        q: queryOfValues([item]),
        title: shownValue(item.defanged, item.type).slice(0, 120),
        all: true,
      }),
  }
  const add = (what: 'sighting' | 'note') => () => {
    onSide(what === 'note' ? 'notes' : 'sightings')
    setAdding(what)
  }
  useCommands('observable', {
    'observable.copy': () => void copyText(item.defanged, t('ui.copied')),
    'observable.export': actions.exportIt,
    'observable.undo': decide.undo,
    ...(actions.accept ? { 'observable.accept': actions.accept } : {}),
    ...(actions.reject ? { 'observable.reject': actions.reject } : {}),
    ...(write ? { 'observable.sighting': add('sighting'), 'observable.note': add('note') } : {}),
  })
  return (
    <Page layout="full">
      <div className="observable">
        <Verdict item={item} {...actions} />
        <div className="observable-main">
          <Publishers evidence={item.evidence} source={source} onSource={onSource} />
          <ClaimGrid id={id} source={source} review={review} decide={decide} />
        </div>
        <Side
          item={item}
          tab={side}
          onTab={onSide}
          write={write}
          review={review}
          adding={adding}
          onAdding={setAdding}
        />
      </div>
      {rejecting ? (
        <RejectDialog
          title={t('observables.reject_value')}
          onClose={() => setRejecting(false)}
          onReject={(decision) => {
            setRejecting(false)
            void decide.values([item], decision)
          }}
        />
      ) : null}
    </Page>
  )
}
