import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Field } from '~/ui/Form'
import { Input } from '~/ui/Input'

const MIN_PASSWORD = 12

/** What two password fields hold, and whether it can be sent; the server's own policy decides in the end. */
export function useNewPassword() {
  const [password, setPassword] = useState('')
  const [repeat, setRepeat] = useState('')
  const [checked, setChecked] = useState(false)
  const short = [...password].length < MIN_PASSWORD
  const differs = password !== repeat
  return {
    password,
    repeat,
    setPassword,
    setRepeat,
    short: checked && short,
    differs: checked && !short && differs,
    /** Shows from now on what is wrong; true when nothing is. */
    check: () => {
      setChecked(true)
      return !short && !differs
    },
    clear: () => {
      setPassword('')
      setRepeat('')
      setChecked(false)
    },
  }
}

/** A new password, twice. `name` is the request's property. */
export function NewPassword(props: { state: ReturnType<typeof useNewPassword>; name?: string }) {
  const { t } = useTranslation()
  const { state } = props
  return (
    <>
      <Field
        name={props.name ?? 'password'}
        label={t('password.new')}
        hint={t('setup.password_hint', { min: MIN_PASSWORD })}
        error={state.short ? t('setup.password_short', { min: MIN_PASSWORD }) : undefined}
      >
        <Input
          type="password"
          value={state.password}
          onValue={state.setPassword}
          autoComplete="new-password"
          required
        />
      </Field>
      <Field
        name="repeat"
        label={t('setup.repeat')}
        error={state.differs ? t('setup.password_differs') : undefined}
      >
        <Input
          type="password"
          value={state.repeat}
          onValue={state.setRepeat}
          autoComplete="new-password"
          required
        />
      </Field>
    </>
  )
}
