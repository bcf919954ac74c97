import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CursorPages } from '~/api/paging'
import { useCan } from '~/api/session'
import { Page } from '~/shell/Page'
import { Badge, TlpBadge } from '~/ui/Badge'
import { Button } from '~/ui/Button'
import { Dialog } from '~/ui/Dialog'
import { ClearFilters, FilterSelect, FilterText } from '~/ui/Filters'
import type { GridColumn } from '~/ui/grid/columns'
import { DataGrid } from '~/ui/grid/DataGrid'
import { Lock } from '~/ui/icons'
import { useTextOf } from '~/ui/KindFields'
import { EmptyState } from '~/ui/states'
import { toast, toastProblem } from '~/ui/Toast'
import { editSource, installPreset, listPresets, type Preset, sourcesKey } from '../api'
import { useKinds } from '../form/kinds'
import { ScheduleText } from '../form/ScheduleField'
import type { PresetsSearch } from '../search'
import '../sources.css'

const rowId = (row: Preset) => row.id
const NONE: Preset[] = []
type Tlp = 'clear' | 'green' | 'amber' | 'amber+strict' | 'red' | ''

/** Public sources that can be taken over, with whose they are and under which licence. */
export function Presets({ search }: { search: PresetsSearch }) {
  const { t } = useTranslation()
  const textOf = useTextOf()
  const can = useCan()
  const navigate = useNavigate()
  const kinds = useKinds()
  const [open, setOpen] = useState<Preset>()
  const query = useQuery({
    queryKey: [...sourcesKey, 'presets'],
    queryFn: async ({ signal }) => (await listPresets(signal)).items,
  })
  const all = query.data ?? NONE
  const install = useInstall()
  const manage = can('sources.manage')
  const set = (change: PresetsSearch) =>
    void navigate({
      from: '/sources/presets',
      to: '/sources/presets',
      search: (now) => ({ ...now, ...change }),
      replace: true,
    })
  const rows = useMemo(() => {
    const q = search.q?.toLowerCase() ?? ''
    return all.filter(
      (each) =>
        (!search.kind || each.kind === search.kind) &&
        (!search.lang || each.lang === search.lang) &&
        [each.name.en, each.name.zh, each.help.en, each.help.zh, ...each.tags].some((text) =>
          text.toLowerCase().includes(q),
        ),
    )
  }, [all, search])
  const pages: CursorPages<Preset> = {
    rows,
    total: query.data ? rows.length : undefined,
    problem: query.error,
    loading: query.isPending,
    loadingMore: false,
    stale: false,
    hasMore: false,
    loadMore: () => {},
    retry: () => void query.refetch(),
  }
  const columns = useMemo(() => presetColumns(t), [t])
  const langs = [...new Set(all.map((each) => each.lang))].filter(Boolean).sort()
  const used = [...new Set(all.map((each) => each.kind))]
  const active = Boolean(search.q || search.kind || search.lang)
  return (
    <Page layout="full">
      <DataGrid
        id="presets"
        label={t('presets.title')}
        columns={columns}
        rowId={rowId}
        pages={pages}
        onOpen={setOpen}
        bulk={
          manage
            ? (chosen) => (
                <>
                  <Button
                    small
                    tone="primary"
                    onClick={() => void install(chosen.rows, true).then((ok) => ok && chosen.clear())}
                  >
                    {t('presets.add_on')}
                  </Button>
                  <Button
                    small
                    onClick={() => void install(chosen.rows, false).then((ok) => ok && chosen.clear())}
                  >
                    {t('presets.add_off')}
                  </Button>
                </>
              )
            : undefined
        }
        toolbar={
          <>
            <FilterText
              value={search.q ?? ''}
              onValue={(q) => set({ q: q || undefined })}
              label={t('presets.find')}
            />
            <FilterSelect
              label={t('sources.kind')}
              any={t('sources.any_kind')}
              value={search.kind}
              options={used.map((name) => ({
                value: name,
                label: textOf(kinds.data?.find((each) => each.name === name)?.label) || name,
              }))}
              onValue={(kind) => set({ kind })}
            />
            <FilterSelect
              label={t('presets.lang')}
              any={t('presets.any_lang')}
              value={search.lang}
              options={langs.map((each) => ({ value: each, label: each }))}
              onValue={(lang) => set({ lang })}
            />
            <ClearFilters
              active={active}
              onClear={() => set({ q: undefined, kind: undefined, lang: undefined })}
            />
          </>
        }
        empty={<EmptyState title={t('sources.none_match')} />}
      />
      {open ? (
        <About preset={open} manage={manage} install={install} onClose={() => setOpen(undefined)} />
      ) : null}
    </Page>
  )
}

function useInstall() {
  const { t } = useTranslation()
  const client = useQueryClient()
  return async (presets: readonly Preset[], enable: boolean): Promise<boolean> => {
    let count = 0
    let problem: unknown
    for (const preset of presets) {
      try {
        const made = await installPreset(preset.id)
        if (enable && !made.enabled) await editSource(made.id, { enabled: true })
        count++
      } catch (cause) {
        problem = cause
      }
    }
    await client.invalidateQueries({ queryKey: sourcesKey })
    if (problem !== undefined) toastProblem(problem)
    if (count > 0) toast({ title: t('presets.added', { count }), tone: 'success' })
    return problem === undefined
  }
}

function About(props: {
  preset: Preset
  manage: boolean
  install: (presets: readonly Preset[], enable: boolean) => Promise<boolean>
  onClose: () => void
}) {
  const { t } = useTranslation()
  const textOf = useTextOf()
  const { preset } = props
  const [busy, setBusy] = useState(false)
  const add = async (enable: boolean) => {
    setBusy(true)
    const done = await props.install([preset], enable)
    setBusy(false)
    if (done) props.onClose()
  }
  return (
    <Dialog
      open
      wide
      onClose={props.onClose}
      title={textOf(preset.name)}
      description={textOf(preset.help)}
      footer={
        preset.source ? (
          <Link to="/sources/$id" params={{ id: preset.source }} className="btn primary">
            {t('presets.to_source')}
          </Link>
        ) : props.manage ? (
          <>
            <Button busy={busy} onClick={() => void add(false)}>
              {t('presets.add_off')}
            </Button>
            <Button tone="primary" busy={busy} autoFocus onClick={() => void add(true)}>
              {t('presets.add_on')}
            </Button>
          </>
        ) : undefined
      }
    >
      <dl className="facts">
        <dt>{t('presets.homepage')}</dt>
        <dd>
          <OutLink href={preset.homepage} />
        </dd>
        <dt>{t('presets.licence')}</dt>
        <dd>
          {preset.licence}{' '}
          {preset.licence_url ? (
            <>
              · <OutLink href={preset.licence_url} />
            </>
          ) : null}
        </dd>
        <dt>{t('schedule.label')}</dt>
        <dd>
          <ScheduleText value={preset.schedule} />
        </dd>
        <dt>{t('sources.reliability')}</dt>
        <dd>{preset.reliability}</dd>
        <dt>TLP</dt>
        <dd>
          <TlpBadge level={preset.tlp as Tlp} />
        </dd>
        <dt>{t('sources.tags')}</dt>
        <dd>{preset.tags.join(', ') || '–'}</dd>
        {preset.secrets.length > 0 ? (
          <>
            <dt>{t('presets.needs')}</dt>
            <dd>{preset.secrets.join(', ')}</dd>
          </>
        ) : null}
      </dl>
    </Dialog>
  )
}

/** A publisher's own page, from our list of presets and never from a report; only https. */
function OutLink({ href }: { href: string }) {
  return href.startsWith('https://') ? (
    <a href={href} target="_blank" rel="noreferrer noopener">
      {href}
    </a>
  ) : (
    <span>{href}</span>
  )
}

/** A text of the server in the person's language. */
function InLanguage({ text, className }: { text: Preset['name']; className?: string }) {
  const words = useTextOf()(text)
  return (
    <span className={className} title={words}>
      {words}
    </span>
  )
}

function presetColumns(t: ReturnType<typeof useTranslation>['t']): GridColumn<Preset>[] {
  return [
    {
      id: 'name',
      header: t('sources.name'),
      width: 200,
      grow: true,
      fixed: true,
      card: 'title',
      cell: (row) => <InLanguage text={row.name} />,
    },
    {
      id: 'state',
      header: t('presets.state'),
      width: 104,
      cardBare: true,
      cell: (row) =>
        row.source ? (
          <Badge tone="success">{t('presets.have')}</Badge>
        ) : row.secrets.length > 0 ? (
          <Badge icon={<Lock className="icon" aria-hidden="true" />}>{t('presets.needs_key')}</Badge>
        ) : null,
    },
    {
      id: 'help',
      header: t('presets.about'),
      width: 280,
      grow: true,
      cardBare: true,
      cell: (row) => <InLanguage text={row.help} className="muted" />,
    },
    {
      id: 'licence',
      header: t('presets.licence'),
      width: 160,
      cell: (row) => <span title={row.licence}>{row.licence}</span>,
    },
    { id: 'lang', header: t('presets.lang'), width: 84, card: 'none', cell: (row) => row.lang },
    {
      id: 'reliability',
      header: t('sources.grade'),
      width: 64,
      card: 'none',
      cell: (row) => row.reliability,
    },
    {
      id: 'tlp',
      header: 'TLP',
      width: 108,
      card: 'none',
      hidden: true,
      cell: (row) => <TlpBadge level={row.tlp as Tlp} />,
    },
  ]
}
