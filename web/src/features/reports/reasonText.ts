import type { ParseKeys, TFunction } from 'i18next'
import i18next from 'i18next'

function textOf(t: TFunction, key: string, code: string): string {
  return /^\w+$/.test(code) && i18next.exists(key) ? t(key as ParseKeys) : code
}

/** Why a claim was rejected, in the person's language, or as somebody has written it. */
export function reasonText(t: TFunction, reason: string): string {
  const code = reason.replaceAll('-', '_')
  return textOf(t, `review.reason_${code}`, code) === code ? reason : t(`review.reason_${code}` as ParseKeys)
}

/** Why a candidate was not claimed; a warninglist's name stays as it is. */
export function suppressionText(t: TFunction, reason: string): string {
  const code = reason.replaceAll('-', '_')
  return textOf(t, `review.why_${code}`, code) === code ? reason : t(`review.why_${code}` as ParseKeys)
}
