// The last list pasted into a search box. It can be megabytes, so that it is not in the URL.
let list = ''

/** Keeps a pasted list for the search page, which shows it at /search?paste=1. */
export function keepPaste(text: string): void {
  list = text
}

export function pastedList(): string {
  return list
}

/** Tells a list (several lines with something in them) from one query. */
export function isList(text: string): boolean {
  return text.split(/\r?\n/).filter((line) => line.trim() !== '').length > 1
}
