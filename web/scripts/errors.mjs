// Compares the error codes of the server's source with the texts in src/locales: prints every
// code without a text in each language, and texts whose {parameters} are not the template's.
// Codes whose text is built at run time ("_missing") are the server's own affair and skipped.
// With --strict it fails when anything is printed.
import { readdirSync, readFileSync } from 'node:fs'

const root = new URL('../../internal/', import.meta.url)
const call =
  /errs\.(?:New|Wrap)\((?:\w+,\s*)?errs\.\w+,\s*"([a-z][a-z0-9_]*)",\s*((?:"(?:[^"\\]|\\.)*"\s*\+?\s*)+)/g

const codes = new Map()
for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
  if (!name.endsWith('.go') || name.endsWith('_test.go')) continue
  for (const [, code, literals] of readFileSync(new URL(name, root), 'utf8').matchAll(call)) {
    const template = [...literals.matchAll(/"((?:[^"\\]|\\.)*)"/g)]
      .map((m) => JSON.parse(`"${m[1].replace(/\\x(..)/g, '\\u00$1')}"`))
      .join('')
    if (!codes.has(code)) codes.set(code, { template, place: name })
  }
}

const params = (text) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort().join(' ')
let faults = 0
for (const language of ['en', 'zh']) {
  const { errors } = JSON.parse(
    readFileSync(new URL(`../src/locales/${language}.json`, import.meta.url), 'utf8'),
  )
  for (const [code, { template, place }] of [...codes].sort()) {
    const text = errors[code]
    // Without an English text of its own the console shows the server's, which is English.
    if (text === undefined && language === 'en') continue
    if (text !== undefined && [...params(text).split(' ')].every((p) => p === '' || template.includes(p)))
      continue
    faults++
    console.log(
      `${language}  ${code}  ${place}\n    ${text === undefined ? template : `${text}  ≠  ${template}`}`,
    )
  }
}
console.log(`${codes.size} codes, ${faults} without a right text`)
if (faults > 0 && process.argv.includes('--strict')) process.exit(1)
