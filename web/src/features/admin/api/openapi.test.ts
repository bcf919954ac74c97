import { expect, test } from 'vitest'
import { curlOf, type Description, exampleOf, limitsOf, operationsOf, typeText } from './openapi'

const description: Description = {
  info: { title: 'T', version: '1' },
  servers: [{ url: '/api/v1' }],
  paths: {
    '/b': {
      post: {
        operationId: 'make-b',
        tags: ['b'],
        requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/B' } } } },
      },
    },
    '/a/{id}': {
      get: { operationId: 'get-a', tags: ['a'], parameters: [{ name: 'q', in: 'query', required: true }] },
      delete: { operationId: 'delete-a', tags: ['a'] },
    },
  },
  components: {
    schemas: {
      B: {
        type: 'object',
        required: ['name', 'next', 'kind'],
        properties: {
          name: { type: 'string', examples: ['x'] },
          kind: { type: 'string', enum: ['one', 'two'] },
          next: { $ref: '#/components/schemas/B' },
          left: { type: 'integer' },
        },
      },
    },
  },
}

test('operations stand by tag', () => {
  const found = operationsOf(description)
  expect([...found.keys()]).toEqual(['a', 'b'])
  expect(found.get('a')?.map((op) => op.id)).toEqual(['get-a', 'delete-a'])
})

test('types and limits are said in few words', () => {
  expect(typeText({ type: 'array', items: { $ref: '#/components/schemas/B' } })).toBe('array of B')
  expect(typeText({ type: ['string', 'null'], format: 'date-time' })).toBe('string (date-time) | null')
  expect(limitsOf({ minimum: 1, maximum: 9, default: 3 })).toEqual(['1…9', '= 3'])
})

test('an example ends where a schema holds itself', () => {
  const example = exampleOf(description, { $ref: '#/components/schemas/B' }) as Record<string, unknown>
  expect(example.name).toBe('x')
  expect(example.kind).toBe('one')
  expect('left' in example).toBe(false)
  expect(JSON.stringify(example).length).toBeLessThan(400)
})

test('a command line names what is needed', () => {
  const all = [...operationsOf(description).values()].flat()
  const get = all.find((op) => op.id === 'get-a')
  expect(get && curlOf(description, get, 'https://ti.example')).toContain(
    "'https://ti.example/api/v1/a/{id}?q=…'",
  )
  const post = all.find((op) => op.id === 'make-b')
  expect(post && curlOf(description, post, '')).toContain('-X POST')
})
