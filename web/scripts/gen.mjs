// Generates what is not committed: the API's types from openapi.json, the route tree from
// src/routes. Idempotent, and quick enough to run before every test, lint and build.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { Generator, getConfig } from '@tanstack/router-generator'
import openapi, { astToString } from 'openapi-typescript'

const root = new URL('..', import.meta.url)
process.chdir(root.pathname)

const source = new URL('openapi.json', root)
const target = new URL('src/api/schema.gen.ts', root)
const banner = '// Generated from openapi.json by `npm run gen`. Do not edit.\n\n'
const text = banner + astToString(await openapi(source, { alphabetize: true, immutable: true }))
if (!existsSync(target) || readFileSync(target, 'utf8') !== text) writeFileSync(target, text)

const options = JSON.parse(readFileSync(new URL('routes.json', import.meta.url), 'utf8'))
const config = getConfig(options, root.pathname)
await new Generator({ config, root: root.pathname }).run()
