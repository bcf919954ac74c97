import { useTranslation } from 'react-i18next'
import { Tip } from '../Tooltip'

/** How bad a value is, 0–100: the number, and a bar for the eye that scans a column. */
export function Score({ score, large }: { score: number; large?: boolean }) {
  const { t } = useTranslation()
  return (
    <span className={`score ${scoreBand(score)} ${large ? 'large' : ''}`.trim()}>
      <span className="sr-only">{t('known.score')}: </span>
      <b className="num">{score}</b>
      <i aria-hidden="true" style={{ '--score': `${Math.max(0, Math.min(100, score))}%` } as object} />
    </span>
  )
}

/** The bands that colours follow; the number stands beside in any case. */
export function scoreBand(score: number): 'none' | 'low' | 'middle' | 'high' {
  if (score <= 0) return 'none'
  if (score < 30) return 'low'
  return score < 60 ? 'middle' : 'high'
}

/** A count that means more with its unit in words on hover. */
export function Count({ count, text }: { count: number; text: string }) {
  return (
    <Tip text={text}>
      <span className="num">{count.toLocaleString()}</span>
    </Tip>
  )
}
