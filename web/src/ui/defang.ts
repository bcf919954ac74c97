const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i

/**
 * Writes a value so that no program makes a link of it and no one opens it by a slip. Only the
 * parts that lead somewhere change: scheme, host, address, the @ of a mail address. `type` is a
 * STIX type name ("url", "ipv4-addr", "domain-name"); values of other types stay as they are.
 */
export function defang(value: string, type: string): string {
  // Whatever the type says, what looks like a URL would become a link.
  if (SCHEME.test(value)) return defangUrl(value)
  switch (type) {
    case 'url':
    case 'uri':
      return defangUrl(value)
    case 'ipv4-addr':
    case 'domain-name':
    case 'hostname':
    case 'onion':
      return dots(value)
    case 'ipv6-addr':
      return value.replaceAll(':', '[:]').replaceAll('.', '[.]')
    case 'email-addr':
      return defangMail(value)
  }
  return value
}

function dots(host: string): string {
  return host.replaceAll('.', '[.]')
}

function defangMail(value: string): string {
  const at = value.lastIndexOf('@')
  return at < 0 ? dots(value) : `${value.slice(0, at)}[@]${dots(value.slice(at + 1))}`
}

function defangUrl(value: string): string {
  const m = /^([a-z][a-z0-9+.-]*):(\/\/)?([^/?#]*)(.*)$/is.exec(value)
  if (!m) return dots(value)
  const [, scheme = '', slashes = '', authority = '', rest = ''] = m
  if (!slashes) return `${defangScheme(scheme)}[:]${dots(authority)}${rest}`
  const at = authority.lastIndexOf('@')
  const user = at < 0 ? '' : `${authority.slice(0, at)}[@]`
  const host = authority.slice(at + 1)
  const safe = host.startsWith('[') ? host.replaceAll(':', '[:]') : dots(host)
  // A URL inside the URL, as redirectors carry them.
  const inner = rest.replace(/(https?|ftps?)(?=:\/\/)/gi, defangScheme)
  return `${defangScheme(scheme)}://${user}${safe}${inner}`
}

function defangScheme(scheme: string): string {
  const lower = scheme.toLowerCase()
  if (lower === 'http' || lower === 'https') return lower.replace('tt', 'xx')
  if (lower === 'ftp' || lower === 'ftps' || lower === 'sftp') return lower.replace('ftp', 'fxp')
  return `${scheme.slice(0, 1)}x${scheme.slice(1)}`
}
