/** The day of an instant in local time, as a date field has it; empty for none. */
export function dayOf(at: string | undefined): string {
  if (!at) return ''
  const d = new Date(at)
  if (Number.isNaN(d.getTime())) return ''
  const two = (n: number) => String(n).padStart(2, '0')
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`
}

/** The last moment of a day in local time; undefined where there is none. */
export function endOfDay(day: string): string | undefined {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day)
  if (!parts) return undefined
  const d = new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]), 23, 59, 59)
  return Number.isNaN(d.getTime()) ? undefined : d.toISOString()
}
