import { Add, Retry, Review } from '~/ui/icons'
import type { Command } from './types'

/** Bound by the list of reports and by the review of one. */
export const reportCommands: Command[] = [
  { id: 'reports.add', title: 'command.reports_add', keys: ['n'], scope: 'reports', icon: Add },
  {
    id: 'reports.review_next',
    title: 'command.reports_review_next',
    keys: ['r'],
    scope: 'reports',
    icon: Review,
  },
  {
    id: 'reports.refresh',
    title: 'command.reports_refresh',
    keys: ['Shift+r'],
    scope: 'reports',
    icon: Retry,
  },
  { id: 'report.edit', title: 'command.report_edit', keys: ['Shift+e'], scope: 'report' },
  { id: 'report.export', title: 'command.report_export', keys: ['Shift+x'], scope: 'report' },
  { id: 'report.assign_me', title: 'command.report_assign_me', keys: ['m'], scope: 'report' },
  { id: 'review.next', title: 'command.review_next', keys: ['j'], scope: 'review', hidden: true },
  { id: 'review.previous', title: 'command.review_previous', keys: ['k'], scope: 'review', hidden: true },
  {
    id: 'review.next_waiting',
    title: 'command.review_next_waiting',
    keys: ['Shift+j'],
    scope: 'review',
    hidden: true,
  },
  { id: 'review.accept', title: 'command.review_accept', keys: ['a'], scope: 'review' },
  { id: 'review.reject_here', title: 'command.review_reject_here', keys: ['x 1'], scope: 'review' },
  { id: 'review.reject_source', title: 'command.review_reject_source', keys: ['x 2'], scope: 'review' },
  {
    id: 'review.reject_everywhere',
    title: 'command.review_reject_everywhere',
    keys: ['x 3'],
    scope: 'review',
  },
  { id: 'review.reject_again', title: 'command.review_reject_again', keys: ['x x'], scope: 'review' },
  { id: 'review.edit', title: 'command.review_edit', keys: ['e'], scope: 'review' },
  { id: 'review.to_ids', title: 'command.review_to_ids', keys: ['i'], scope: 'review' },
  {
    id: 'review.select',
    title: 'command.review_select',
    keys: ['v', 'Space'],
    scope: 'review',
    hidden: true,
  },
  { id: 'review.clear', title: 'command.grid_clear', keys: ['Escape'], scope: 'review', hidden: true },
  { id: 'review.add', title: 'command.review_add', keys: ['c'], scope: 'review' },
  { id: 'review.accept_rest', title: 'command.review_accept_rest', keys: ['Shift+a'], scope: 'review' },
  { id: 'review.undo', title: 'command.review_undo', keys: ['u'], scope: 'review' },
  {
    id: 'review.finish',
    title: 'command.review_finish',
    keys: ['Mod+Enter'],
    scope: 'review',
    inInputs: true,
  },
  { id: 'review.toggle_queue', title: 'command.review_queue', keys: ['q'], scope: 'review' },
]
