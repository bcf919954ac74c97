import i18next from 'i18next'
import type { FieldError, Problem } from '~/api/problem'
import { textOf } from '~/i18n'

/**
 * The text of an error in the person's language: in English the server's own, which is exact where
 * one code has several texts; else the locale's `errors.<code>` filled with the server's
 * parameters, else the server's English, else what the kind means.
 */
export function problemText(problem: Problem): string {
  const text =
    saidInEnglish(problem) ??
    codeText(problem.code, problem.params) ??
    (problem.detail || codeText(problem.kind, problem.params) || codeText('internal', {}) || problem.code)
  return problem.subject ? `${problem.subject}: ${text}` : text
}

/** What the server said, for those who read English; not what the browser says of a lost connection. */
function saidInEnglish(problem: Problem): string | undefined {
  const own = problem.status > 0 && problem.code !== 'console_error'
  return own && i18next.language === 'en' ? problem.detail || undefined : undefined
}

export function fieldErrorText(error: FieldError): string {
  if (i18next.language === 'en' && error.message) return error.message
  return codeText(error.code, error.params) ?? (error.message || codeText('invalid', {}) || error.code)
}

/** The text of a code of the server in the person's language; undefined when there is none. */
export function codeText(code: string, params: Record<string, unknown>): string | undefined {
  const key = `errors.${code}`
  if (!/^\w+$/.test(code) || !i18next.exists(key)) return undefined
  return textOf(key, params)
}
