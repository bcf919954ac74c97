/** A time as an input of type datetime-local shows it, in local time; empty when there is none. */
export function toLocal(at: string | undefined): string {
  if (!at) return ''
  const d = new Date(at)
  if (Number.isNaN(d.getTime())) return ''
  return new Date(d.getTime() - d.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

/** The same back, as the API takes it; undefined for nothing or nonsense. */
export function fromLocal(text: string): string | undefined {
  if (!text) return undefined
  const d = new Date(text)
  return Number.isNaN(d.getTime()) ? undefined : d.toISOString()
}
