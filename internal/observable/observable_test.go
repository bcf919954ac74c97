package observable

import (
	"strings"
	"testing"

	"github.com/vedette-ti/vedette/internal/errs"
)

func TestTypeTable(t *testing.T) {
	seen := map[string]Type{}
	for _, typ := range All() {
		info := typ.Info()
		if info.Name == "" || info.STIX == "" || info.MISP == "" || info.Category == "" {
			t.Errorf("type %d: incomplete row %+v", typ, info)
		}
		if other, dup := seen[info.Name]; dup {
			t.Errorf("%s names both %d and %d", info.Name, other, typ)
		}
		seen[info.Name] = typ
		if got, ok := Parse(typ.String()); !ok || got != typ {
			t.Errorf("Parse(%q) = %d, %v; want %d", typ, got, ok, typ)
		}
		if info.Blockable && info.Role != Correlates {
			t.Errorf("%s may be blocked but does not correlate", typ)
		}
	}
	// Published numbers: stored in databases, never changed.
	for name, want := range map[string]Type{
		"ipv4-addr": 1, "url": 4, "file:sha-256": 9, "file:sha3-512": 15, "ja4": 21, "weakness": 30, "named-pipe": 37,
		"indicator:snort": 44, "hassh": 50, "text": 55,
	} {
		if got, _ := Parse(name); got != want {
			t.Errorf("%s has number %d, published is %d", name, got, want)
		}
	}
}

func TestCanonical(t *testing.T) {
	for _, c := range []struct {
		typ    string
		stated string
		want   string
	}{
		{"ipv4-addr", " 192[.]0[.]2[.]1 ", "192.0.2.1"},
		{"ipv4-addr", "192.0.2.1:8080", "192.0.2.1"},
		{"ipv4-addr", "192.0.2.77/24", "192.0.2.0/24"},
		{"ipv4-addr", "192.0.2.77/32", "192.0.2.77"},
		{"ipv4-addr", "::ffff:192.0.2.77", "192.0.2.77"},
		{"ipv6-addr", "2001:0DB8:0:0::0001", "2001:db8::1"},
		{"ipv6-addr", "2001[:]db8[:][:]1", "2001:db8::1"},
		{"ipv6-addr", "fe80::1%eth0", "fe80::1"},
		{"ipv6-addr", "[2001:db8::1]:443", "2001:db8::1"},
		{"ipv6-addr", "2001:db8::1/32", "2001:db8::/32"},
		{"domain-name", "WWW.Evil[.]COM.", "www.evil.com"},
		{"domain-name", "evil.com:443", "evil.com"},
		{"domain-name", "evil dot com", "evil.com"},
		{"domain-name", "пример.рф", "xn--e1afmkfd.xn--p1ai"},
		{"domain-name", "ｅｖｉｌ．ｃｏｍ", "evil.com"},
		{"domain-name", "_dmarc.evil.com", "_dmarc.evil.com"},
		{"domain-name", "evil[.com]", "evil.com"},
		{"domain-name", "ev<b>il</b>(dot)com", "evil.com"},
		{"url", "hXXps://User:Pw@EVIL[.]com:443", "https://User:Pw@evil.com/"},
		{"url", "http://evil.com:80/A/../b?c=D#e", "http://evil.com/A/../b?c=D#e"},
		{"url", "hxxp[://]0x7f.1/x", "http://127.0.0.1/x"},
		{"url", "http://[2001:DB8::1]:8080/x", "http://[2001:db8::1]:8080/x"},
		{"url", "http://münchen.de/ü b", "http://xn--mnchen-3ya.de/ü%20b"},
		{"url", "meow://evil[.]com/a[.]php", "http://evil.com/a.php"},
		{"url", "Evil.com/A", "evil.com/A"},
		{"url", "https:\\/\\/evil.com\\/a", "https://evil.com/a"},
		{"url", "http://evil.com?x=1", "http://evil.com/?x=1"},
		{"email-addr", "John.Doe[at]Evil[dot]com", "john.doe@evil.com"},
		{"email-addr", "mailto:a@xn--mnchen-3ya.de", "a@xn--mnchen-3ya.de"},
		{"file:md5", "D41D8CD98F00B204E9800998ECF8427E", "d41d8cd98f00b204e9800998ecf8427e"},
		{"file:tlsh", strings.Repeat("aB", 35), "T1" + strings.Repeat("AB", 35)},
		{"vulnerability", "cve-2021-44228", "CVE-2021-44228"},
		{"vulnerability", "GHSA-JFH8-C2JP-5V3Q", "GHSA-jfh8-c2jp-5v3q"},
		{"vulnerability", "EternalBlue", "EternalBlue"},
		{"attack-pattern", "t1059.001", "T1059.001"},
		{"autonomous-system", "asn 13335", "AS13335"},
		{"autonomous-system", "1.10", "AS65546"},
		{"mac-addr", "00-1A-2b-3C-4D-5E", "00:1a:2b:3c:4d:5e"},
		{"mac-addr", "001a.2b3c.4d5e", "00:1a:2b:3c:4d:5e"},
		{"windows-registry-key", `HKLM\Software\Run\`, `HKEY_LOCAL_MACHINE\software\run`},
		{"windows-registry-key", `HKCU:\\Software\\Run`, `HKEY_CURRENT_USER\software\run`},
		{"file:path", `"C:\Users\Public\A.EXE"`, `c:\users\public\a.exe`},
		{"file:path", "/tmp/.X11-Unix/A", "/tmp/.X11-Unix/A"},
		{"named-pipe", `\pipe\MSSE-1234-server`, `\\.\pipe\msse-1234-server`},
		{"cryptocurrency-wallet", "bitcoin:BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4?amount=1", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"},
		{"user-account", "hxxps://t[.]me/Evil_Bot?start=1", "telegram:evil_bot"},
		{"bank-account", "de89 3704 0044 0532 0130 00", "DE89370400440532013000"},
		{"phone-number", "+86 (10) 1234-5678", "+861012345678"},
		{"text", "a\r\nb ", "a\nb"},
	} {
		typ, ok := Parse(c.typ)
		if !ok {
			t.Fatalf("no type %s", c.typ)
		}
		v, err := Canonical(typ, c.stated)
		if err != nil || v.Text != c.want {
			t.Errorf("Canonical(%s, %q) = %q, %v; want %q", c.typ, c.stated, v.Text, err, c.want)
			continue
		}
		again, err := Canonical(v.Type, v.Text)
		if err != nil || again != v {
			t.Errorf("Canonical(%s, %q) is not stable: %q, %v", v.Type, v.Text, again.Text, err)
		}
	}
}

func TestCanonicalTypeFollowsMeaning(t *testing.T) {
	for stated, want := range map[string]Value{
		"2001:db8::1": {IPv6, "2001:db8::1"}, "192.0.2.1": {IPv4, "192.0.2.1"}, "192.0.2.1/32": {IPv4, "192.0.2.1"},
	} {
		for _, typ := range []Type{IPv4, IPv6, Domain} {
			if v, err := Canonical(typ, stated); err != nil || v != want {
				t.Errorf("Canonical(%s, %s) = %v, %v", typ, stated, v, err)
			}
		}
	}
}

func TestCanonicalRefuses(t *testing.T) {
	for _, c := range []struct {
		typ    Type
		stated string
	}{
		{None, "x"}, {200, "x"}, {IPv4, "256.1.1.1"}, {IPv4, "evil.com"}, {IPv4, "1.2.3.4/33"}, {Domain, "a b.com"}, {Domain, "a..com"},
		{Domain, strings.Repeat("a", 64) + ".com"}, {Domain, "evil.com/x"}, {URL, "http://"}, {URL, "http:///x"}, {URL, "http://evil.com:99999/"},
		{Email, "nobody"}, {Email, "a b@evil.com"}, {MD5, "d41d8cd9"}, {SHA256, strings.Repeat("g", 64)}, {SSDeep, "abc"}, {AS, "AS99999999999"},
		{MAC, "00:11:22"}, {paymentCard, "4111111111111112"}, {Text, "a\x00b"}, {Text, "\xff"}, {Text, "  "}, {Vulnerability, "CVE-2021-1"},
		{URL, "http://evil.com/" + strings.Repeat("a", maxValue)},
	} {
		v, err := Canonical(c.typ, c.stated)
		if err == nil {
			t.Errorf("Canonical(%s, %.40q) = %q, want an error", c.typ, c.stated, v.Text)
			continue
		}
		if k := errs.KindOf(err); k == errs.Internal {
			t.Errorf("Canonical(%s, %.40q): the error is internal: %v", c.typ, c.stated, err)
		}
	}
}

func TestRecognise(t *testing.T) {
	for stated, want := range map[string]string{
		"evil[.]com": "domain-name evil.com", "EVIL.COM": "domain-name evil.com", "hxxp://a.b/c": "url http://a.b/c",
		"evil.com/gate.php": "url evil.com/gate.php", "192[.]0.2.1": "ipv4-addr 192.0.2.1", "10.0.0.0/8": "ipv4-addr 10.0.0.0/8",
		"2001:db8::1": "ipv6-addr 2001:db8::1", "a[@]b[.]cn": "email-addr a@b.cn", "setup.exe": "file:name setup.exe",
		"readme.md": "file:name readme.md", "evil.sh": "domain-name evil.sh", "evil[.]zip": "domain-name evil.zip",
		"T1059.001": "attack-pattern T1059.001", "TA0001": "x-mitre-tactic TA0001", "G0007": "intrusion-set G0007", "cwe-79": "weakness CWE-79",
		"AS13335": "autonomous-system AS13335", "00:1a:2b:3c:4d:5e": "mac-addr 00:1a:2b:3c:4d:5e",
		`HKLM\Software\X`: `windows-registry-key HKEY_LOCAL_MACHINE\software\x`, `C:\a\b.exe`: `file:path c:\a\b.exe`,
		`\\.\pipe\x`: `named-pipe \\.\pipe\x`, "Mozilla/5.0 (X)": "user-agent Mozilla/5.0 (X)", "t.me/evil_chan": "user-account telegram:evil_chan",
		"d41d8cd98f00b204e9800998ecf8427e":           "file:md5 d41d8cd98f00b204e9800998ecf8427e",
		"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed": "cryptocurrency-wallet 0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
		"1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2":         "cryptocurrency-wallet 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
		"例子.中国":                                      "domain-name xn--fsqu00a.xn--fiqs8s", "\"evil.com\"": "domain-name evil.com", "evil.com,": "domain-name evil.com",
		"192.0.2.1:443": "ipv4-addr 192.0.2.1", "abc.onion": "domain-name abc.onion",
	} {
		v, ok := Recognise(stated)
		if got := v.Type.String() + " " + v.Text; !ok || got != want {
			t.Errorf("Recognise(%q) = %q, %v; want %q", stated, got, ok, want)
		}
	}
	for _, s := range []string{"", "hello", "hello world", "1.2.3", "v1.2", "银狐", "a.b", "12345678", "x@y", strings.Repeat("a.", 20000)} {
		if v, ok := Recognise(s); ok {
			t.Errorf("Recognise(%.30q) = %v %q, want nothing", s, v.Type, v.Text)
		}
	}
}

func TestKeyAndNet(t *testing.T) {
	a, _ := Canonical(IPv4, "192.0.2.7/32")
	b, _ := Canonical(IPv4, "192.0.2.7")
	c, _ := Canonical(IPv4, "192.0.2.0/24")
	if a.Key() != b.Key() || a.Key() == c.Key() {
		t.Error("an address and its /32 must share a key, a network must not")
	}
	if plen, lo, ok := c.Net(); !ok || plen != 120 || lo != [16]byte{10: 0xff, 11: 0xff, 12: 192, 13: 0, 14: 2} {
		t.Errorf("Net(192.0.2.0/24) = %d %v %v", plen, lo, ok)
	}
	d, _ := Canonical(IPv6, "2001:db8::/32")
	if plen, lo, ok := d.Net(); !ok || plen != 32 || lo[0] != 0x20 || lo[4] != 0 {
		t.Errorf("Net(2001:db8::/32) = %d %v %v", plen, lo, ok)
	}
	if plen, _, ok := b.Net(); !ok || plen != 128 {
		t.Errorf("Net of an address: %d %v", plen, ok)
	}
	if (Value{Domain, "x"}).Key() == (Value{FileName, "x"}).Key() {
		t.Error("types must not share keys")
	}
}

func TestKinDefangUnicode(t *testing.T) {
	for _, c := range []struct {
		typ                      Type
		stated, kin, defanged, u string
	}{
		{Domain, "a.b.evil.co.uk", "evil.co.uk", "a[.]b[.]evil[.]co[.]uk", "a.b.evil.co.uk"},
		{URL, "https://u@x.evil.com:8443/p.php", "evil.com", "hxxps://u@x[.]evil[.]com:8443/p.php", "https://u@x.evil.com:8443/p.php"},
		{URL, "http://192.0.2.1/x", "", "hxxp://192[.]0[.]2[.]1/x", "http://192.0.2.1/x"},
		{URL, "ldap://evil.com/x", "evil.com", "ldap[:]//evil[.]com/x", "ldap://evil.com/x"},
		{URL, "http://[2001:db8::1]/x", "", "hxxp://[2001:db8::1]/x", "http://[2001:db8::1]/x"},
		{Email, "a@b.evil.com", "evil.com", "a[@]b[.]evil[.]com", "a@b.evil.com"},
		{IPv6, "2001:db8::1", "", "2001[:]db8[:][:]1", "2001:db8::1"},
		{Domain, "例子.中国", "xn--fsqu00a.xn--fiqs8s", "xn--fsqu00a[.]xn--fiqs8s", "例子.中国"},
		{MD5, strings.Repeat("a", 32), "", strings.Repeat("a", 32), strings.Repeat("a", 32)},
	} {
		v, err := Canonical(c.typ, c.stated)
		if err != nil {
			t.Fatal(err)
		}
		if kin, ok := v.Kin(); kin != c.kin || ok != (c.kin != "") {
			t.Errorf("Kin(%s) = %q, %v", v.Text, kin, ok)
		}
		if got := Defang(v); got != c.defanged {
			t.Errorf("Defang(%s) = %s, want %s", v.Text, got, c.defanged)
		}
		if back, err := Canonical(v.Type, Defang(v)); err != nil || back != v {
			t.Errorf("Canonical does not undo Defang(%s): %v %v", v.Text, back, err)
		}
		if got := Unicode(v); got != c.u {
			t.Errorf("Unicode(%s) = %s, want %s", v.Text, got, c.u)
		}
	}
}

func TestConfusable(t *testing.T) {
	for _, c := range []struct {
		domain, brand string
		atLeast, most int
	}{
		{"contoso.com", "contoso.com", 0, 0}, {"mail.contoso.com", "contoso.com", 0, 0}, {"contoso.xyz", "contoso.com", 75, 100},
		{"c0ntoso.com", "contoso.com", 90, 100}, {"соntoso.com", "contoso.com", 90, 100}, {"conotso.com", "contoso.com", 80, 100},
		{"contso.com", "contoso.com", 60, 100}, {"contosoo.com", "contoso.com", 80, 100}, {"con-toso.com", "contoso.com", 80, 100},
		{"contoso-login.com", "contoso.com", 70, 100}, {"contoso.com.evil.com", "contoso.com", 70, 100}, {"contosk.com", "contoso.com", 70, 100},
		{"aontoso.com", "contoso.com", 70, 100}, {"gotoso.net", "contoso.com", 0, 50}, {"weather.com", "contoso.com", 0, 0},
		{"xn--80ak6aa92e.com", "apple.com", 90, 100}, {"rnicrosoft.com", "microsoft.com", 90, 100}, {"ibm.org", "ibm.com", 75, 100}, {"ibn.com", "ibm.com", 0, 0},
	} {
		score, how := Confusable(c.domain, c.brand)
		if score < c.atLeast || score > c.most || (score > 0) != (how != "") {
			t.Errorf("Confusable(%s, %s) = %d %q, want %d–%d", c.domain, c.brand, score, how, c.atLeast, c.most)
		}
	}
}

func TestChecksums(t *testing.T) {
	for s, want := range map[string]string{
		"1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2": "BTC", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy": "BTC",
		"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4":                                                      "BTC",
		"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0":                                  "BTC",
		"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed":                                                      "ETH",
		"TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t":                                                              "TRX",
		"44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A": "XMR",
		"1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3":                                                              "", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD": "",
		"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5": "",
	} {
		got, ok := ValidWallet(s)
		if ok != (want != "") || ok && got != want {
			t.Errorf("ValidWallet(%s) = %q, %v; want %q", s, got, ok, want)
		}
	}
	if !ValidIBAN("DE89370400440532013000") || ValidIBAN("DE89370400440532013001") || ValidIBAN("XX89370400440532013000") {
		t.Error("ValidIBAN")
	}
	if !ValidCard("4111111111111111") || ValidCard("4111111111111112") || ValidCard("4444444444444444") {
		t.Error("ValidCard")
	}
}

func FuzzCanonical(f *testing.F) {
	for _, s := range []string{"hxxp://evil[.]com/a", "192.0.2.1/24", "a[at]b.com", "HKLM\\x", "AS1", "[::1]:80", "http://[::1%25e]/", "x\\y", "T1AB", "0x7f.1"} {
		for _, t := range All() {
			f.Add(uint8(t), s)
		}
	}
	f.Fuzz(func(t *testing.T, typ uint8, s string) {
		v, err := Canonical(Type(typ), s)
		if err != nil {
			if errs.KindOf(err) == errs.Internal {
				t.Fatalf("internal error: %v", err)
			}
			return
		}
		again, err := Canonical(v.Type, v.Text)
		if err != nil || again != v {
			t.Fatalf("Canonical(%s, %q) = %q, again %q, %v", Type(typ), s, v.Text, again.Text, err)
		}
		v.Key()
		v.Kin()
		_ = Defang(v) + Unicode(v)
	})
}

func FuzzRecognise(f *testing.F) {
	for _, s := range []string{"evil.com", "hxxp://a", "1.2.3.4", "T1059", "readme.md", "a@b.c", "0x7f", "\\\\a\\b", "\"\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, ok := Recognise(s)
		if !ok {
			return
		}
		if again, err := Canonical(v.Type, v.Text); err != nil || again != v {
			t.Fatalf("Recognise(%q) = %v, but Canonical says %v, %v", s, v, again, err)
		}
	})
}
