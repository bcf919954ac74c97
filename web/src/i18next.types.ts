import type en from './locales/en.json'

/*
 * What the compiler sees of i18next and react-i18next (tsconfig.json, "paths"). Their own types work
 * out the text of every key for every call; with a thousand keys that takes minutes and gigabytes.
 * Keys are checked as strictly here; parameters are checked by locales.test.ts.
 */

type Tree = { readonly [key: string]: string | Tree }

type Leaf<T extends Tree> = {
  [K in keyof T & string]: T[K] extends Tree ? `${K}.${Leaf<T[K]>}` : K
}[keyof T & string]

type Plain<K extends string> = K extends `${infer Base}_${'one' | 'other'}` ? Base : K

type Keys = Leaf<typeof en>

/** Every key of the locales; plurals by their common name too. */
export type ParseKeys = Keys | Plain<Keys>

export type TFunction = (key: ParseKeys, params?: Readonly<Record<string, unknown>>) => string

interface I18n {
  readonly language: string
  readonly t: TFunction
  use(plugin: unknown): I18n
  init(options: object): Promise<unknown>
  exists(key: string): boolean
  hasResourceBundle(language: string, namespace: string): boolean
  addResourceBundle(language: string, namespace: string, texts: object): unknown
  changeLanguage(language: string): Promise<unknown>
}

declare const i18next: I18n
export default i18next

export declare const initReactI18next: object

export declare function useTranslation(): { readonly t: TFunction; readonly i18n: I18n }
