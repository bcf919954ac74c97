import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, IconButton } from '~/ui/Button'
import { Dialog } from '~/ui/Dialog'
import { Help as HelpIcon } from '~/ui/icons'
import { QUERY_FIELDS } from '~/ui/query/complete'

const EXAMPLES = [
  { q: 'type:domain-name score:>=50', text: 'search.example_score' },
  { q: 'publishers:>=2 arrived:7d', text: 'search.example_overlap' },
  { q: '"silver fox" OR 银狐', text: 'search.example_words' },
  { q: 'net:198.51.100.0/24 -state:rejected', text: 'search.example_net' },
  { q: 'domain:example.org published:2026-01..2026-06', text: 'search.example_domain' },
  { q: 'own:yes listed:no', text: 'search.example_own' },
] as const

/** What can be asked, with examples to take over. */
export function Help({ onExample }: { onExample: (q: string) => void }) {
  const { t } = useTranslation()
  const [open, setOpen] = useState(false)
  return (
    <>
      <IconButton
        label={t('search.help')}
        icon={<HelpIcon className="icon" />}
        onClick={() => setOpen(true)}
      />
      <Dialog
        open={open}
        onClose={() => setOpen(false)}
        title={t('search.help')}
        wide
        footer={<Button onClick={() => setOpen(false)}>{t('ui.close')}</Button>}
      >
        <div className="search-help">
          <p>{t('search.help_lead')}</p>
          <h3>{t('search.examples')}</h3>
          <ul className="examples">
            {EXAMPLES.map((each) => (
              <li key={each.q}>
                <button
                  type="button"
                  className="link"
                  onClick={() => {
                    setOpen(false)
                    onExample(each.q)
                  }}
                >
                  <code>{each.q}</code>
                </button>
                <span>{t(each.text)}</span>
              </li>
            ))}
          </ul>
          <h3>{t('search.fields')}</h3>
          <dl>
            {QUERY_FIELDS.map((field) => (
              <div key={field}>
                <dt>
                  <code>{field}:</code>
                </dt>
                <dd>{t(`query.field_${field}`)}</dd>
              </div>
            ))}
          </dl>
        </div>
      </Dialog>
    </>
  )
}
