package notify_test

import (
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vedette-ti/vedette/internal/notify"
)

func TestDefang(t *testing.T) {
	for in, want := range map[string]string{
		"http://evil.com/a.php?x=1":        "hxxp://evil[.]com/a.php?x=1",
		"HTTPS://Evil.COM:8080":            "hxxps://Evil[.]COM:8080",
		"ftp://1.2.3.4/x, ws://a.test":     "fxp://1[.]2[.]3[.]4/x, ws[:]//a[.]test",
		"mail bob@corp.example.org now":    "mail bob[@]corp[.]example[.]org now",
		"来源evil.cn，以及恶意.中国。":               "来源evil[.]cn，以及恶意[.]中国。",
		"http://user:pw@evil.com/":         "hxxp://user:pw[@]evil[.]com/",
		"evil[.]com and hxxp://x[.]org":    "evil[.]com and hxxp://x[.]org",
		"setup.exe, Node.js, v7.0.10, a.b": "setup.exe, Node.js, v7.0.10, a.b",
		"fake.zip run.sh":                  "fake[.]zip run[.]sh",
		"abc.onion":                        "abc[.]onion",
		"foo.github.io":                    "foo[.]github[.]io",
		"10.0.0.256 1.2.3":                 "10.0.0.256 1.2.3",
		"no links here. At all.":           "no links here. At all.",
		"e.g. this, i.e. that":             "e.g. this, i.e. that",
		"evil。com evil．com":                "evil[.]com evil[.]com",
		"xn--bcher-kva.example":            "xn--bcher-kva.example", // not a public suffix
		"evil.com.exe":                     "evil[.]com[.]exe",
		"你好。世界，境外。中国":                      "你好。世界，境外。中国", // ends of sentences
		"hxxps://x.com":                    "hxxps://x[.]com",
		"foo://bar":                        "foo[:]//bar",
		"见http://evil.com。":                "见hxxp://evil[.]com。",
		"@evil.com a@b":                    "@evil[.]com a@b",
		"":                                 "",
	} {
		if got := notify.Defang(in); got != want {
			t.Errorf("%q\n got %q\nwant %q", in, got, want)
		}
	}
}

// TestDefangIsLinear is a guard against hanging: a quadratic pass over half a megabyte takes minutes,
// a linear one some ten milliseconds.
func TestDefangIsLinear(t *testing.T) {
	for _, word := range []string{"a.", "a.com.", "a@b.", "http://", "1.", "。x", "@"} {
		start := time.Now()
		notify.Defang(strings.Repeat(word, 512<<10/len(word)))
		if d := time.Since(start); d > 30*time.Second {
			t.Errorf("half a megabyte of %q took %v", word, d)
		}
	}
}

// live is what programs turn into links.
var live = regexp.MustCompile(`(?i)\b(https?|ftp)://|\b[a-z0-9-]+\.(com|net|org|cn|ru)\b`)

func FuzzDefang(f *testing.F) {
	f.Add("see http://evil.com or bob@evil.com.cn, 1.2.3.4")
	f.Add("恶意。中国 hxxp://a[.]b")
	f.Fuzz(func(t *testing.T, s string) {
		got := notify.Defang(s)
		if again := notify.Defang(got); again != got {
			t.Errorf("not stable:\n%q\n%q\n%q", s, got, again)
		}
		if m := live.FindString(got); m != "" {
			t.Errorf("%q -> %q: %q is live", s, got, m)
		}
		for _, word := range strings.Fields(got) {
			if ip := net.ParseIP(word); ip != nil && ip.To4() != nil && strings.Contains(word, ".") && !strings.Contains(word, ":") {
				t.Errorf("%q: %q is live", s, word)
			}
		}
	})
}
