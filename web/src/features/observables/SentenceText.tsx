import type { Sentence } from '~/api/intel'
import { visible } from '~/ui/Value'

/** The text around a mention, plain, with the value in it marked. */
export function SentenceText({ sentence, wrap }: { sentence: Sentence; wrap?: boolean }) {
  const { text, start, end } = sentence
  return (
    <span className={`sentence ${wrap ? 'wrap' : ''}`.trim()} title={wrap ? undefined : text}>
      {plain(text.slice(0, start))}
      <mark>{plain(text.slice(start, end))}</mark>
      {plain(text.slice(end))}
    </span>
  )
}

/** One line, with what cannot be seen made visible. */
function plain(text: string): string {
  return visible(text.replace(/[\t\r\n]+/g, ' '))
}
