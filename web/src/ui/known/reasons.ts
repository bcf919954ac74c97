import i18next, { type ParseKeys } from 'i18next'

/** A reason of a rejection in the person's language; one written freely stands as it is. */
export function reasonText(reason: string): string {
  // Reasons come from the server, so that the key cannot be typed.
  const key = `reason.${reason}` as ParseKeys
  return /^\w+$/.test(reason) && i18next.exists(key) ? i18next.t(key) : reason
}
