import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type DragEvent, type ReactNode, useCallback, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLiveEvents } from '~/api/events'
import { useCan } from '~/api/session'
import { keysOf } from '~/commands'
import { useCommands } from '~/commands/useCommands'
import { SearchBox } from '~/shell/SearchBox'
import { Button } from '~/ui/Button'
import { Add, Review } from '~/ui/icons'
import { ErrorState, Skeleton } from '~/ui/states'
import { type HomeData, homeKey, readHome } from './api'
import { Figures } from './Figures'
import { FirstRun } from './FirstRun'
import { Failing, Overlaps, ReportPart } from './parts'
import './home.css'

export interface AddStart {
  files?: readonly File[]
}

const KINDS = ['report', 'claim', 'source'] as const
const REFRESH_MS = 4000

/** The first page: look something up, and what waits for somebody. */
export function HomePage(props: { addDialog: (start: AddStart, close: () => void) => ReactNode }) {
  const { t } = useTranslation()
  const can = useCan()
  const navigate = useNavigate()
  const client = useQueryClient()
  const box = useRef<HTMLInputElement>(null)
  const [adding, setAdding] = useState<AddStart>()
  const home = useQuery({ queryKey: homeKey, queryFn: ({ signal }) => readHome(signal), staleTime: 10_000 })
  useLiveEvents(
    KINDS,
    useAtMostEvery(() => void client.invalidateQueries({ queryKey: homeKey }), REFRESH_MS),
  )
  const write = can('intel.write')
  const next = home.data?.mine.items[0] ?? home.data?.to_review.items[0]
  const review =
    can('intel.review') && next
      ? () => void navigate({ to: '/reports/$id', params: { id: next.id } })
      : undefined
  const add = write ? () => setAdding({}) : undefined
  useCommands('home', {
    'home.search': () => box.current?.focus(),
    'home.review': review,
    'home.add': add,
  })
  const onDrop = (event: DragEvent) => {
    const files = [...event.dataTransfer.files]
    if (!write || files.length === 0) return
    event.preventDefault()
    setAdding({ files })
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping files is a short cut; the button does the same
    <div
      className="page"
      onDragOver={(event) => {
        if (write && event.dataTransfer.types.includes('Files')) event.preventDefault()
      }}
      onDrop={onDrop}
    >
      <div className="home-page">
        <div className="home-search">
          <SearchBox large inputRef={box} />
          <p className="search-hint">{t('search.hint')}</p>
        </div>
        {home.data && !home.data.empty ? (
          <div className="home-actions">
            {review ? (
              <Button
                tone="primary"
                icon={<Review className="icon" />}
                keys={keysOf('home.review') ?? ''}
                onClick={review}
              >
                {t('home.review_next')}
              </Button>
            ) : null}
            {add ? (
              <Button icon={<Add className="icon" />} keys={keysOf('home.add') ?? ''} onClick={add}>
                {t('home.add')}
              </Button>
            ) : null}
          </div>
        ) : null}
        {home.error && !home.data ? (
          <ErrorState inset problem={home.error} onRetry={home.refetch} />
        ) : !home.data ? (
          <div className="home-figures" aria-hidden="true">
            <Skeleton width={60} />
          </div>
        ) : home.data.empty ? (
          <FirstRun onAdd={add} />
        ) : (
          <Now data={home.data} />
        )}
      </div>
      {adding ? props.addDialog(adding, () => setAdding(undefined)) : null}
    </div>
  )
}

/** What waits, what is new, what is broken. A part without anything is a word, not a box. */
function Now({ data }: { data: HomeData }) {
  const { t } = useTranslation()
  const quiet = [
    data.to_review.count === 0 ? t('home.nothing_to_review') : '',
    data.assets.count === 0 ? t('home.nothing_ours') : '',
    data.overlaps.count === 0 ? t('home.nothing_overlaps') : '',
    data.failing.count === 0 ? t('home.nothing_failing') : '',
  ].filter(Boolean)
  return (
    <>
      <Figures data={data} />
      <div className="home-parts">
        <div>
          <ReportPart part={data.assets} title={t('home.assets')} lead={t('home.assets_lead')} ours />
          <ReportPart part={data.to_review} title={t('home.to_review')} lead={t('home.to_review_lead')} />
          {data.to_review.count === 0 ? (
            <ReportPart part={data.arrived} title={t('home.arrived')} lead={t('home.arrived_lead')} />
          ) : null}
        </div>
        <div>
          <Overlaps part={data.overlaps} />
          <Failing part={data.failing} />
        </div>
      </div>
      {quiet.length > 0 ? <p className="home-quiet">{quiet.join(' ')}</p> : null}
    </>
  )
}

/** Runs `act` when asked, at most once in `ms`: the last asking is never lost. */
function useAtMostEvery(act: () => void, ms: number): () => void {
  const latest = useRef(act)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const last = useRef(0)
  useEffect(() => {
    latest.current = act
  })
  useEffect(() => () => clearTimeout(timer.current), [])
  return useCallback(() => {
    if (timer.current) return
    const wait = Math.max(0, last.current + ms - Date.now())
    timer.current = setTimeout(() => {
      timer.current = undefined
      last.current = Date.now()
      latest.current()
    }, wait)
  }, [ms])
}
