import type { TFunction } from 'i18next'
import { visible } from '~/ui/Value'
import type { Report } from './types'

/** What a report is called: its title with unseen characters shown, or that it has none. */
export function titleOf(report: Pick<Report, 'title'>, t: TFunction): string {
  return visible(report.title.replace(/\s+/g, ' ')) || t('reports.untitled')
}

// Marks that turn the direction of what follows; other unseen ones belong to prose.
const TURNS = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Prose of a source in one line, which cannot turn the text around it. */
export function prose(text: string): string {
  return text.replace(/\s/g, ' ').replace(TURNS, visible)
}
