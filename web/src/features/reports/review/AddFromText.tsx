import { useMutation, useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { keysOf } from '~/commands'
import { useCommands } from '~/commands/useCommands'
import { Button } from '~/ui/Button'
import { Add } from '~/ui/icons'
import { Select } from '~/ui/Select'
import { toast, toastProblem } from '~/ui/Toast'
import type { TextSelection } from '~/ui/text/TextDocument'
import { addClaims, extractFrom } from './add'
import { TYPES } from './TypeField'

const GUESS = 'guess'

/** Offers to claim what is selected in the text; the type is guessed and can be changed. */
export function AddFromText(props: {
  report: string
  document: string
  selection: TextSelection
  onDone: (added: boolean) => void
}) {
  const { t } = useTranslation()
  const { report, document, selection } = props
  const value = selection.text.trim()
  const [type, setType] = useState<string>(GUESS)
  const popover = useRef<HTMLDivElement>(null)
  const guess = useQuery({
    queryKey: ['extract', value],
    enabled: value.length > 0 && value.length <= 4000,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => extractFrom(value, signal),
  })
  const guessed = guess.data?.[0]
  const add = useMutation({
    mutationFn: () =>
      addClaims(report, [
        {
          value: guessed && type === GUESS ? guessed.original : value,
          ...(type === GUESS ? {} : { type }),
          mention: { document, start: selection.start, end: selection.end },
        },
      ]),
    onSuccess: (done) => {
      const [result] = done.results
      if (result?.status === 'refused') {
        toast({ tone: 'error', title: t('review.add_refused'), detail: result.message ?? '' })
        return
      }
      toast({ tone: 'success', title: t(result?.status === 'known' ? 'review.add_known' : 'review.added') })
      props.onDone(true)
    },
    onError: (cause) => toastProblem(cause),
  })
  useCommands('review', { 'review.add': () => add.mutate() })
  // It hangs on the window, beside the selection, and moves away with it.
  const [place, setPlace] = useState<{ left: number; top: number }>()
  useEffect(() => {
    const box = popover.current?.getBoundingClientRect()
    const { rect } = selection
    const width = box?.width ?? 300
    const height = box?.height ?? 40
    const below = rect.bottom + 6
    setPlace({
      left: Math.max(8, Math.min(window.innerWidth - width - 8, rect.left)),
      top: below + height > window.innerHeight ? Math.max(8, rect.top - height - 6) : below,
    })
  }, [selection])
  if (!value || value.length > 4000) return null
  return (
    <div
      ref={popover}
      className="add-popover"
      role="group"
      aria-label={t('review.add_title')}
      style={place ? { left: place.left, top: place.top } : { visibility: 'hidden' }}
    >
      <Select
        small
        aria-label={t('review.type')}
        value={type}
        onValue={setType}
        options={[
          {
            value: GUESS,
            label: guess.isPending ? t('review.guessing') : guessed ? guessed.type : t('review.guess_none'),
          },
          ...TYPES.map((each) => ({ value: each as string, label: each as string })),
        ]}
      />
      <Button
        small
        tone="primary"
        icon={<Add className="icon" />}
        keys={keysOf('review.add') ?? ''}
        busy={add.isPending}
        // The selection must outlive the click.
        onPointerDown={(event) => event.preventDefault()}
        onClick={() => add.mutate()}
      >
        {t('review.add')}
      </Button>
    </div>
  )
}
