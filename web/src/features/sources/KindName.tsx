import { useTextOf } from '~/ui/KindFields'
import { useKinds } from './form/kinds'

/** What a kind of source is called. */
export function KindName({ kind }: { kind: string }) {
  const textOf = useTextOf()
  const kinds = useKinds()
  const name = textOf(kinds.data?.find((each) => each.name === kind)?.label) || kind
  return <span title={name}>{name}</span>
}
