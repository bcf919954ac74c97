import type { Page } from '~/api/paging'
import type { Pain, ReviewState, Tlp } from '~/ui/Badge'

/** A row of the gallery's list. All data is made up: documentation networks and example names. */
export interface SampleClaim {
  id: string
  type: string
  value: string
  state: ReviewState
  pain: Pain
  tlp: Tlp
  publishers: number
  report: string
  published: string
  toIds: boolean
}

const TYPES: readonly [string, Pain, (n: number) => string][] = [
  ['ipv4-addr', 2, (n) => `198.51.${n % 256}.${(n * 7) % 256}`],
  ['domain-name', 3, (n) => `cdn-${n.toString(36)}.update-check${n % 17}.example`],
  ['url', 3, (n) => `https://login.portal${n % 40}.example/wp-content/${n.toString(36)}/gate.php?id=${n}`],
  ['file:sha-256', 1, (n) => n.toString(16).padStart(4, '0').repeat(16)],
  ['email-addr', 3, (n) => `invoice.${n}@mail${n % 9}.example`],
  ['file:md5', 1, (n) => (n * 2654435761).toString(16).padStart(8, '0').repeat(4).slice(0, 32)],
  ['windows-registry-key', 4, (n) => `HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\Upd${n}`],
  ['attack-pattern', 6, (n) => `T1${String(n % 600).padStart(3, '0')}`],
]
const REPORTS = [
  'Silver Fox 银狐: new loader seen in tax-season mails',
  '“幻影”组织针对能源行业的钓鱼活动分析',
  'Weekly infrastructure round-up, week 41',
  'Incident report: exposed management interfaces',
]
const STATES: readonly ReviewState[] = [
  'proposed',
  'accepted',
  'proposed',
  'rejected',
  'accepted',
  'suppressed',
]
const LEVELS: readonly Tlp[] = ['clear', 'green', 'amber', 'amber+strict', 'red']
const TOTAL = 20_000
const START = Date.UTC(2026, 10, 20)

function at<T>(list: readonly T[], n: number): T {
  return list[n % list.length] as T
}

function claim(n: number): SampleClaim {
  const [type, pain, value] = at(TYPES, n * 5 + (n >> 3))
  return {
    id: String(n),
    type,
    value: value(n),
    state: at(STATES, n * 7 + (n >> 2)),
    pain,
    tlp: at(LEVELS, n * 3),
    publishers: 1 + ((n * 13) % 9),
    report: at(REPORTS, n),
    published: new Date(START - n * 2_345_000).toISOString(),
    toIds: n % 3 !== 0,
  }
}

/** Answers pages as the API would, after a moment. */
export async function samplePage(
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<Page<SampleClaim>> {
  const from = Number(cursor ?? 0)
  await new Promise((resolve) => setTimeout(resolve, 60))
  signal.throwIfAborted()
  const items = Array.from({ length: Math.min(200, TOTAL - from) }, (_, i) => claim(from + i))
  const next = from + items.length
  return { items, total: TOTAL, next: next < TOTAL ? String(next) : null }
}

const PARAGRAPH = `In early October the operators moved their staging to 198.51.100.23 and registered hxxps://login.portal7[.]example/gate.php a day later. 样本通过税务主题的钓鱼邮件投递，回连 update-check3.example 的 8443 端口。The loader (SHA-256 0011223344556677889900aabbccddeeff00112233445566778899aabbccddee) writes a Run key and waits.\n\n`

/** A report of so many paragraphs; 12,000 make five megabytes. */
export function sampleText(paragraphs: number): string {
  return `Silver Fox 银狐: new loader seen in tax-season mails

${PARAGRAPH.repeat(paragraphs)}`
}

export const SAMPLE_VALUES: readonly [string, ReviewState][] = [
  ['198.51.100.23', 'accepted'],
  ['hxxps://login.portal7[.]example/gate.php', 'proposed'],
  ['update-check3.example', 'rejected'],
  ['0011223344556677889900aabbccddeeff00112233445566778899aabbccddee', 'proposed'],
  ['税务主题', 'suppressed'],
]
