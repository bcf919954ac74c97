import { type KeyboardEvent, useCallback } from 'react'

interface KeyLike {
  key: string
  keyCode: number
  isComposing?: boolean
  nativeEvent?: { isComposing?: boolean }
}

/**
 * Tells whether a key press belongs to an input method that is composing (Pinyin, Kana,
 * Hangul): Enter then takes a candidate and must never submit. Safari ends the composition
 * before it sends the key, which only the key code 229 still shows.
 */
export function isComposing(event: KeyLike): boolean {
  return event.isComposing === true || event.nativeEvent?.isComposing === true || event.keyCode === 229
}

/** Answers an onKeyDown that runs `submit` on Enter, and on nothing an input method sends. */
export function useSubmitOnEnter(
  submit: () => void,
  options: { mod?: boolean } = {},
): (event: KeyboardEvent<HTMLElement>) => void {
  const needsMod = options.mod ?? false
  return useCallback(
    (event) => {
      if (event.key !== 'Enter' || isComposing(event)) return
      if (needsMod && !event.ctrlKey && !event.metaKey) return
      event.preventDefault()
      submit()
    },
    [submit, needsMod],
  )
}

/** For a form: keeps Enter during composition from the browser's own implicit submission. */
export function stopComposingEnter(event: KeyboardEvent<HTMLElement>): void {
  if (event.key === 'Enter' && isComposing(event)) event.preventDefault()
}
