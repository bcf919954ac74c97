package extract

import (
	"strings"

	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/observable/fang"
)

// unwrap returns the target of a URL that a mail gateway or a search engine has wrapped around
// another one, and other URLs as they are.
func unwrap(u string) string {
	_, rest, ok := strings.Cut(u, "://")
	if !ok {
		return u
	}
	host, path, _ := strings.Cut(rest, "/")
	target := ""
	switch {
	case strings.HasSuffix(host, "safelinks.protection.outlook.com"), strings.HasSuffix(host, ".safelinks.protection.office365.us"):
		target = queryValue(path, "url")
	case host == "urldefense.proofpoint.com" || host == "urldefense.com":
		target = proofpoint(path)
	case isGoogle(host) && strings.HasPrefix(path, "url?"):
		if target = queryValue(path, "q"); !strings.Contains(target, "://") {
			target = queryValue(path, "url")
		}
	case (host == "l.facebook.com" || host == "lm.facebook.com" || host == "l.instagram.com") && strings.Contains(path, "u="):
		target = queryValue(path, "u")
	case host == "linkprotect.cudasvc.com":
		target = queryValue(path, "a")
	case host == "slack-redir.net", host == "www.youtube.com" && strings.HasPrefix(path, "redirect?"):
		if target = queryValue(path, "url"); target == "" {
			target = queryValue(path, "q")
		}
	}
	if v, ok := tidyURL(target); ok {
		return v
	}
	return u
}

func isGoogle(host string) bool {
	return strings.HasPrefix(host, "www.google.") || strings.HasPrefix(host, "google.")
}

// queryValue returns a decoded query parameter.
func queryValue(path, name string) string {
	_, q, ok := strings.Cut(path, "?")
	if !ok {
		return ""
	}
	q = strings.ReplaceAll(q, "&amp;", "&")
	for part := range strings.SplitSeq(q, "&") {
		if v, ok := strings.CutPrefix(part, name+"="); ok {
			return unescape(v)
		}
	}
	return ""
}

// proofpoint decodes versions 1, 2 and 3 of URL Defense.
func proofpoint(path string) string {
	switch {
	case strings.HasPrefix(path, "v1/"):
		return queryValue(path, "u")
	case strings.HasPrefix(path, "v2/"):
		raw := ""
		_, q, _ := strings.Cut(path, "?")
		for part := range strings.SplitSeq(strings.ReplaceAll(q, "&amp;", "&"), "&") {
			if v, ok := strings.CutPrefix(part, "u="); ok {
				raw = v
			}
		}
		return unescape(strings.NewReplacer("-", "%", "_", "/").Replace(raw))
	case strings.HasPrefix(path, "v3/__"):
		target, _, ok := strings.Cut(path[len("v3/__"):], "__;")
		if !ok {
			return ""
		}
		if scheme, rest, ok := strings.Cut(target, ":/"); ok && !strings.HasPrefix(rest, "/") {
			target = scheme + "://" + rest
		}
		return target
	}
	return ""
}

// unescape decodes percent signs; broken ones stay.
func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && is(s[i+1], cHex) && is(s[i+2], cHex) {
			out = append(out, hexValue(s[i+1])<<4|hexValue(s[i+2]))
			i += 2
			continue
		}
		out = append(out, s[i])
	}
	return strings.ToValidUTF8(string(out), "\uFFFD")
}

func hexValue(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	default:
		return c&0x0f + 9
	}
}

// tidyURL checks a decoded URL and lower-cases its scheme and host.
func tidyURL(u string) (string, bool) {
	x := &scanner{b: []byte(u), st: newState(), x: &Extractor{}}
	i := strings.Index(u, "://")
	if i < 2 {
		return "", false
	}
	scheme, start, _, ok := fang.SchemeBefore(x.b, i)
	if !ok || start != 0 {
		return "", false
	}
	r, ok := x.readURL(scheme, 0, i+3, fang.Plain)
	if !ok || r.end == 0 {
		return "", false
	}
	return r.value, true
}

// telegramLink reports a t.me link that names a user, channel or bot as an account; 0 for others.
func (s *scanner) telegramLink(u urlRead, start int) int {
	rest := u.value
	if _, r, ok := strings.Cut(rest, "://"); ok {
		rest = r
	}
	host, path, _ := strings.Cut(rest, "/")
	switch host {
	case "t.me", "telegram.me", "telegram.dog", "www.t.me":
	default:
		return 0
	}
	path = strings.TrimPrefix(path, "s/")
	name := path[:len(path)-len(strings.TrimLeft(path, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"))]
	after := strings.TrimPrefix(path[len(name):], "/")
	low := strings.ToLower(name)
	switch low {
	case "joinchat", "share", "addstickers", "proxy", "socks", "iv", "c", "addemoji", "addtheme", "login", "setlanguage", "bg", "addlist":
		return 0
	}
	if len(name) < 4 || len(name) > 32 || is(name[0], cDigit) || after != "" && after[0] != '?' && !is(after[0], cDigit) {
		return 0
	}
	return s.found(observable.Account, "telegram:"+low, start, u.end, u.mark, 95)
}
