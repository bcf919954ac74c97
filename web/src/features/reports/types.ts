/** Shapes of the API that this feature works with. Ids are decimal strings, times RFC 3339. */

export type ReviewState = 'proposed' | 'accepted' | 'rejected'
export type Progress = 'to_review' | 'in_review' | 'reviewed'
export type Reach = 'here' | 'source' | 'everywhere'
export type Tlp = 'clear' | 'green' | 'amber' | 'amber+strict' | 'red'
export type Pap = 'clear' | 'green' | 'amber' | 'red'

export interface Label {
  owner?: string
  distribution: number
  sharing_group?: string
  tlp?: Tlp | ''
  pap?: Pap | ''
  releasable_to?: readonly string[]
  eyes_only?: readonly string[]
}

export interface TagRef {
  name: string
  colour?: string
  local?: boolean
}

export interface Person {
  account: string
  name: string
  since: string
  seen: string
}

export interface ReportCounts {
  claims: number
  proposed: number
  accepted: number
  rejected: number
  pain: number
  own: number
}

export interface Report {
  id: string
  uuid: string
  kind: 'report' | 'event' | 'feed' | 'batch'
  title: string
  summary?: string
  lang?: string
  url?: string
  source: string
  source_name: string
  publisher: string
  label: Label
  published?: string
  observed?: string
  created: string
  modified: string
  progress: Progress
  assignee?: string
  reviewed?: string
  tags: readonly TagRef[]
  version: number
  deleted?: boolean
  counts?: ReportCounts
  present?: readonly Person[]
}

export interface ValueRef {
  id?: string
  type: string
  value: string
  defanged: string
  unicode?: string
}

export interface Sentence {
  text: string
  start: number
  end: number
  document: string
  offset: number
}

export interface Claim {
  id: string
  report?: string
  object?: string
  type: string
  category?: string
  relation?: string
  stated: string
  values: readonly ValueRef[]
  comment?: string
  to_ids: boolean
  confidence: number
  pain: number
  correlates: boolean
  label: Label
  published?: string
  first_seen?: string
  last_seen?: string
  created: string
  modified: string
  expires?: string
  expired: boolean
  state: ReviewState
  correction?: string
  tags: readonly TagRef[]
  version: number
  deleted?: boolean
  publishers?: number
  reports?: number
  score?: number
  lists?: readonly { id: string; name: string; category: string }[]
  own?: string
  sentence?: Sentence
  reason?: string
}

/** Counts of the claims that match a filter. */
export interface ClaimTally {
  state: Readonly<Record<string, number>>
  type: Readonly<Record<string, number>>
}

export interface Section {
  kind: string
  title?: string
  start: number
  end: number
  level?: number
}

export interface Warning {
  place: string
  reason: string
}

export interface Doc {
  id: string
  report: string
  parent?: string
  name: string
  media_type: string
  url?: string
  size: number
  sha256: string
  text_size: number
  parser: string
  charset?: string
  lang?: string
  meta?: Readonly<Record<string, string>>
  sections?: readonly Section[]
  warnings?: readonly Warning[]
  suppressed: number
  created: string
  published?: string
  current: boolean
}

export interface Mention {
  claim: string
  document: string
  start: number
  end: number
}

export interface Suppressed {
  document: string
  type: string
  value: string
  start: number
  end: number
  reason: string
}
