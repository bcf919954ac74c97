import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { preference } from './ui/preferences'

export type Language = 'en' | 'zh'

/** The languages, each named in itself. */
export const LANGUAGES: readonly { id: Language; name: string; tag: string }[] = [
  { id: 'en', name: 'English', tag: 'en' },
  { id: 'zh', name: '简体中文', tag: 'zh-CN' },
]

export const languagePreference = preference<Language>('vedette.language', ['en', 'zh'], browserLanguage())

function browserLanguage(): Language {
  return typeof navigator !== 'undefined' && navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

// Only the language in use is loaded; each is a file of its own in the build.
const loaders: Record<Language, () => Promise<{ default: object }>> = {
  en: () => import('./locales/en.json'),
  zh: () => import('./locales/zh.json'),
}

async function load(language: Language): Promise<void> {
  if (i18next.hasResourceBundle(language, 'translation')) return
  i18next.addResourceBundle(language, 'translation', (await loaders[language]()).default)
}

/** Loads the texts before the first render, so that no key ever shows. */
export async function startI18n(): Promise<void> {
  const language = languagePreference.get()
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    resources: {},
    // {name} as in package errs of the server, which reads the same files. React escapes.
    interpolation: { prefix: '{', suffix: '}', escapeValue: false },
  })
  await apply(language)
}

export async function setLanguage(language: Language): Promise<void> {
  languagePreference.set(language)
  await apply(language)
}

async function apply(language: Language): Promise<void> {
  await load(language)
  await i18next.changeLanguage(language)
  document.documentElement.lang = LANGUAGES.find((l) => l.id === language)?.tag ?? 'en'
}

type Loose = (key: string, params?: Record<string, unknown>) => string

/** The text of a key that is known only while running, in the present language. */
export const textOf: Loose = (key, params) => (i18next.t as unknown as Loose)(key, params)
