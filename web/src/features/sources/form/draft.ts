import { cleanConfig, cleanSecrets, type KindConfig, type KindField } from '~/ui/KindFields'
import type { Source, SourceDraft, SourceEdit } from '../api'

type Label = Source['claim_label']
type Handling = Source['options']

/** What the form of a source holds. */
export interface SourceForm {
  kind: string
  name: string
  publisher: string
  plane: Source['plane']
  reliability: string
  schedule: string
  accept: Source['accept']
  enabled: boolean
  config: KindConfig
  secrets: Record<string, string>
  label: Label
  claimLabel: Label
  tags: readonly string[]
  /** One a line. */
  hosts: string
  types: readonly string[]
  maxItems: string
  maxAgeDays: string
  lang: string
  /** What of the options has no field here. */
  rest: Handling
}

export function freshForm(kind: string): SourceForm {
  return {
    kind,
    name: '',
    publisher: '',
    plane: 'extranet',
    reliability: 'F',
    schedule: '@every 30m',
    accept: 'nothing',
    enabled: true,
    config: {},
    secrets: {},
    label: { distribution: 1 },
    claimLabel: { distribution: 1, tlp: 'amber' },
    tags: [],
    hosts: '',
    types: [],
    maxItems: '',
    maxAgeDays: '',
    lang: '',
    rest: {},
  }
}

export function formOf(source: Source): SourceForm {
  const { hosts, types, max_items, max_age_days, lang, ...rest } = source.options
  return {
    kind: source.kind,
    name: source.name,
    publisher: source.publisher,
    plane: source.plane,
    reliability: source.reliability || 'F',
    schedule: source.schedule,
    accept: source.accept,
    enabled: source.enabled,
    config: isRecord(source.config) ? { ...source.config } : {},
    secrets: {},
    label: source.label,
    claimLabel: source.claim_label,
    tags: source.tags,
    hosts: (hosts ?? []).join('\n'),
    types: types ?? [],
    maxItems: max_items ? String(max_items) : '',
    maxAgeDays: max_age_days ? String(max_age_days) : '',
    lang: lang ?? '',
    rest,
  }
}

function optionsOf(form: SourceForm): Handling {
  const hosts = form.hosts
    .split(/[\n,]/)
    .map((each) => each.trim())
    .filter(Boolean)
  const number = (text: string) => (/^\d+$/.test(text.trim()) ? Number(text.trim()) : 0)
  const maxItems = number(form.maxItems)
  const maxAgeDays = number(form.maxAgeDays)
  return {
    ...form.rest,
    ...(hosts.length > 0 ? { hosts } : {}),
    ...(form.types.length > 0 ? { types: form.types } : {}),
    ...(maxItems > 0 ? { max_items: maxItems } : {}),
    ...(maxAgeDays > 0 ? { max_age_days: maxAgeDays } : {}),
    ...(form.lang.trim() ? { lang: form.lang.trim() } : {}),
  }
}

/** The form as a new source, or as the draft of a dry run. */
export function draftOf(form: SourceForm, fields: readonly KindField[]): SourceDraft {
  const secrets = cleanSecrets(form.secrets)
  return {
    kind: form.kind,
    ...(form.name.trim() ? { name: form.name.trim() } : {}),
    ...(form.publisher.trim() ? { publisher: form.publisher.trim() } : {}),
    plane: form.plane,
    reliability: form.reliability,
    schedule: form.schedule,
    accept: form.accept,
    enabled: form.enabled,
    config: cleanConfig(fields, form.config),
    ...(secrets ? { secrets } : {}),
    label: form.label,
    claim_label: form.claimLabel,
    tags: form.tags,
    options: optionsOf(form),
  }
}

/** What of a source the form changes, and nothing else, so that two people may change different things. */
export function editOf(
  form: SourceForm,
  source: Source,
  fields: readonly KindField[],
): Omit<SourceEdit, 'version'> {
  const before = formOf(source)
  const all: Omit<SourceEdit, 'version'> = {
    name: form.name.trim(),
    publisher: form.publisher.trim(),
    plane: form.plane,
    reliability: form.reliability,
    schedule: form.schedule,
    accept: form.accept,
    enabled: form.enabled,
    config: cleanConfig(fields, form.config),
    label: form.label,
    claim_label: form.claimLabel,
    tags: form.tags,
    options: optionsOf(form),
  }
  const old: Record<string, unknown> = {
    ...draftOf(before, fields),
    name: before.name,
    publisher: before.publisher,
  }
  const changed = Object.entries(all).filter(([name, value]) => !same(value, old[name]))
  const secrets = cleanSecrets(form.secrets)
  return { ...Object.fromEntries(changed), ...(secrets ? { secrets } : {}) }
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((name) => [name, sorted(value[name])]),
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
