import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { useCan } from '~/api/session'
import { Button, buttonClass } from '~/ui/Button'
import { Add, Observable, Source } from '~/ui/icons'
import { Progress } from '~/ui/states'
import { toastProblem } from '~/ui/Toast'
import { homeKey, loadSamples } from './api'

const LOOK_AGAIN_MS = 1500

/** Nothing came in yet: three ways to begin. */
export function FirstRun({ onAdd }: { onAdd: (() => void) | undefined }) {
  const { t } = useTranslation()
  const can = useCan()
  const client = useQueryClient()
  const samples = useMutation({
    mutationFn: () => loadSamples(t('home.sample_name')),
    onError: toastProblem,
  })
  const reading = samples.isPending || samples.isSuccess
  useEffect(() => {
    if (!reading) return
    const timer = setInterval(() => void client.invalidateQueries({ queryKey: homeKey }), LOOK_AGAIN_MS)
    return () => clearInterval(timer)
  }, [reading, client])
  const manage = can('sources.manage')
  return (
    <section className="first-run" aria-label={t('home.first')}>
      <h2>{t('home.first')}</h2>
      <p>{t(manage || onAdd ? 'home.first_lead' : 'home.first_wait')}</p>
      <div className="ways">
        {manage ? (
          <div className="way">
            <Observable className="icon" aria-hidden="true" />
            <h3>{t('home.sample')}</h3>
            <p>{t('home.sample_lead')}</p>
            {reading ? (
              <Progress label={t('home.sample_reading')} />
            ) : (
              <Button tone="primary" onClick={() => samples.mutate()}>
                {t('home.sample_load')}
              </Button>
            )}
          </div>
        ) : null}
        {manage ? (
          <div className="way">
            <Source className="icon" aria-hidden="true" />
            <h3>{t('home.source')}</h3>
            <p>{t('home.source_lead')}</p>
            <Link to="/sources/new" className={buttonClass('normal')}>
              {t('home.source_add')}
            </Link>
          </div>
        ) : null}
        {onAdd ? (
          <div className="way">
            <Add className="icon" aria-hidden="true" />
            <h3>{t('home.paste')}</h3>
            <p>{t('home.paste_lead')}</p>
            <Button onClick={onAdd}>{t('home.add')}</Button>
          </div>
        ) : null}
      </div>
    </section>
  )
}
