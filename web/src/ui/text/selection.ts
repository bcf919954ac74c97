/** The selection inside a TextDocument as UTF-16 indexes of its text, undefined when there is none. */
export function selectionIn(
  root: Element,
): { start: number; end: number; text: string; rect: DOMRect } | undefined {
  const selection = window.getSelection()
  if (!selection || selection.isCollapsed || selection.rangeCount === 0) return undefined
  const range = selection.getRangeAt(0)
  if (!root.contains(range.startContainer) || !root.contains(range.endContainer)) return undefined
  const start = indexOf(range.startContainer, range.startOffset)
  const end = indexOf(range.endContainer, range.endOffset)
  if (start === undefined || end === undefined || end <= start) return undefined
  return { start, end, text: selection.toString(), rect: range.getBoundingClientRect() }
}

function indexOf(node: Node, offset: number): number | undefined {
  const element = node instanceof Element ? node : node.parentElement
  const block = element?.closest<HTMLElement>('[data-start]')
  const from = Number(block?.dataset.start)
  if (!block || !Number.isInteger(from)) return undefined
  const before = document.createRange()
  before.setStart(block, 0)
  before.setEnd(node, offset)
  return from + before.toString().length
}
