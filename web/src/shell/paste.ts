const KEY = 'vedette.paste'
/** Larger lists live as long as the tab: storage takes about five million characters. */
const KEEP = 1_500_000

// The last list pasted into a search box. It can be megabytes, so that it is not in the URL.
let list = ''

/** Keeps a pasted list for the search page, which shows it at /search?paste=1. */
export function keepPaste(text: string): void {
  list = text
  try {
    if (text.length <= KEEP) sessionStorage.setItem(KEY, text)
    else sessionStorage.removeItem(KEY)
  } catch {
    // No storage: a reload asks for the list again.
  }
}

export function pastedList(): string {
  if (list) return list
  try {
    list = sessionStorage.getItem(KEY) ?? ''
  } catch {
    // As above.
  }
  return list
}

/** Tells a list (several lines with something in them) from one query. */
export function isList(text: string): boolean {
  return text.split(/\r?\n/).filter((line) => line.trim() !== '').length > 1
}
