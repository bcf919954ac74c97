import { useTranslation } from 'react-i18next'
import type { CursorPages } from '~/api/paging'
import { Problem } from '~/api/problem'
import { Button } from '../Button'
import { Busy, Retry } from '../icons'
import { problemText } from '../problemText'

/** Under the rows: more on its way, or why not. */
export function GridFoot<T>({ pages }: { pages: CursorPages<T> }) {
  const { t } = useTranslation()
  if (pages.loadingMore) {
    return (
      <div className="grid-foot" role="status">
        <Busy className="icon spin" aria-hidden="true" /> {t('ui.loading')}
      </div>
    )
  }
  if (pages.problem) {
    return (
      <div className="grid-foot" role="alert">
        {problemText(Problem.from(pages.problem))}
        <Button small icon={<Retry className="icon" />} onClick={pages.retry}>
          {t('ui.retry')}
        </Button>
      </div>
    )
  }
  return null
}
