import { useQuery } from '@tanstack/react-query'
import { Problem } from '~/api/problem'

/** What this viewer reads of a JSON Schema as the server writes it. */
export interface JsonSchema {
  $ref?: string
  type?: string | string[]
  format?: string
  description?: string
  enum?: unknown[]
  examples?: unknown[]
  default?: unknown
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  items?: JsonSchema
  properties?: Record<string, JsonSchema>
  required?: string[]
  additionalProperties?: boolean | JsonSchema
}

interface Content {
  content?: Record<string, { schema?: JsonSchema }>
  description?: string
}

export interface Parameter {
  name: string
  in: string
  required?: boolean
  description?: string
  schema?: JsonSchema
}

interface OperationBody {
  operationId?: string
  summary?: string
  description?: string
  tags?: string[]
  parameters?: Parameter[]
  requestBody?: Content
  responses?: Record<string, Content>
}

export interface Description {
  info: { title: string; version: string; description?: string }
  servers?: { url: string }[]
  paths: Record<string, Record<string, OperationBody>>
  components?: { schemas?: Record<string, JsonSchema> }
}

/** One thing the API can do. */
export interface Operation extends OperationBody {
  id: string
  method: string
  path: string
  tag: string
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete']

/** All operations by tag, in the order of the description. */
export function operationsOf(description: Description): Map<string, Operation[]> {
  const out = new Map<string, Operation[]>()
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const method of METHODS) {
      const body = methods[method]
      if (!body) continue
      const tag = body.tags?.[0] ?? ''
      const list = out.get(tag) ?? []
      list.push({ ...body, id: body.operationId ?? `${method} ${path}`, method, path, tag })
      out.set(tag, list)
    }
  }
  return new Map([...out].sort(([a], [b]) => a.localeCompare(b)))
}

/** The schema that a reference names, with that name. */
export function resolve(description: Description, schema: JsonSchema): { schema: JsonSchema; name: string } {
  const name = schema.$ref?.split('/').at(-1) ?? ''
  const found = description.components?.schemas?.[name]
  return found ? { schema: found, name } : { schema, name: '' }
}

/** The type of a schema in a few words: "array of Report", "string (date-time)". */
export function typeText(schema: JsonSchema | undefined): string {
  if (!schema) return ''
  const name = schema.$ref?.split('/').at(-1)
  if (name) return name
  const types = [schema.type ?? 'any'].flat()
  const words = types.map((type) => {
    if (type === 'array') return `array of ${typeText(schema.items) || 'any'}`
    if (type === 'object' && typeof schema.additionalProperties === 'object')
      return `map of ${typeText(schema.additionalProperties)}`
    return schema.format && type !== 'null' ? `${type} (${schema.format})` : type
  })
  return words.join(' | ')
}

/** Limits and choices of a value, one short text each. */
export function limitsOf(schema: JsonSchema): string[] {
  const out: string[] = []
  if (schema.enum) out.push(schema.enum.map((each) => JSON.stringify(each)).join(' · '))
  const range = (least: number | undefined, most: number | undefined, unit: string) => {
    if (least !== undefined || most !== undefined) out.push(`${least ?? ''}…${most ?? ''}${unit}`)
  }
  range(schema.minimum, schema.maximum, '')
  range(schema.minLength, schema.maxLength, ' chars')
  range(schema.minItems, schema.maxItems, ' items')
  if (schema.default !== undefined) out.push(`= ${JSON.stringify(schema.default)}`)
  return out
}

/** A value that fits a schema, for examples. */
export function exampleOf(description: Description, schema: JsonSchema | undefined, depth = 0): unknown {
  if (!schema || depth > 4) return null
  const found = resolve(description, schema).schema
  if (found.examples?.[0] !== undefined) return found.examples[0]
  if (found.enum?.[0] !== undefined) return found.enum[0]
  if (found.default !== undefined) return found.default
  switch ([found.type].flat()[0]) {
    case 'object': {
      const required = found.required ?? []
      const names = Object.keys(found.properties ?? {}).filter((name) => required.includes(name))
      return Object.fromEntries(
        names.map((name) => [name, exampleOf(description, found.properties?.[name], depth + 1)]),
      )
    }
    case 'array':
      return found.items ? [exampleOf(description, found.items, depth + 1)] : []
    case 'integer':
    case 'number':
      return found.minimum ?? 0
    case 'boolean':
      return false
    case 'string':
      return found.format === 'date-time' ? '2027-01-31T12:00:00Z' : '…'
  }
  return null
}

/** A command line that calls an operation. */
export function curlOf(description: Description, op: Operation, origin: string): string {
  const base = origin + (description.servers?.[0]?.url ?? '')
  const query = (op.parameters ?? []).filter((each) => each.in === 'query' && each.required)
  const search = query.map((each) => `${each.name}=…`).join('&')
  const parts = ['curl -H "Authorization: Bearer $VEDETTE_KEY"']
  if (op.method !== 'get') parts.push(`-X ${op.method.toUpperCase()}`)
  const [type, body] = Object.entries(op.requestBody?.content ?? {})[0] ?? []
  if (type?.includes('json')) {
    parts.push(`-H 'Content-Type: ${type}'`, `-d '${JSON.stringify(exampleOf(description, body?.schema))}'`)
  } else if (type) {
    parts.push(`-H 'Content-Type: ${type}'`, '--data-binary @FILE')
  }
  parts.push(`'${base}${op.path}${search ? `?${search}` : ''}'`)
  return parts.join(' \\\n  ')
}

/** The API's own description of itself. */
export function useDescription() {
  return useQuery({
    queryKey: ['openapi'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }): Promise<Description> => {
      const response = await fetch('/api/v1/openapi.json', { signal })
      if (!response.ok) throw await Problem.fromResponse(response)
      return response.json()
    },
  })
}
