import { useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { Problem } from '~/api/problem'
import { Button } from './Button'
import { Dialog } from './Dialog'
import { problemText } from './problemText'
import { RelativeTime } from './time'

type Answer = 'theirs' | 'mine' | 'cancel'

interface Pending {
  problem: Problem
  answer: (answer: Answer) => void
}

let pending: Pending | undefined
const listeners = new Set<() => void>()

function setPending(next: Pending | undefined) {
  pending = next
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function ask(problem: Problem): Promise<Answer> {
  pending?.answer('cancel')
  return new Promise((resolve) => {
    setPending({
      problem,
      answer: (answer) => {
        setPending(undefined)
        resolve(answer)
      },
    })
  })
}

/**
 * Writes with the version that was read. When somebody else was first, asks the person: their
 * state (`reload` shows it, nothing is written), or mine over it (`reload` answers the new
 * version, and the write is tried again). Undefined when nothing was written.
 */
export async function saveVersioned<T>(options: {
  etag: string
  write: (etag: string) => Promise<T>
  reload: () => Promise<string>
}): Promise<T | undefined> {
  let etag = options.etag
  for (;;) {
    try {
      return await options.write(etag)
    } catch (cause) {
      if (!(cause instanceof Problem) || !cause.conflict) throw cause
      const answer = await ask(cause)
      if (answer === 'cancel') return undefined
      etag = await options.reload()
      if (answer === 'theirs') return undefined
    }
  }
}

/** Once in the shell: shows who was first, when, and what they changed. */
export function ConflictHost() {
  const { t } = useTranslation()
  const current = useSyncExternalStore(subscribe, () => pending)
  if (!current) return null
  const { problem, answer } = current
  const { who, at, changed } = problem.params
  return (
    <Dialog
      open
      sticky
      onClose={() => answer('cancel')}
      title={typeof who === 'string' ? t('conflict.title_who', { who }) : t('conflict.title')}
      footer={
        <>
          <Button onClick={() => answer('cancel')}>{t('conflict.back')}</Button>
          <Button tone="danger" onClick={() => answer('mine')}>
            {t('conflict.mine')}
          </Button>
          <Button tone="primary" onClick={() => answer('theirs')}>
            {t('conflict.theirs')}
          </Button>
        </>
      }
    >
      <div className="stack">
        <p>{problemText(problem)}</p>
        <dl className="facts">
          {typeof at === 'string' ? (
            <>
              <dt>{t('conflict.when')}</dt>
              <dd>
                <RelativeTime at={at} />
              </dd>
            </>
          ) : null}
          {Array.isArray(changed) && changed.length > 0 ? (
            <>
              <dt>{t('conflict.what')}</dt>
              <dd>{changed.map(String).join(', ')}</dd>
            </>
          ) : null}
        </dl>
      </div>
    </Dialog>
  )
}
