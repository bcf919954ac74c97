import type { ReactNode } from 'react'
import { LANGUAGES, languagePreference, setLanguage } from '~/i18n'
import { Button } from '~/ui/Button'
import { usePreference } from '~/ui/preferences'
import { Brand } from './Brand'

/** The frame of the pages before login. */
export function Gate({ title, lead, children }: { title: string; lead?: ReactNode; children: ReactNode }) {
  const language = usePreference(languagePreference)
  return (
    <div className="gate">
      <main>
        <div className="brand">
          <Brand />
        </div>
        <div className="gate-card">
          <h1>{title}</h1>
          {lead ? <p className="lead">{lead}</p> : null}
          {children}
        </div>
      </main>
      <footer>
        {LANGUAGES.map((each) => (
          <Button
            key={each.id}
            tone="quiet"
            small
            lang={each.tag}
            aria-pressed={language === each.id}
            onClick={() => void setLanguage(each.id)}
          >
            {each.name}
          </Button>
        ))}
      </footer>
    </div>
  )
}
