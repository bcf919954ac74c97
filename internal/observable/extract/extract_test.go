package extract_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/observable/extract"
	"github.com/vedette-ti/vedette/internal/observable/extract/corpus"
)

func newExtractor(t testing.TB, o extract.Options) *extract.Extractor {
	t.Helper()
	x, err := extract.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// found lists "type value" of every unsuppressed result.
func found(x *extract.Extractor, text string) []string {
	out := []string{}
	for _, r := range x.Bytes([]byte(text)) {
		if r.Suppressed == "" {
			out = append(out, r.Type.String()+" "+r.Value)
		}
	}
	return out
}

func TestBytes(t *testing.T) {
	x := newExtractor(t, extract.Options{})
	for _, c := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{"evil[.]com", []string{"domain-name evil.com"}},
		{"Visit evil[.com] or evil[dot]net.", []string{"domain-name evil.com", "domain-name evil.net"}},
		{"evil**[.]**com and *evil*[.]*org*", []string{"domain-name evil.com", "domain-name evil.org"}},
		{"evil[.]comThe next", []string{"domain-name evil.com"}},
		{"see end.The next, e.g. this, i.e. that, U.S. and a.m.", nil},
		{"hxxps[://]a.evil[.]top[:]8443/x[.]php?id=1,2.", []string{"url https://a.evil.top:8443/x.php?id=1,2"}},
		{"http://a.evil.ru/x,http://b.evil.ru/y", []string{"url http://a.evil.ru/x", "url http://b.evil.ru/y"}},
		{"(http://evil.ru/a(b)c)", []string{"url http://evil.ru/a(b)c"}},
		{"evil.ru/gate.php and 91.2.3.44:8080/a", []string{"url evil.ru/gate.php", "url 91.2.3.44:8080/a"}},
		{"http://%s/x http://<server>/ http://$i:80/", nil},
		{"debbugs://bugs.evil.org/x", []string{"url debbugs://bugs.evil.org/x"}},
		{"http://evil.ru/abc…", nil},
		{"http://user:pw@evil.ru:81/", []string{"url http://user:pw@evil.ru:81/"}},
		{"http://[2a09:bac0:41::7]:80/x", []string{"url http://[2a09:bac0:41::7]:80/x"}},
		{"The C2 at evil[.]com and the panel at evil(.)org", []string{"domain-name evil.com", "domain-name evil.org"}},
		{"name(at)evil(dot)com, kim at evil dot com", []string{"email-addr name@evil.com", "email-addr kim@evil.com"}},
		{"91.2.3.0/24, 91.2.3.4-91.2.3.9, 91.2.3.4:443", []string{"ipv4-addr 91.2.3.0/24", "ipv4-addr 91.2.3.4", "ipv4-addr 91.2.3.9", "ipv4-addr 91.2.3.4"}},
		{"91.2.3.400 91.2.3.4.5 01.2.3.4", nil},
		{"at 12:30:45, ratio 3:4:5, std::vector, a::b, dead::beef", nil},
		{"2A09:BAC0:0041:0::7 and fd00::1%eth0", []string{"ipv6-addr 2a09:bac0:41::7"}},
		{"System.Net.Http, java.io.File, os.path.join, window.top, this.name", nil},
		{"com.tencent.mm, org.apache.commons.io, Trojan.Win32.Inject.me", nil},
		{"libfoo.so, setup.sh, readme.md, invoice.zip", []string{"file:name libfoo.so", "file:name setup.sh", "file:name readme.md", "file:name invoice.zip"}},
		{"Node.js and Vue.js", nil},
		{"版本1.2.3.4，攻击IP104.194.152.35利用", []string{"ipv4-addr 104.194.152.35"}},
		{"访问evil.com网站，下载http://evil.cn/a.exe。", []string{"domain-name evil.com", "url http://evil.cn/a.exe"}},
		{"互斥体：Global\\Mx_01，管道\\\\.\\pipe\\abc", []string{`mutex Global\Mx_01`, `named-pipe \\.\pipe\abc`}},
		{"MD5 d41d8cd98f00b204e98\n00998ecf84271", []string{"file:md5 d41d8cd98f00b204e9800998ecf84271"}},
		{"commit 2adb9b2bfb31afebbdd9f990e2b74c9a3d4e5c57", nil},
		{"SHA2569f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08hxxp://evil[.]ru/a",
			[]string{"file:sha-256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "url http://evil.ru/a"}},
		{"imphash: 745b4651b236a73c7ec443e44e946892", []string{"file:imphash 745b4651b236a73c7ec443e44e946892"}},
		{"CVE‑2024–21762, cve_2024_1234, GHSA-C2QF-RXJJ-QQGW", []string{"vulnerability CVE-2024-21762", "vulnerability CVE-2024-1234", "vulnerability GHSA-c2qf-rxjj-qqgw"}},
		{"T1059.001, TA0002, room G0007", []string{"attack-pattern T1059.001", "x-mitre-tactic TA0002", "intrusion-set G0007"}},
		{"room G0007, part S0154", nil},
		{"AS13335, ASN 13335, ASN1", []string{"autonomous-system AS13335", "autonomous-system AS13335"}},
		{"an AS400 and AS2 over HTTP", nil},
		{`C:\Program Files\Evil Corp\a.exe runs HKLM\Software\Evil`, []string{`file:path C:\Program Files\Evil Corp\a.exe`, `windows-registry-key HKEY_LOCAL_MACHINE\Software\Evil`}},
		{"t.me/evil_chan t.me/+abcdefgh @nobody", []string{"user-account telegram:evil_chan", "url t.me/+abcdefgh"}},
		{"aHR0cDovL2V2aWwucnUvYS5leGU=", []string{"url http://evil.ru/a.exe"}},
		{"687474703a2f2f6576696c2e72752f61", []string{"url http://evil.ru/a"}},
		{"http%3A%2F%2Fevil.ru%2Fa", []string{"url http://evil.ru/a"}},
		{"1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3", []string{"cryptocurrency-wallet 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"}},
		{"rule x { condition: true } rule of thumb {", []string{"indicator:yara rule x { condition: true }"}},
		{"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U", nil},
	} {
		if diff := cmp.Diff(append([]string{}, c.want...), found(x, c.text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.text, diff)
		}
	}
}

func TestSuppression(t *testing.T) {
	x := newExtractor(t, extract.Options{
		Publisher: []string{"vendor.com"},
		Suppress: func(typ observable.Type, v string) (string, bool) {
			return "warninglist:known", typ == observable.Domain && v == "good.net"
		},
	})
	for text, want := range map[string]string{
		"10.1.2.3": "private-range", "127.0.0.1": "loopback", "169.254.1.1": "link-local", "192.0.2.1": "documentation", "224.0.0.5": "multicast",
		"0.0.0.0": "reserved", "2001:db8::1": "documentation", "100.64.1.1": "shared-range", "http://192.168.1.1/a": "private-range", "http://localhost/a": "loopback",
		"a.example.com": "example-domain", "x@example.org": "example-domain", "db.corp.local": "private-domain", "http://x.test/": "example-domain",
		"blog.vendor.com": "publisher", "http://vendor.com/a": "publisher", "good.net": "warninglist:known", "version 1.2.3.4": "version",
		"http://3232235777/a": "private-range", "http://intranet/a": "private-domain", "d41d8cd98f00b204e9800998ecf8427e": "empty-file",
		"notvendor.com": "", "bad.net": "", "[http://[::1]:80/]": "loopback",
	} {
		rs := x.Bytes([]byte(text))
		if len(rs) != 1 || rs[0].Suppressed != want {
			t.Errorf("%q: %+v, want one result suppressed by %q", text, rs, want)
		}
	}
	if _, err := extract.New(extract.Options{Publisher: []string{"not a host"}}); errs.KindOf(err) != errs.Invalid {
		t.Errorf("a publisher that is no host: %v", err)
	}
}

func TestTypes(t *testing.T) {
	set, err := extract.ParseTypes("url, file:*")
	if err != nil {
		t.Fatal(err)
	}
	x := newExtractor(t, extract.Options{Types: set})
	got := found(x, "http://evil.ru/ evil.com 91.2.3.4 a.exe CVE-2024-1234 d41d8cd98f00b204e9800998ecf84271")
	if diff := cmp.Diff([]string{"url http://evil.ru/", "file:name a.exe", "file:md5 d41d8cd98f00b204e9800998ecf84271"}, got); diff != "" {
		t.Error(diff)
	}
	if _, err := extract.ParseTypes("url,nonsense"); errs.KindOf(err) != errs.Invalid {
		t.Errorf("an unknown type: %v", err)
	}
	text := "DE89 3704 0044 0532 0130 00, 5424 1800 1234 5671 and +49 1573 5990017"
	if got := found(newExtractor(t, extract.Options{}), text); len(got) != 0 {
		t.Errorf("opt-in types came unasked: %v", got)
	}
	all, err := extract.ParseTypes("all")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"bank-account DE89370400440532013000", "payment-card 5424180012345671", "phone-number +4915735990017"}
	if diff := cmp.Diff(want, found(newExtractor(t, extract.Options{Types: all}), text)); diff != "" {
		t.Error(diff)
	}
}

// TestAskedFor scores the texts whose types are opt-in.
func TestAskedFor(t *testing.T) {
	texts, err := corpus.Load(os.DirFS("testdata/corpus"))
	if err != nil {
		t.Fatal(err)
	}
	all, _ := extract.ParseTypes("all")
	x := newExtractor(t, extract.Options{Types: all})
	tallies := map[string]*tally{}
	for _, text := range texts {
		if !strings.HasPrefix(text.File, "21-asked-for") {
			continue
		}
		s := sample{id: text.ID, body: text.Body}
		for _, l := range text.Labels {
			s.labels = append(s.labels, gold{Label: l})
		}
		score(x, s, tallies, func(line string) { t.Log(line) })
	}
	for typ, c := range tallies {
		if c.precision() < 0.9 || c.recall() < 0.9 {
			t.Errorf("%s: %+v", typ, *c)
		}
	}
}

// long makes a text bigger than several windows from the corpus.
func long(t testing.TB) []byte {
	texts, err := corpus.Load(os.DirFS("testdata/corpus"))
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(3, 4))
	var b bytes.Buffer
	for b.Len() < 1500<<10 {
		b.WriteString(texts[r.IntN(len(texts))].Body)
		b.WriteString([]string{"\n", " ", "\n\n", ""}[r.IntN(4)])
	}
	return b.Bytes()
}

func collect(t testing.TB, x *extract.Extractor, r io.Reader) []extract.Result {
	t.Helper()
	var out []extract.Result
	err := x.Stream(context.Background(), r, func(res extract.Result) error {
		out = append(out, res)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestStreamEqualsBytes(t *testing.T) {
	x := newExtractor(t, extract.Options{})
	for _, text := range [][]byte{long(t), long(t)[:512<<10], long(t)[:(512<<10)+1], []byte(strings.Repeat("evil.com/a ", 200000)), bytes.Repeat([]byte("a.b"), 500000)} {
		want := x.Bytes(text)
		checkSpans(t, text, want)
		for name, r := range map[string]io.Reader{
			"whole": bytes.NewReader(text), "halves": iotest.HalfReader(bytes.NewReader(text)), "data with EOF": iotest.DataErrReader(bytes.NewReader(text)),
			"chunks": &chunks{rand.New(rand.NewPCG(5, 6)), bytes.NewReader(text)},
		} {
			if got := collect(t, x, r); !slices.Equal(got, want) {
				t.Fatalf("%s: Stream differs from Bytes:\n%.2000s", name, cmp.Diff(want, got))
			}
		}
	}
}

// chunks reads in pieces of random sizes.
type chunks struct {
	r *rand.Rand
	b *bytes.Reader
}

func (c *chunks) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	return c.b.Read(p[:1+c.r.IntN(len(p))])
}

func TestStreamFindsEverythingAtWindowEdges(t *testing.T) {
	x := newExtractor(t, extract.Options{})
	value := "hxxp://edge[.]evil[.]ru/path/x.php"
	for _, at := range []int{448<<10 - 40, 448<<10 - 20, 448<<10 - 5, 448 << 10, 448<<10 + 10, 512<<10 - 10, 512 << 10} {
		text := append(bytes.Repeat([]byte("word "), at/5), value...)
		text = append(text, bytes.Repeat([]byte(" word"), 40000)...)
		rs := collect(t, x, bytes.NewReader(text))
		if len(rs) != 1 || rs[0].Value != "http://edge.evil.ru/path/x.php" || rs[0].Original != value {
			t.Errorf("at %d: %+v", at, rs)
		}
	}
}

func TestStreamStops(t *testing.T) {
	x := newExtractor(t, extract.Options{})
	boom := errors.New("boom")
	if err := x.Stream(context.Background(), strings.NewReader("evil.com evil.net"), func(extract.Result) error { return boom }); !errors.Is(err, boom) {
		t.Errorf("an error of emit: %v", err)
	}
	if err := x.Stream(context.Background(), iotest.ErrReader(boom), func(extract.Result) error { return nil }); !errors.Is(err, boom) {
		t.Errorf("an error of the reader: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := x.Stream(ctx, strings.NewReader("evil.com"), func(extract.Result) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context: %v", err)
	}
}

// endless gives n bytes of one line.
type endless struct{ n int }

func (e *endless) Read(p []byte) (int, error) {
	if e.n <= 0 {
		return 0, io.EOF
	}
	n := min(len(p), e.n)
	for i := range n {
		p[i] = "abcdefgh."[i%9]
	}
	e.n -= n
	return n, nil
}

// TestLongLine reads one line of 32 MiB; memory would show in what is allocated.
func TestLongLine(t *testing.T) {
	x := newExtractor(t, extract.Options{})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := x.Stream(context.Background(), &endless{32 << 20}, func(extract.Result) error { return nil }); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if mib := (after.TotalAlloc - before.TotalAlloc) >> 20; mib > 8 {
		t.Errorf("one line of 32 MiB allocated %d MiB", mib)
	}
}

// checkSpans holds what every answer must satisfy.
func checkSpans(t testing.TB, text []byte, rs []extract.Result) {
	t.Helper()
	last := int64(0)
	for _, r := range rs {
		if r.Start < last || r.End <= r.Start || r.End > int64(len(text)) {
			t.Fatalf("span [%d,%d) after %d in %d bytes", r.Start, r.End, last, len(text))
		}
		if string(text[r.Start:r.End]) != r.Original {
			t.Fatalf("original %q is not text[%d:%d] %q", r.Original, r.Start, r.End, text[r.Start:r.End])
		}
		if r.Value == "" || r.Type == observable.None || r.Confidence < 0 || r.Confidence > 100 {
			t.Fatalf("incomplete result %+v", r)
		}
		last = r.End
	}
}

func FuzzBytes(f *testing.F) {
	texts, err := corpus.Load(os.DirFS("testdata/corpus"))
	if err != nil {
		f.Fatal(err)
	}
	for _, x := range texts {
		f.Add([]byte(x.Body))
	}
	for _, p := range hostile() {
		f.Add([]byte(strings.Repeat(p, 20)))
	}
	// A rule that cannot be stored once made the scan go back to it for ever.
	f.Add([]byte("rule a { condition:'\xc2\xde0 }\n\nrule\xb5 b {\n  condition:\n x\x00y\n}"))
	all, _ := extract.ParseTypes("all")
	x := newExtractor(f, extract.Options{Types: all, Publisher: []string{"vendor.com"}})
	f.Fuzz(func(t *testing.T, text []byte) {
		want := x.Bytes(text)
		checkSpans(t, text, want)
		got := collect(t, x, &chunks{rand.New(rand.NewPCG(7, uint64(len(text)))), bytes.NewReader(text)})
		if !slices.Equal(want, got) {
			t.Fatalf("Stream differs from Bytes:\n%s", cmp.Diff(want, got))
		}
		for _, r := range want {
			if _, err := observable.Canonical(r.Type, r.Value); err != nil {
				t.Fatalf("Canonical(%s, %q): %v", r.Type, r.Value, err)
			}
		}
	})
}

func TestWriters(t *testing.T) {
	x := newExtractor(t, extract.Options{})
	rs := x.Bytes([]byte("evil[.]com 10.0.0.1"))
	write := func(w extract.Writer, file string) {
		t.Helper()
		for _, r := range rs {
			if err := w.Write(file, r); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	write(extract.WriteNDJSON(&b), "")
	want := `{"type":"domain-name","value":"evil.com","original":"evil[.]com","start":0,"end":10,"defanged":true,"confidence":95,"suppressed":null}
{"type":"ipv4-addr","value":"10.0.0.1","original":"10.0.0.1","start":11,"end":19,"defanged":false,"confidence":90,"suppressed":"private-range"}
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
	b.Reset()
	write(extract.WriteNDJSON(&b), "a.txt")
	if !strings.HasPrefix(b.String(), `{"file":"a.txt","type":`) {
		t.Errorf("file name: %s", b.String())
	}
	b.Reset()
	rs = append(rs, extract.Result{Type: observable.FileName, Value: "=cmd|' /C calc'!A0.exe", Original: "+1", Suppressed: "-x"})
	write(extract.WriteCSV(&b), "@f")
	for _, cell := range []string{"'=cmd|' /C calc'!A0.exe", "'+1", "'-x", "'@f"} {
		if !strings.Contains(b.String(), ","+cell) && !strings.Contains(b.String(), "\n"+cell) {
			t.Errorf("the CSV has no cell %s:\n%s", cell, b.String())
		}
	}
	b.Reset()
	rs = []extract.Result{{Type: observable.URL, Value: "http://evil.com/\x1b[31m", Original: "x"}}
	write(extract.WriteTable(&b), "")
	if s := b.String(); strings.Contains(s, "\x1b") || !strings.Contains(s, "hxxp://evil[.]com/") {
		t.Errorf("table: %q", s)
	}
	b.Reset()
	if err := extract.ListTypes(&b); err != nil || !strings.Contains(b.String(), "file:sha-256\n") || !strings.Contains(b.String(), "bank-account\tonly") {
		t.Errorf("ListTypes: %v\n%s", err, b.String())
	}
}
