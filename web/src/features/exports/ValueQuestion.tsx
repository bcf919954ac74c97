import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '~/ui/Button'
import { Field } from '~/ui/Form'
import { Input } from '~/ui/Input'
import { useSubmitOnEnter } from '~/ui/ime'

/** Asks for a value, in any writing; defanged is fine. */
export function ValueQuestion(props: {
  value: string | undefined
  label: string
  action: string
  onValue: (value: string | undefined) => void
}) {
  const { t } = useTranslation()
  const [text, setText] = useState(props.value ?? '')
  useEffect(() => setText(props.value ?? ''), [props.value])
  const submit = () => props.onValue(text.trim() || undefined)
  const onKeyDown = useSubmitOnEnter(submit)
  return (
    <div className="asking-line">
      <div className="grow">
        <Field name="value" label={props.label}>
          <Input
            value={text}
            onValue={setText}
            onKeyDown={onKeyDown}
            className="mono"
            spellCheck={false}
            maxLength={16384}
            placeholder={t('exports.value_placeholder')}
          />
        </Field>
      </div>
      <Button onClick={submit}>{props.action}</Button>
    </div>
  )
}
