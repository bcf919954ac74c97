package fang

// maxScheme bounds how far before "://" a scheme is looked for.
const maxScheme = 18

// Separator reads "://" in any spelling at b[i] ("[:]//", "[://]", ":\/\/", "：//"); n is 0 when
// there is none.
func Separator(b []byte, i int) (n int, m Mark) {
	const want = "://"
	k, j := 0, i
	for k < len(want) {
		if j >= len(b) {
			return 0, Plain
		}
		if b[j] == want[k] {
			k, j = k+1, j+1
			continue
		}
		out, size, mark := Next(b, j)
		if size == 0 || len(out) > len(want)-k || out != want[k:k+len(out)] || out == "" {
			if k == 1 && b[j] == '\\' && j+1 < len(b) && b[j+1] == '\\' {
				return j + 2 - i, Inert
			}
			return 0, Plain
		}
		k, j, m = k+len(out), j+size, max(m, mark)
	}
	return j - i, m
}

// SchemeBefore reads the URL scheme that ends at b[end], real or made inert ("hxxps", "meow",
// "h[tt]p"). It returns the real scheme, where its spelling starts, and its mark; ok is false
// when no known scheme stands there.
func SchemeBefore(b []byte, end int) (scheme string, start int, m Mark, ok bool) {
	start = end
	for start > 0 && end-start < maxScheme && isSchemeByte(b[start-1]) {
		start--
	}
	for ; start < end; start++ {
		s, m := lookupScheme(b[start:end])
		// "myapp://" is no app; but "…378hxxps://" and "URLhttp://" come from lost line ends.
		if s == "" || start > 0 && isLetter(b[start-1]) && s != "http" && s != "https" && s != "ftp" {
			continue
		}
		return s, start, m, true
	}
	return "", end, Plain, false
}

func isSchemeByte(c byte) bool {
	switch c {
	case '+', '*', '_', '[', ']', '(', ')', '{', '}', '-', '.':
		return true
	}
	return isLetter(c) || c >= '0' && c <= '9'
}

func lookupScheme(b []byte) (string, Mark) {
	var low [maxScheme]byte
	if len(b) < 2 || len(b) > maxScheme {
		return "", Plain
	}
	for i, c := range b {
		switch c {
		case '(', '{':
			c = '['
		case ')', '}':
			c = ']'
		default:
			if c >= 'A' && c <= 'Z' {
				c |= 0x20
			}
		}
		low[i] = c
	}
	key := low[:len(b)]
	if s := realScheme(key); s != "" {
		return s, Plain
	}
	if s := inertScheme(key); s != "" {
		return s, Inert
	}
	return "", Plain
}

// realScheme returns the constant of a known scheme. A scheme made of two or three letters that
// ends other words ("tcp", "ssh") is safe here because "://" follows.
func realScheme(b []byte) string {
	switch string(b) {
	case "http":
		return "http"
	case "https":
		return "https"
	case "ftp":
		return "ftp"
	}
	for _, s := range [...]string{
		"ftps", "sftp", "tftp", "ws", "wss", "ldap", "ldaps", "rmi", "smb", "file", "telnet", "ssh", "git",
		"tcp", "udp", "dns", "iiop", "irc", "ircs", "rtsp", "rtmp", "socks4", "socks5", "socks", "vnc", "rdp",
		"svn", "git+ssh", "svn+ssh", "jdbc", "mysql", "postgresql", "postgres", "redis", "mongodb", "mongodb+srv",
		"amqp", "mqtt", "mqtts", "stratum+tcp", "stratum+ssl", "stratum", "nntp", "gopher", "dict", "jar",
		"quic", "h2", "h2c", "ipfs", "dav", "davs", "webdav", "magnet", "chrome-extension", "market", "intent",
		"tg", "s3", "gs", "nfs", "afp", "cifs", "xmpp", "sip", "sips", "ed2k", "bitcoin", "ms-msdt", "search-ms",
		"dnscrypt", "tls", "ssl", "smtp", "smtps", "imap", "imaps", "pop3", "pop3s", "vless", "vmess", "trojan", "hysteria2",
		"ss", "ssr", "rsync", "corba", "nis", "nds", "feed", "blob", "app", "hdfs", "docker", "unix",
	} {
		if string(b) == s {
			return s
		}
	}
	return ""
}

// inertScheme returns what a defanged scheme stands for.
func inertScheme(b []byte) string {
	switch string(b) {
	case "ttp", "hxxp", "hxtp", "htxp", "httx", "h**p", "h__p", "h--p", "hppt", "meow", "h[tt]p", "[http]", "hxxxp", "hxp", "xxxp",
		"hxxx", "nxxp", "hzzp", "hyyp", "h[xx]p", "[h]ttp", "htt[p]", "h[t]tp", "h..p", "htp", "xttp", "h[xx]tp",
		"fake_http", "hxtxp", "h00p", "hh**p", "hxxt", "h++p", "h-t-t-p", "h.t.t.p", "xxtp", "h[xxp]", "[hxxp]":
		return "http"
	case "ttps", "hxxps", "hxtps", "htxps", "httxs", "h**ps", "h__ps", "h--ps", "hppts", "meows", "h[tt]ps", "[https]", "hxxxps", "hxps", "xxxps",
		"hxxxs", "nxxps", "hzzps", "hyyps", "h[xx]ps", "[h]ttps", "htt[p]s", "http[s]", "hxxp[s]", "h[t]tps", "h..ps", "htps", "xttps",
		"hxxs", "fake_https", "hxtxps", "h00ps", "hxxts", "h++ps", "htt[ps]", "h[ttps]", "xxtps", "h[xxps]", "[hxxps]", "h[xx]tps":
		return "https"
	case "fxp", "f*p", "f[t]p", "[ftp]", "fxxp", "f_p", "xftp":
		return "ftp"
	case "fxps", "f*ps", "fxxps":
		return "ftps"
	case "sfxp", "sxtp":
		return "sftp"
	case "wxs", "w[s]":
		return "ws"
	case "wxss", "ws[s]":
		return "wss"
	case "lxap", "ldxp", "[ldap]", "ld[a]p", "lxxp":
		return "ldap"
	case "lxaps", "ldxps", "lxxps":
		return "ldaps"
	case "rxi":
		return "rmi"
	case "txp", "t[c]p", "txcp":
		return "tcp"
	case "uxp":
		return "udp"
	case "sxb", "s[m]b":
		return "smb"
	case "sxh", "s[s]h":
		return "ssh"
	case "fxle":
		return "file"
	}
	return ""
}
