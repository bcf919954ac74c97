import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Checkbox } from '~/ui/Checkbox'
import { Field } from '~/ui/Form'
import { Input } from '~/ui/Input'
import { Select } from '~/ui/Select'
import { beginning, formatSchedule, hoursOf, parseSchedule, SCHEDULE_MODES, type Schedule } from '../schedule'

/** When a source is visited: by hand, every so often, once a day, or as five cron fields. */
export function ScheduleField(props: { value: string; onValue: (value: string) => void }) {
  const { t } = useTranslation()
  const [schedule, setSchedule] = useState<Schedule>(() => parseSchedule(props.value))
  const set = (next: Schedule) => {
    setSchedule(next)
    props.onValue(formatSchedule(next))
  }
  return (
    <div className="schedule-field">
      <Field name="schedule" label={t('schedule.label')}>
        <Select
          value={schedule.mode}
          options={SCHEDULE_MODES.map((mode) => ({ value: mode, label: t(`schedule.mode_${mode}`) }))}
          onValue={(mode) => set(beginning(mode, props.value))}
        />
      </Field>
      {schedule.mode === 'every' ? (
        <>
          <Field name="schedule.count" label={t('schedule.interval')}>
            <Input
              inputMode="numeric"
              className="num"
              value={schedule.count}
              onValue={(count) => set({ ...schedule, count })}
              required
            />
          </Field>
          <Field name="schedule.unit" label={t('schedule.unit')}>
            <Select
              value={schedule.unit}
              options={[
                { value: 'm', label: t('schedule.minutes') },
                { value: 'h', label: t('schedule.hours') },
              ]}
              onValue={(unit) => set({ ...schedule, unit })}
            />
          </Field>
        </>
      ) : null}
      {schedule.mode === 'daily' ? (
        <>
          <Field name="schedule.time" label={t('schedule.time')}>
            <Input
              type="time"
              value={schedule.time}
              onValue={(time) => set({ ...schedule, time })}
              required
            />
          </Field>
          <div className="schedule-days">
            <Checkbox checked={schedule.weekdays} onChecked={(weekdays) => set({ ...schedule, weekdays })}>
              {t('schedule.weekdays')}
            </Checkbox>
          </div>
        </>
      ) : null}
      {schedule.mode === 'cron' ? (
        <div className="wide">
          <Field name="schedule.text" label={t('schedule.cron')} hint={t('schedule.cron_hint')}>
            <Input
              className="mono"
              value={schedule.text}
              onValue={(text) => set({ ...schedule, text })}
              spellCheck={false}
              required
            />
          </Field>
        </div>
      ) : null}
    </div>
  )
}

/** A schedule in words. */
export function ScheduleText({ value }: { value: string }) {
  const { t } = useTranslation()
  const schedule = parseSchedule(value)
  switch (schedule.mode) {
    case 'hand':
      return <span className="muted">{t('schedule.mode_hand')}</span>
    case 'every':
      return (
        <span className="num">
          {hoursOf(schedule) > 0
            ? t('schedule.every_hours', { count: hoursOf(schedule) })
            : t('schedule.every_minutes', { count: Number(schedule.count) })}
        </span>
      )
    case 'daily':
      return (
        <span className="num">
          {schedule.weekdays
            ? t('schedule.weekdays_at', { time: schedule.time })
            : t('schedule.daily_at', { time: schedule.time })}
        </span>
      )
    case 'cron':
      return <code>{schedule.text}</code>
  }
}
