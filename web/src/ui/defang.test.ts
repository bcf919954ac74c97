import { expect, test } from 'vitest'
import { defang } from './defang'
import { visible } from './Value'

test('defangs what leads somewhere and nothing else', () => {
  const cases: [string, string, string][] = [
    ['198.51.100.1', 'ipv4-addr', '198[.]51[.]100[.]1'],
    ['2001:db8::1', 'ipv6-addr', '2001[:]db8[:][:]1'],
    ['a.b.example', 'domain-name', 'a[.]b[.]example'],
    ['银狐.example', 'domain-name', '银狐[.]example'],
    ['http://a.example/x.php?u=b.c', 'url', 'hxxp://a[.]example/x.php?u=b.c'],
    ['HTTPS://u:p@a.example:8443/', 'url', 'hxxps://u:p[@]a[.]example:8443/'],
    ['http://[2001:db8::1]/', 'url', 'hxxp://[2001[:]db8[:][:]1]/'],
    ['ftp://a.example', 'url', 'fxp://a[.]example'],
    ['javascript:alert(1)', 'url', 'jxavascript[:]alert(1)'],
    ['a.example/x', 'url', 'a[.]example/x'],
    ['a.b@c.example', 'email-addr', 'a.b[@]c[.]example'],
    ['d41d8cd98f00b204e9800998ecf8427e', 'file:md5', 'd41d8cd98f00b204e9800998ecf8427e'],
    ['C:\\a.exe', 'file:name', 'C:\\a.exe'],
    ['tg://resolve?domain=x', 'some-new-type', 'txg://resolve?domain=x'],
    ['', 'url', ''],
  ]
  for (const [value, type, want] of cases) expect([value, defang(value, type)]).toEqual([value, want])
})

test('no defanged URL, address or host can be opened by what links text', () => {
  for (const type of ['url', 'domain-name', 'ipv4-addr', 'email-addr']) {
    for (const value of ['http://x.example/http://y.example', 'a.example', '198.51.100.1', 'u@x.example']) {
      expect(defang(value, type)).not.toMatch(/(https?|ftp):\/\//i)
    }
  }
})

test('visible shows what cannot be seen', () => {
  expect(visible('a\u202eb\u200bc\u0000d\ufeff')).toBe('a<U+202E>b<U+200B>c<U+0000>d<U+FEFF>')
  expect(visible('银狐 é 👍')).toBe('银狐 é 👍')
})
