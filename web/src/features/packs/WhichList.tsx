import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Badge } from '~/ui/Badge'
import { Button } from '~/ui/Button'
import { Dialog } from '~/ui/Dialog'
import { Field, Form } from '~/ui/Form'
import { Input } from '~/ui/Input'
import { Search } from '~/ui/icons'
import { ErrorState, Skeleton } from '~/ui/states'
import { Value, visible } from '~/ui/Value'
import { lookUp, packsKey } from './api'

/** Asks which lists hold a value. Only what is stored here is asked, nobody outside. */
export function WhichList(props: {
  value: string | undefined
  onValue: (value: string | undefined) => void
}) {
  const { t } = useTranslation()
  const [open, setOpen] = useState(props.value !== undefined)
  const [text, setText] = useState(props.value ?? '')
  const { value } = props
  const found = useQuery({
    queryKey: [...packsKey, 'which', value],
    enabled: open && Boolean(value),
    queryFn: async ({ signal }) => (await lookUp(value ?? '', signal)) ?? null,
  })
  const close = () => {
    setOpen(false)
    props.onValue(undefined)
  }
  return (
    <>
      <Button small icon={<Search className="icon" />} onClick={() => setOpen(true)}>
        {t('packs.which')}
      </Button>
      <Dialog open={open} onClose={close} title={t('packs.which')} description={t('packs.which_hint')}>
        <Form onSubmit={() => props.onValue(text.trim() || undefined)}>
          <div className="which-line">
            <Field name="value" label={t('observables.value')}>
              <Input className="mono" value={text} onValue={setText} spellCheck={false} required />
            </Field>
            <Button type="submit" tone="primary">
              {t('packs.ask')}
            </Button>
          </div>
        </Form>
        {value ? (
          <div className="which-answer" aria-live="polite">
            {found.error ? <ErrorState inset problem={found.error} onRetry={found.refetch} /> : null}
            {found.isPending && !found.error ? <Skeleton width={30} /> : null}
            {found.data ? (
              <>
                <Value wrap value={found.data.value} type={found.data.type} />
                {(found.data.lists?.length ?? 0) > 0 ? (
                  <ul>
                    {found.data.lists?.map((list) => (
                      <li key={list.id} className="inline">
                        <Badge tone={list.category === 'false_positive' ? 'warning' : 'neutral'}>
                          {t(
                            list.category === 'false_positive'
                              ? 'packs.category_false_positive'
                              : 'packs.category_known',
                          )}
                        </Badge>
                        {visible(list.name)}
                      </li>
                    ))}
                  </ul>
                ) : (
                  <p className="muted">{t('packs.on_none')}</p>
                )}
              </>
            ) : null}
          </div>
        ) : null}
      </Dialog>
    </>
  )
}
