import i18next from 'i18next'
import type { FieldError, Problem } from '~/api/problem'
import { textOf } from '~/i18n'

/**
 * The text of an error code in the person's language: the locale's `errors.<code>` filled with
 * the server's parameters, else the server's own English text, else what the kind means.
 */
export function problemText(problem: Problem): string {
  const text =
    codeText(problem.code, problem.params) ??
    (problem.detail || codeText(problem.kind, problem.params) || codeText('internal', {}) || problem.code)
  return problem.subject ? `${problem.subject}: ${text}` : text
}

export function fieldErrorText(error: FieldError): string {
  return codeText(error.code, error.params) ?? (error.message || codeText('invalid', {}) || error.code)
}

/** The text of a code of the server in the person's language; undefined when there is none. */
export function codeText(code: string, params: Record<string, unknown>): string | undefined {
  const key = `errors.${code}`
  if (!/^\w+$/.test(code) || !i18next.exists(key)) return undefined
  return textOf(key, params)
}
