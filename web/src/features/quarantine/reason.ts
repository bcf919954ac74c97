import { codeText } from '~/ui/problemText'
import { visible } from '~/ui/Value'

/** Why something failed, in the person's language where the code has a text. */
export function reasonOf(item: {
  code: string
  reason: string
  params?: Record<string, unknown> | undefined
}): string {
  return visible(codeText(item.code, item.params ?? {}) ?? item.reason)
}
