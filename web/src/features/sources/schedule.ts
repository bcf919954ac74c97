/** When a source is visited, as the form asks for it. Times are UTC, as the server reads them. */
export type Schedule =
  | { mode: 'hand' }
  | { mode: 'every'; count: string; unit: 'm' | 'h' }
  | { mode: 'daily'; time: string; weekdays: boolean }
  | { mode: 'cron'; text: string }

export const SCHEDULE_MODES = ['hand', 'every', 'daily', 'cron'] as const

const NAMED: Record<string, Schedule> = {
  '@hourly': { mode: 'every', count: '1', unit: 'h' },
  '@daily': { mode: 'daily', time: '00:00', weekdays: false },
  '@midnight': { mode: 'daily', time: '00:00', weekdays: false },
}

/** Reads what the server stores; whatever the form has no fields for stays a text. */
export function parseSchedule(text: string): Schedule {
  const spec = text.trim()
  if (spec === '') return { mode: 'hand' }
  const named = NAMED[spec]
  if (named) return named
  const every = /^@every (\d+)([mh])$/.exec(spec)
  if (every) return { mode: 'every', count: every[1] ?? '', unit: every[2] === 'h' ? 'h' : 'm' }
  const daily = /^(\d{1,2}) (\d{1,2}) \* \* (\*|1-5)$/.exec(spec)
  if (daily && Number(daily[1]) < 60 && Number(daily[2]) < 24) {
    const time = `${(daily[2] ?? '').padStart(2, '0')}:${(daily[1] ?? '').padStart(2, '0')}`
    return { mode: 'daily', time, weekdays: daily[3] === '1-5' }
  }
  return { mode: 'cron', text: spec }
}

/** Writes it as the server takes it. */
export function formatSchedule(schedule: Schedule): string {
  switch (schedule.mode) {
    case 'hand':
      return ''
    case 'every':
      return `@every ${schedule.count.trim()}${schedule.unit}`
    case 'daily': {
      const [hour, minute] = schedule.time.split(':').map(Number)
      return `${minute ?? 0} ${hour ?? 0} * * ${schedule.weekdays ? '1-5' : '*'}`
    }
    case 'cron':
      return schedule.text.trim()
  }
}

/** What a mode begins with when it is chosen. */
export function beginning(mode: Schedule['mode'], before: string): Schedule {
  switch (mode) {
    case 'hand':
      return { mode }
    case 'every':
      return { mode, count: '30', unit: 'm' }
    case 'daily':
      return { mode, time: '06:00', weekdays: false }
    case 'cron':
      return { mode, text: before || '0 */6 * * *' }
  }
}

/** An interval in whole hours, 0 where it is none. */
export function hoursOf(schedule: { count: string; unit: 'm' | 'h' }): number {
  const count = Number(schedule.count)
  if (schedule.unit === 'h') return count
  return count > 0 && count % 60 === 0 ? count / 60 : 0
}
