// First load: everything the browser needs before the first page shows, that is index.html,
// its scripts and styles, what they import statically, and the bigger of the two languages.
// Fails at 300 KB (1 KB = 1,000 bytes) after gzip. Needs `npm run build` first.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const LIMIT = 300_000
const dir = new URL('../dist/app/', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dir), 'utf8'))
const packed = (file) => gzipSync(readFileSync(new URL(file, dir)), { level: 9 }).length

function closure(keys, seen = new Set()) {
  for (const key of keys) {
    const chunk = manifest[key]
    if (!chunk || seen.has(key)) continue
    seen.add(key)
    closure(chunk.imports ?? [], seen)
  }
  return seen
}

function files(keys) {
  const out = new Set()
  for (const key of closure(keys)) {
    out.add(manifest[key].file)
    for (const css of manifest[key].css ?? []) out.add(css)
  }
  return out
}

const entry = Object.keys(manifest).filter((key) => manifest[key].isEntry)
const first = files(entry)
const languages = Object.keys(manifest).filter((key) => /locales\/\w+\.json$/.test(key))
const language = languages.map((key) => manifest[key].file).sort((a, b) => packed(b) - packed(a))[0]
// The page a person lands on is a split route: its chunk counts too.
const home = files(Object.keys(manifest).filter((key) => /routes\/_app(\/index)?\.tsx/.test(key)))
for (const file of home) first.add(file)
if (language) first.add(language)

let total = 0
for (const file of ['index.html', 'boot.js', ...first]) {
  const size = packed(file)
  total += size
  console.log(`${String(size).padStart(8)}  ${file}`)
}
console.log(`${String(total).padStart(8)}  first load, gzip (limit ${LIMIT})`)
if (total > LIMIT) process.exit(1)
