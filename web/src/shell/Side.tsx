import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { keysOf } from '~/commands'
import { KeyHint } from '~/ui/KeyHint'
import { Brand } from './Brand'
import { places } from './places'

/** The menu: at the left, narrow if wanted; a bar at the bottom on a phone. */
export function Side() {
  const { t } = useTranslation()
  return (
    <nav className="side" aria-label={t('nav.label')}>
      <Link to="/" className="brand" aria-label="Vedette 前哨">
        <Brand />
      </Link>
      <div className="nav">
        {places.map(({ to, title, icon: Icon, command }) => (
          <Link
            key={to}
            to={to}
            className="nav-link"
            activeOptions={{ exact: to === '/', includeSearch: false }}
            aria-label={t(title)}
            title={t(title)}
          >
            <Icon className="icon" aria-hidden="true" />
            <span>{t(title)}</span>
            <KeyHint keys={keysOf(command) ?? ''} />
          </Link>
        ))}
      </div>
    </nav>
  )
}
