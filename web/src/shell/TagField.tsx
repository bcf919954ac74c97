import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '~/api/client'
import { Field } from '~/ui/Form'
import { Optional } from '~/ui/KindFields'
import { Combobox } from '~/ui/Select'

/** Tags of something, found by typing among those in use and in taxonomies; a new name is taken too. */
export function TagField(props: {
  name?: string
  label: string
  hint?: string
  value: readonly string[]
  onValue: (names: string[]) => void
}) {
  const { t } = useTranslation()
  const [text, setText] = useState('')
  const found = useQuery({
    queryKey: ['tags', 'suggest', text],
    staleTime: 60_000,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => api.get('/tags/suggest', { query: { q: text, limit: 20 }, signal }),
  })
  const typed = text.trim()
  const known = (found.data?.items ?? []).map((each) => ({
    value: each.name,
    label: each.expanded && each.expanded !== each.name ? `${each.name} – ${each.expanded}` : each.name,
  }))
  const chosen = props.value.map((each) => ({ value: each, label: each }))
  const fresh =
    typed && ![...known, ...chosen].some((each) => each.value.toLowerCase() === typed.toLowerCase())
      ? [{ value: typed, label: t('ui.new_tag', { name: typed }) }]
      : []
  const rest = [...fresh, ...known].filter((each) => !props.value.includes(each.value))
  return (
    <Field name={props.name ?? 'tags'} label={<Optional label={props.label} />} hint={props.hint}>
      <Combobox
        multiple
        options={[...chosen, ...rest]}
        value={props.value}
        onValue={props.onValue}
        onSearch={setText}
        loading={found.isFetching}
        aria-label={props.label}
      />
    </Field>
  )
}
