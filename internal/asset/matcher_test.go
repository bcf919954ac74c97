package asset

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/observable"
)

func matcher(t testing.TB, lines ...string) *Matcher {
	t.Helper()
	list := make([]Asset, len(lines))
	for i, line := range lines {
		kind, value, ok := strings.Cut(line, " ")
		if !ok {
			t.Fatalf("%q", line)
		}
		a, err := Draft{Kind: Kind(kind), Value: value}.asset(1)
		if err != nil {
			t.Fatal(err)
		}
		a.ID = id.ID(i + 1)
		list[i] = a
	}
	return NewMatcher(list, DefaultThreshold)
}

func value(t testing.TB, s string) observable.Value {
	t.Helper()
	v, ok := observable.Recognise(s)
	if !ok {
		t.Fatalf("%q is not recognised", s)
	}
	return v
}

func TestMatch(t *testing.T) {
	m := matcher(t,
		"domain contoso.com",         // 1
		"domain mail.contoso.com",    // 2
		"domain hp.com",              // 3
		"network 198.51.100.0/24",    // 4
		"network 198.51.100.7",       // 5
		"network 2001:db8::/32",      // 6
		"brand Contoso Pharma",       // 7
		"brand 银狐",                   // 8
		"domain example-bank.com.cn", // 9
		"domain pharmacy.org",        // 10
	)
	for stated, want := range map[string]string{
		"contoso.com":                              "1 same",
		"www.contoso.com":                          "1 subdomain",
		"a.mail.contoso.com":                       "2 subdomain, 1 subdomain",
		"https://WWW.contoso.com:8443/x?y":         "1 own host",
		"https://u:p@contoso.com@evil.org/":        "",
		"https://contoso.com@evil.org/contoso.com": "",
		"ana@contoso.com":                          "1 e-mail domain",
		"ana@mail.contoso.com":                     "2 e-mail domain, 1 e-mail domain",
		"notcontoso.net":                           "1 lookalike: brand inside a longer name",
		"contoso.net":                              "1 lookalike: same name under another top-level domain",
		"c0ntoso.com":                              "1 lookalike: letters that look alike",
		"contos0-login.example.net":                "",
		"login-contoso.example.org":                "1 lookalike: brand inside a longer name",
		"contoso-login.org":                        "1 lookalike: brand with words added",
		"contosso.org":                             "1 lookalike: letter doubled",
		"cotnoso.org":                              "1 lookalike: two letters swapped",
		"contoso.com.evil.org":                     "1 lookalike: brand as a subdomain of another domain",
		"https://contoso.evil.org/login":           "1 lookalike: brand as a subdomain of another domain",
		"cоntoso.com":                              "1 lookalike: letters that look alike", // with a Cyrillic o
		"contosopharma.net":                        "7 lookalike: brand as the name",
		"evil.org":                                 "",
		"hp.net":                                   "3 lookalike: same name under another top-level domain",
		"hpp.net":                                  "",
		"银狐.net":                                   "8 lookalike: brand as the name",
		"银狐远控.com":                                 "8 lookalike: brand inside a longer name",
		"examplebank.com":                          "9 lookalike: letters that look alike",
		"198.51.100.9":                             "4 inside network",
		"198.51.100.7":                             "5 same, 4 inside network",
		"198.51.100.0/24":                          "4 same, 5 contains network",
		"198.51.0.0/16":                            "4 contains network, 5 contains network",
		"198.51.101.1":                             "",
		"2001:db8::1":                              "6 inside network",
		"http://198.51.100.9/x":                    "4 own host",
		"http://[2001:db8::9]:80/":                 "6 own host",
		"pharnacy.net":                             "10 lookalike: neighbouring key",
		"d41d8cd98f00b204e9800998ecf8427e":         "",
		"CVE-2024-3400":                            "",
	} {
		var got []string
		for _, h := range m.Match(value(t, stated)) {
			got = append(got, fmt.Sprint(h.Asset, " ", h.How))
		}
		if diff := cmp.Diff(want, strings.Join(got, ", ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", stated, diff)
		}
	}
	if (&Matcher{}).Match(observable.Value{}) != nil || NewMatcher(nil, 70).Match(value(t, "contoso.com")) != nil || NewMatcher(nil, 70).MatchText("x") != nil {
		t.Error("nothing matches without assets")
	}
}

func TestOwn(t *testing.T) {
	m := matcher(t, "domain contoso.com", "network 198.51.100.0/24", "brand Contoso")
	for stated, want := range map[string]bool{
		"contoso.com": true, "x.contoso.com": true, "https://contoso.com/": true, "a@contoso.com": true, "contoso.net": false, "notcontoso.com": false,
		"198.51.100.1": true, "198.51.100.128/25": true, "198.51.0.0/16": true, "198.51.101.0/24": false, "http://198.51.100.1/": true,
		"https://contoso.com@evil.org/": false, "contoso.com.evil.org": false,
	} {
		if got := m.Own(value(t, stated)); got != want {
			t.Errorf("%s: %v", stated, got)
		}
	}
}

func TestMatchText(t *testing.T) {
	m := matcher(t,
		"brand Contoso Pharma", // 1
		"brand 银狐科技",           // 2
		"software cpe:2.3:a:fortinet:fortios:7.0.1:*:*:*:*:*:*:*", // 3
		"software cpe:2.3:a:microsoft:exchange_server:2019",       // 4
		"software 360安全卫士",                                        // 5
		"software nginx",                                          // 6
		"software cpe:/a:apache:http_server",                      // 7
		"brand acme",                                              // 8
	)
	for text, want := range map[string]string{
		"Attackers imitate CONTOSO  Pharma and others.": "1",
		"contoso-pharma":                               "1",
		"Contoso\nPharma":                              "1",
		"Contoso\n\nPharma":                            "",
		"Contoso, which sells Pharma":                  "",
		"Contoso Pharmacy":                             "",
		"mycontoso pharma":                             "",
		"针对银狐科技的攻击":                                    "2",
		"银狐 科技":                                        "2",
		"银狐的科技":                                        "",
		"A flaw in FortiOS 7.2 (Fortinet)":             "3",
		"cpe:2.3:a:microsoft:exchange_server:2016:cu1": "4",
		"Microsoft Exchange Server 2019, ｎｇｉｎｘ":        "4 6",
		"Exchange Server":                              "4",
		"使用360安全卫士的用户":                                 "5",
		"1360安全卫士":                                     "",
		"nginx/1.2.3 nginx":                            "6",
		"openresty-nginxx":                             "",
		"Apache HTTP Server 2.4":                       "7",
		"any HTTP server":                              "",
		"ACME":                                         "8",
		"acme's":                                       "8",
		"Contoso Contoso Pharma":                       "1",
		"":                                             "",
	} {
		var got []string
		for _, h := range m.MatchText(text) {
			got = append(got, h.Asset.String())
		}
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

// TestProposesWhatConfusableFinds holds the index to the judge: whatever Confusable scores at the threshold
// or above against a name, the matcher finds too.
func TestProposesWhatConfusableFinds(t *testing.T) {
	brands := []string{"contoso.com", "wellsfargo.com", "modern.co.uk", "icbc.com.cn", "acme-widgets.org", "clarendon.net", "abcd.com"}
	letters := []rune("abcdefghijklmnopqrstuvwxyz0123456789-раоесιոν")
	rng := rand.New(rand.NewPCG(1, 2))
	found := 0
	for _, brand := range brands {
		m := matcher(t, "domain "+brand)
		label, _, _ := strings.Cut(brand, ".")
		for range 1200 {
			r := []rune(label)
			for range 1 + rng.IntN(2) {
				at := rng.IntN(len(r))
				switch rng.IntN(5) {
				case 0:
					r[at] = letters[rng.IntN(len(letters))]
				case 1:
					r = append(r[:at], append([]rune{letters[rng.IntN(len(letters))]}, r[at:]...)...)
				case 2:
					if len(r) > 2 {
						r = append(r[:at], r[at+1:]...)
					}
				case 3:
					r = []rune("my-" + string(r))
				case 4:
					r = append(r, []rune("online")...)
				}
			}
			v, err := observable.Canonical(observable.Domain, string(r)+".xyz")
			if err != nil || v.Type != observable.Domain {
				continue
			}
			score, how := observable.Confusable(v.Text, brand)
			hits := m.Match(v)
			plain := len(label) >= minPlain && strings.Contains(string(r), label)
			if want := score >= DefaultThreshold; want && len(hits) != 1 || !want && !plain && len(hits) > 0 {
				t.Errorf("%s (%s) against %s: Confusable %d %s, matcher %v", string(r), v.Text, brand, score, how, hits)
			} else if want {
				found++
			}
		}
	}
	if found < 1500 {
		t.Errorf("only %d look-alikes were made", found)
	}
}

// TestFoldIsCoarser compares single letters with the skeleton behind Confusable.
func TestFoldIsCoarser(t *testing.T) {
	ranges := []struct{ from, to rune }{{0x21, 0x24F}, {0x250, 0x58F}, {0x9E6, 0x9EF}, {0x1D00, 0x1D7F}, {0x1E00, 0x1EFF}, {0x2160, 0x217F}, {0xFF01, 0xFF5E}}
	for _, rg := range ranges {
		for r := rg.from; r <= rg.to; r++ {
			if !unicode.IsPrint(r) || r == '.' {
				continue
			}
			for c := 'a'; c <= 'z'; c++ {
				strange, plain := "hkhk"+string(r)+"khkh", "hkhk"+string(c)+"khkh"
				if score, how := observable.Confusable(strange+".com", plain+".org"); score == 95 && how == "letters that look alike" && fold(strange) != fold(plain) {
					t.Errorf("%q looks like %q but folds to %q, not %q", r, c, fold(strange), fold(plain))
				}
			}
		}
	}
}

// TestHostileHosts bounds the work of hosts and assets made to be slow.
func TestHostileHosts(t *testing.T) {
	var lines []string
	for i := range 3000 {
		lines = append(lines, fmt.Sprintf("domain bankbank%04d.com", i))
	}
	m := matcher(t, lines...)
	hosts := []string{
		strings.Repeat("bank", 15) + "." + strings.Repeat("bank", 15) + "." + strings.Repeat("bank", 15) + ".com",
		strings.Repeat("a.", 120) + "com", "xn--" + strings.Repeat("a", 50) + ".com", strings.Repeat("-", 60) + ".com",
	}
	res := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			for _, h := range hosts {
				m.Match(observable.Value{Type: observable.Domain, Text: h})
			}
		}
	})
	if per := res.NsPerOp() / int64(len(hosts)); per > 10_000_000 {
		t.Errorf("%d µs per hostile value", per/1000)
	}
}

func FuzzMatch(f *testing.F) {
	m := matcher(f, "domain contoso.com", "network 198.51.100.0/24", "brand 银狐", "brand acme corp", "software cpe:2.3:a:v\\:x:product_name:1")
	for _, s := range []string{"contoso.com", "http://[::1", "a@", "xn--a.b", "银狐", "cpe 2 3", "\xff\xfe", "1.2.3.4/8", "http://a:b@c:d/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, typ := range []observable.Type{observable.Domain, observable.URL, observable.Email, observable.IPv4, observable.IPv6} {
			v := observable.Value{Type: typ, Text: s}
			m.Match(v)
			m.Own(v)
		}
		m.MatchText(s)
		for _, k := range Kinds() {
			if a, err := (Draft{Kind: k, Value: s}).asset(1); err == nil {
				if again, err := (Draft{Kind: k, Value: a.Value}).asset(1); err != nil || again.Value != a.Value {
					t.Errorf("%s %q is %q, then %q, %v", k, s, a.Value, again.Value, err)
				}
			}
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	var lines []string
	rng := rand.New(rand.NewPCG(3, 4))
	word := func(n int) string {
		s := make([]byte, n)
		for i := range s {
			s[i] = "etaoinshrdlucmfwyp"[rng.IntN(18)]
		}
		return string(s)
	}
	for _, size := range []int{1000, 10_000} {
		lines = lines[:0]
		for i := range size {
			switch i % 4 {
			case 0, 1:
				lines = append(lines, "domain "+word(5+i%10)+fmt.Sprint(i)+".com")
			case 2:
				lines = append(lines, fmt.Sprintf("network 10.%d.%d.0/24", i/256%256, i%256))
			default:
				lines = append(lines, "brand "+word(7+i%6))
			}
		}
		m := matcher(b, lines...)
		values := make([]observable.Value, 0, 10_000)
		for i := range cap(values) {
			switch i % 4 {
			case 0:
				values = append(values, observable.Value{Type: observable.Domain, Text: "www." + word(9) + ".net"})
			case 1:
				values = append(values, observable.Value{Type: observable.URL, Text: "https://" + word(8) + ".example.org/path?x=1"})
			case 2:
				values = append(values, observable.Value{Type: observable.IPv4, Text: fmt.Sprintf("203.0.%d.%d", i%256, i/256)})
			default:
				values = append(values, observable.Value{Type: observable.SHA256, Text: strings.Repeat("ab", 32)})
			}
		}
		b.Run(fmt.Sprint(size, " assets"), func(b *testing.B) {
			i := 0
			for b.Loop() {
				m.Match(values[i%len(values)])
				i++
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "values/s")
		})
	}
}

func BenchmarkMatchText(b *testing.B) {
	m := matcher(b, "brand contoso pharma", "software cpe:2.3:a:fortinet:fortios:7", "brand 银狐科技", "software nginx")
	text := strings.Repeat("The group exploited a flaw in the web server and then moved laterally; 攻击者利用漏洞进入内网。 Contoso was told. ", 1000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		m.MatchText(text)
	}
}
