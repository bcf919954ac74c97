import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCan } from '~/api/session'
import { Page } from '~/shell/Page'
import { Button } from '~/ui/Button'
import { useTextOf } from '~/ui/KindFields'
import { EmptyState, ErrorState, Skeleton } from '~/ui/states'
import { toast } from '~/ui/Toast'
import { createSource, type SourceKind, sourceKey, sourcesKey } from '../api'
import { draftOf, freshForm } from './draft'
import { useKinds } from './kinds'
import { SourceForm } from './SourceForm'
import '../sources.css'

/** A new source: first its kind, then its fields and a dry run. */
export function NewSource({ kind }: { kind: string | undefined }) {
  const { t } = useTranslation()
  const can = useCan()
  const kinds = useKinds()
  if (!can('sources.manage')) {
    return (
      <Page>
        <EmptyState title={t('sources.not_allowed')} />
      </Page>
    )
  }
  if (kinds.error) {
    return (
      <Page>
        <ErrorState problem={kinds.error} onRetry={kinds.refetch} />
      </Page>
    )
  }
  if (!kinds.data) {
    return (
      <Page>
        <Skeleton width={40} />
      </Page>
    )
  }
  const chosen = kinds.data.find((each) => each.name === kind)
  return chosen ? <Fill key={chosen.name} kind={chosen} /> : <Choose kinds={kinds.data} />
}

const ORDER = ['folder', 'file', 'rss', 'web', 'sitemap', 'list', 'misp', 'github', 'drop', 'sample']

function Choose({ kinds }: { kinds: readonly SourceKind[] }) {
  const { t } = useTranslation()
  const textOf = useTextOf()
  const place = (kind: SourceKind) => (ORDER.indexOf(kind.name) + ORDER.length + 1) % (ORDER.length + 1)
  const sorted = [...kinds].sort((a, b) => place(a) - place(b))
  return (
    <Page lead={t('sources.choose_kind')}>
      <ul className="kind-cards">
        {sorted.map((kind) => (
          <li key={kind.name}>
            <Link to="/sources/new" search={{ kind: kind.name }} className="kind-card">
              <strong>{textOf(kind.label)}</strong>
              <span className="muted">{textOf(kind.help)}</span>
            </Link>
          </li>
        ))}
        <li>
          <Link to="/sources/presets" className="kind-card">
            <strong>{t('presets.title')}</strong>
            <span className="muted">{t('presets.lead')}</span>
          </Link>
        </li>
      </ul>
    </Page>
  )
}

function Fill({ kind }: { kind: SourceKind }) {
  const { t } = useTranslation()
  const textOf = useTextOf()
  const client = useQueryClient()
  const navigate = useNavigate()
  const [values, setValues] = useState(() => ({
    ...freshForm(kind.name),
    // What needs no setting up has a name already.
    ...(kind.fields.every((field) => !field.required) && kind.name === 'sample'
      ? { name: textOf(kind.label), schedule: '' }
      : {}),
    ...(kind.push ? { schedule: '', name: textOf(kind.label) } : {}),
  }))
  const save = useMutation({
    mutationFn: () => createSource(draftOf(values, kind.fields)),
    onSuccess: async (made) => {
      client.setQueryData(sourceKey(made.id), made)
      void client.invalidateQueries({ queryKey: sourcesKey })
      toast({ title: t('sources.made', { name: made.name }), tone: 'success' })
      await navigate({ to: '/sources/$id', params: { id: made.id } })
    },
  })
  return (
    <Page layout="full">
      <SourceForm
        kind={kind}
        values={values}
        onValues={setValues}
        onSave={() => save.mutate()}
        saving={save.isPending}
        problem={save.error}
        saveLabel={t('sources.make')}
        actions={
          <Button tone="quiet" onClick={() => void navigate({ to: '/sources/new' })}>
            {t('ui.back')}
          </Button>
        }
      />
    </Page>
  )
}
