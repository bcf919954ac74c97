import { useMutation } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, type Schema } from '~/api/client'
import { useCursorPages } from '~/api/paging'
import { useCan } from '~/api/session'
import { Page } from '~/shell/Page'
import { Badge, type BadgeTone } from '~/ui/Badge'
import { Button } from '~/ui/Button'
import { Dialog, Drawer } from '~/ui/Dialog'
import { ClearFilters, FilterSelect, FilterText } from '~/ui/Filters'
import { Field } from '~/ui/Form'
import type { GridColumn } from '~/ui/grid/columns'
import { DataGrid } from '~/ui/grid/DataGrid'
import { Input } from '~/ui/Input'
import { History } from '~/ui/icons'
import { Notice } from '~/ui/Notice'
import { codeText } from '~/ui/problemText'
import { EmptyState, ErrorState, Skeleton } from '~/ui/states'
import { RelativeTime } from '~/ui/time'
import './admin.css'

type Entry = Schema<'Audit'>
const OUTCOMES = ['ok', 'denied', 'failed'] as const
type Outcome = (typeof OUTCOMES)[number]
const tones: Record<Outcome, BadgeTone> = { ok: 'neutral', denied: 'warning', failed: 'danger' }

export interface AuditSearch {
  action?: string | undefined
  object?: string | undefined
  outcome?: Outcome | undefined
  from?: string | undefined
  until?: string | undefined
}

const rowId = (row: Entry) => row.seq

/** The local day's begin as an instant, `days` later; undefined for no day. */
function startOf(day: string | undefined, days = 0): string | undefined {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day ?? '')
  if (!parts) return undefined
  const d = new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]) + days)
  return Number.isNaN(d.getTime()) ? undefined : d.toISOString()
}

/** Who did what, newest first; the chain shows whether something was taken out or changed. */
export function Audit(props: { search: AuditSearch; onSearch: (search: AuditSearch) => void }) {
  const { t } = useTranslation()
  const can = useCan()
  const { search, onSearch } = props
  const { action, object, outcome } = search
  const from = startOf(search.from)
  const until = startOf(search.until, 1)
  const [shown, setShown] = useState<Entry>()
  const [verifying, setVerifying] = useState(false)
  const pages = useCursorPages<Entry>({
    key: ['audit', { action, object, outcome, from, until }],
    fetchPage: (cursor, signal) =>
      api.get('/audit', {
        query: {
          ...(cursor ? { cursor } : {}),
          ...(action ? { action } : {}),
          ...(object ? { object } : {}),
          ...(outcome ? { outcome } : {}),
          ...(from ? { from } : {}),
          ...(until ? { until } : {}),
        },
        signal,
      }),
  })
  const columns = useMemo(() => auditColumns(t), [t])
  return (
    <Page
      layout="full"
      lead={t('audit.lead')}
      actions={
        can('system.manage') ? (
          <Button onClick={() => setVerifying(true)}>{t('audit.verify')}</Button>
        ) : undefined
      }
    >
      <DataGrid
        id="audit"
        label={t('audit.title')}
        columns={columns}
        rowId={rowId}
        pages={pages}
        onOpen={setShown}
        empty={<EmptyState title={t('audit.empty')} icon={<History className="icon" aria-hidden="true" />} />}
        toolbar={
          <>
            <FilterText
              value={action ?? ''}
              label={t('audit.action_find')}
              onValue={(next) => onSearch({ ...search, action: next || undefined })}
            />
            <FilterText
              value={object ?? ''}
              label={t('audit.object_find')}
              onValue={(next) => onSearch({ ...search, object: next || undefined })}
            />
            <FilterSelect<Outcome>
              label={t('audit.outcome')}
              any={t('audit.any_outcome')}
              value={outcome}
              options={OUTCOMES.map((each) => ({ value: each, label: t(`audit.outcome_${each}`) }))}
              onValue={(next) => onSearch({ ...search, outcome: next })}
            />
            <Input
              small
              className="date-fit"
              type="date"
              aria-label={t('audit.from')}
              title={t('audit.from')}
              value={search.from ?? ''}
              onValue={(next) => onSearch({ ...search, from: next || undefined })}
            />
            <Input
              small
              className="date-fit"
              type="date"
              aria-label={t('audit.until')}
              title={t('audit.until')}
              value={search.until ?? ''}
              onValue={(next) => onSearch({ ...search, until: next || undefined })}
            />
            <ClearFilters
              active={Boolean(action || object || outcome || search.from || search.until)}
              onClear={() => onSearch({})}
            />
          </>
        }
      />
      {shown ? <EntryDrawer entry={shown} onClose={() => setShown(undefined)} /> : null}
      {verifying ? <Verify onClose={() => setVerifying(false)} /> : null}
    </Page>
  )
}

function EntryDrawer({ entry, onClose }: { entry: Entry; onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <Drawer open onClose={onClose} title={<code>{entry.action}</code>} description={entry.object} width={520}>
      <div className="stack">
        <dl className="facts">
          <dt>{t('audit.at')}</dt>
          <dd>
            <RelativeTime at={entry.at} absolute />
          </dd>
          <dt>{t('audit.who')}</dt>
          <dd>{entry.actor_name || t('audit.nobody')}</dd>
          <dt>{t('audit.via')}</dt>
          <dd>{entry.via}</dd>
          <dt>{t('account.address')}</dt>
          <dd>
            <code>{entry.address || '–'}</code>
          </dd>
          <dt>{t('audit.outcome')}</dt>
          <dd>
            <OutcomeBadge outcome={entry.outcome} />
          </dd>
          <dt>{t('audit.link')}</dt>
          <dd>{entry.link ?? t('audit.not_linked')}</dd>
        </dl>
        {entry.detail ? <pre className="json">{JSON.stringify(entry.detail, null, 2)}</pre> : null}
      </div>
    </Drawer>
  )
}

function OutcomeBadge({ outcome }: { outcome: Outcome }) {
  const { t } = useTranslation()
  return <Badge tone={tones[outcome]}>{t(`audit.outcome_${outcome}`)}</Badge>
}

/** Reads the whole trail and says whether the chain holds. */
function Verify({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const [head, setHead] = useState('')
  const check = useMutation({
    mutationFn: () => api.post('/audit/verify', { body: head.trim() ? { head: head.trim() } : {} }),
  })
  const found = check.data
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('audit.verify')}
      description={t('audit.verify_lead')}
      footer={
        <>
          <Button onClick={onClose}>{t('ui.close')}</Button>
          <Button tone="primary" busy={check.isPending} onClick={() => check.mutate()}>
            {t('audit.verify_now')}
          </Button>
        </>
      }
    >
      <div className="stack">
        <Field name="head" label={t('audit.head')} hint={t('audit.head_hint')}>
          <Input className="mono" value={head} onValue={setHead} maxLength={200} spellCheck={false} />
        </Field>
        {check.isPending ? <Skeleton width={40} /> : null}
        {check.error ? <ErrorState inset problem={check.error} /> : null}
        {found ? (
          <>
            <Notice tone={found.holds ? 'success' : 'danger'}>
              {found.holds
                ? t('audit.holds', { count: Number(found.checked) })
                : t('audit.broken', {
                    why: found.problem
                      ? (codeText(found.problem.code, found.problem.params ?? {}) ??
                        found.problem.detail ??
                        '')
                      : '',
                  })}
            </Notice>
            {found.pending ? <p className="muted">{t('audit.pending')}</p> : null}
            <dl className="facts">
              <dt>{t('audit.first')}</dt>
              <dd>{found.first}</dd>
              <dt>{t('audit.newest')}</dt>
              <dd>
                <code>{found.head}</code>
              </dd>
            </dl>
          </>
        ) : null}
      </div>
    </Dialog>
  )
}

function auditColumns(t: ReturnType<typeof useTranslation>['t']): GridColumn<Entry>[] {
  return [
    { id: 'at', header: t('audit.at'), width: 130, cell: (row) => <RelativeTime at={row.at} absolute /> },
    {
      id: 'who',
      header: t('audit.who'),
      width: 130,
      cell: (row) => row.actor_name || <span className="muted">{t('audit.nobody')}</span>,
    },
    {
      id: 'action',
      header: t('audit.action'),
      width: 150,
      fixed: true,
      card: 'title',
      cell: (row) => <code>{row.action}</code>,
    },
    {
      id: 'object',
      header: t('audit.object'),
      width: 160,
      grow: true,
      cell: (row) => <span title={row.object}>{row.object}</span>,
    },
    {
      id: 'outcome',
      header: t('audit.outcome'),
      width: 90,
      cardBare: true,
      cell: (row) => <OutcomeBadge outcome={row.outcome} />,
    },
    { id: 'via', header: t('audit.via'), width: 75, cell: (row) => row.via },
    {
      id: 'address',
      header: t('account.address'),
      width: 110,
      card: 'none',
      cell: (row) => <code>{row.address}</code>,
    },
  ]
}
