/** One entry of the change log, as the API gives it. */
export interface Change {
  seq: string
  at: string
  actor?: string
  who: string
  op: 'create' | 'update' | 'delete' | 'revive' | 'purge'
  kind: string
  first: string
  last: string
  parent?: string
  before?: Readonly<Record<string, unknown>> | null
  after?: Readonly<Record<string, unknown>> | null
}

/** What a change did, as the history says it. */
export type Verb =
  | 'added'
  | 'accepted'
  | 'rejected'
  | 'reopened'
  | 'ids_on'
  | 'ids_off'
  | 'edited'
  | 'deleted'
  | 'restored'
  | 'purged'

/** Changes of one kind by one person in one go. */
export interface Action {
  seqs: string[]
  at: string
  who: string
  actor: string | undefined
  kind: string
  verb: Verb
  /** How many items. */
  count: number
  /** Of the first few. */
  items: string[]
  fields: FieldChange[]
  undoable: boolean
}

export interface FieldChange {
  field: string
  before: string
  after: string
}

// An action is written in one transaction; what follows within this time belongs to it.
const TOGETHER = 2000
const SHOWN = 4

export function verbOf(change: Change): Verb {
  const { op, before, after } = change
  if (op === 'create') return 'added'
  if (op === 'delete') return 'deleted'
  if (op === 'revive') return 'restored'
  if (op === 'purge') return 'purged'
  if (change.kind !== 'claim' || !before || !after) return 'edited'
  if (before.stated !== after.stated || before.type !== after.type) return 'edited'
  if (before.state !== after.state) {
    if (after.state === 'accepted') return 'accepted'
    return after.state === 'rejected' ? 'rejected' : 'reopened'
  }
  if (before.to_ids !== after.to_ids) return after.to_ids ? 'ids_on' : 'ids_off'
  return 'edited'
}

/** Joins entries of one action, newest first, so that 500 accepted claims are one line. */
export function groupChanges(changes: readonly Change[]): Action[] {
  const out: Action[] = []
  for (const change of changes) {
    const verb = verbOf(change)
    const count = Math.max(1, Number(change.last) - Number(change.first) + 1)
    const last = out.at(-1)
    const together =
      last &&
      last.kind === change.kind &&
      last.verb === verb &&
      last.who === change.who &&
      change.kind !== 'report' &&
      Math.abs(Date.parse(last.at) - Date.parse(change.at)) <= TOGETHER
    if (last && together) {
      last.seqs.push(change.seq)
      last.count += count
      if (last.items.length < SHOWN) last.items.push(change.first)
      last.fields = []
      continue
    }
    out.push({
      seqs: [change.seq],
      at: change.at,
      who: change.who,
      actor: change.actor,
      kind: change.kind,
      verb,
      count,
      items: [change.first],
      fields: fieldChanges(change),
      undoable: isUndoable(change),
    })
  }
  return out
}

/** What the server can reverse: it needs the state before. */
function isUndoable({ kind, before, op }: Change): boolean {
  if (kind === 'claim' || kind === 'report') return before !== undefined && before !== null
  return kind === 'correction' && op === 'create'
}

const HIDDEN = new Set(['version', 'correction'])

/** Which fields differ, in words that can be shown. */
export function fieldChanges({ before, after }: Change): FieldChange[] {
  if (!before || !after) return []
  const out: FieldChange[] = []
  const was = flat(before)
  const is = flat(after)
  for (const field of new Set([...Object.keys(was), ...Object.keys(is)])) {
    if (HIDDEN.has(field)) continue
    const a = plain(was[field])
    const b = plain(is[field])
    if (a !== b) out.push({ field, before: a, after: b })
  }
  return out
}

/** The label's levels stand beside the other fields; its ids mean nothing to people. */
function flat(state: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { acl, ...rest } = state
  if (typeof acl !== 'object' || acl === null) return rest
  const { tlp, pap, distribution } = acl as Partial<Record<string, unknown>>
  return { ...rest, tlp, pap, distribution }
}

function plain(value: unknown): string {
  if (value === undefined || value === null || value === '0001-01-01T00:00:00Z') return ''
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return value.map(plain).join(', ')
  if (typeof value === 'object' && 'name' in value) return plain(value.name)
  return JSON.stringify(value)
}
