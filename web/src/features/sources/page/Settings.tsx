import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { saveVersioned } from '~/ui/ConflictDialog'
import { ErrorState, Skeleton } from '~/ui/states'
import { toast, toastProblem } from '~/ui/Toast'
import { refreshSources } from '../actions'
import { editSource, getSource, type Source, type SourceEdit, type SourceKind, sourceKey } from '../api'
import { editOf, formOf } from '../form/draft'
import { useKinds } from '../form/kinds'
import { SourceForm } from '../form/SourceForm'

/** How a source is set up. */
export function Settings({ source }: { source: Source }) {
  const kinds = useKinds()
  const [base, setBase] = useState(source)
  const kind = kinds.data?.find((each) => each.name === source.kind)
  if (kinds.error) return <ErrorState problem={kinds.error} onRetry={kinds.refetch} />
  if (!kind) return <Skeleton width={40} />
  // A new base begins the form anew: after saving, or with what somebody else wrote.
  return <Edit key={base.version} source={base} kind={kind} onBase={setBase} />
}

function Edit(props: { source: Source; kind: SourceKind; onBase: (source: Source) => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const { source, kind } = props
  const [values, setValues] = useState(() => formOf(source))
  const shown = (now: Source) => {
    client.setQueryData(sourceKey(now.id), now)
    void refreshSources(client)
    props.onBase(now)
  }
  const save = useMutation({
    mutationFn: async () => {
      const change = editOf(values, source, kind.fields)
      if (Object.keys(change).length === 0) return
      let latest = source
      const now = await saveVersioned({
        etag: String(source.version),
        write: (version) => editSource(source.id, { ...change, version: Number(version) }),
        reload: async () => {
          latest = await getSource(source.id, new AbortController().signal)
          return String(latest.version)
        },
      })
      if (!now) {
        if (latest !== source) shown(latest)
        return
      }
      shown(now)
      const back = inverse(change, source)
      toast({
        title: t('sources.saved'),
        tone: 'success',
        ...(back ? { undo: () => void editSource(source.id, back).then(shown, toastProblem) } : {}),
      })
    },
  })
  return (
    <SourceForm
      kind={kind}
      values={values}
      onValues={setValues}
      onSave={() => save.mutate()}
      saving={save.isPending}
      problem={save.error}
      saveLabel={t('ui.save')}
      secretsSet={source.secrets_set}
      sourceId={source.id}
    />
  )
}

/** The edit that brings back what another one changes; none where a secret was overwritten. */
function inverse(
  change: Omit<SourceEdit, 'version'>,
  source: Source,
): Omit<SourceEdit, 'version'> | undefined {
  if (change.secrets) return undefined
  const before: Record<string, unknown> = { ...source }
  return Object.fromEntries(Object.keys(change).map((name) => [name, before[name]]))
}
