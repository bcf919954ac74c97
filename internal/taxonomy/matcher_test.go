package taxonomy

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"path"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/misp"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/realdata"
)

func list(n id.ID, kind string, matching []string, entries ...string) List {
	return List{ID: n, Warninglist: misp.Warninglist{Name: fmt.Sprintf("list %d", n), Type: kind, Matching: matching, List: entries}}
}

func compile(t testing.TB, lists ...List) *Matcher {
	t.Helper()
	m, skipped, err := NewMatcher(lists)
	if err != nil || len(skipped) > 0 {
		t.Fatal(err, skipped)
	}
	return m
}

func ids(hits []Hit) []id.ID {
	var out []id.ID
	for _, h := range hits {
		out = append(out, h.List)
	}
	return out
}

func TestFiveKindsOfMatch(t *testing.T) {
	hosts := []string{"domain", "hostname", "domain|ip", "url"}
	m := compile(t,
		list(1, "string", []string{"md5", "filename|md5"}, "D41D8CD98F00B204E9800998ECF8427E"),
		list(2, "hostname", hosts, ".google.com", "example.net."),
		list(3, "cidr", []string{"ip-src", "ip-dst", "domain|ip"}, "10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32", "192.0.2.7", "0.0.0.0/0"),
		list(4, "substring", []string{"email-src", "url"}, "mail.ru", "ail", "tempmail"),
		list(5, "regex", []string{"email-dst"}, `/^(security|noc)\@.*\..*$/i`),
		list(6, "cidr", nil, "10.1.2.0/24", "::ffff:0:0/96"),
		list(7, "string", nil, "evil.google.com"),
	)
	for _, c := range []struct {
		t    observable.Type
		text string
		want []id.ID
	}{
		{observable.MD5, "d41d8cd98f00b204e9800998ecf8427e", []id.ID{1}},
		{observable.SHA1, "d41d8cd98f00b204e9800998ecf8427e", nil}, // another type
		{observable.Domain, "google.com", []id.ID{2}},
		{observable.Domain, "mail.google.com", []id.ID{2}},
		{observable.Domain, "evil.google.com", []id.ID{2, 7}},
		{observable.Domain, "notgoogle.com", nil},
		{observable.Domain, "example.net", []id.ID{2}},
		{observable.URL, "https://u:p@www.google.com:8443/x?y=.evil.org", []id.ID{2}},
		{observable.URL, "https://evil.org/google.com", nil},
		{observable.URL, "http://evil.org/mail.ru", []id.ID{4}},
		{observable.Email, "a@google.com", nil}, // the list does not name e-mail
		{observable.Email, "a@tempmail.org", []id.ID{4}},
		{observable.Email, "NOC@example.org", []id.ID{5}},
		{observable.IPv4, "10.1.2.3", []id.ID{3, 6}},
		{observable.IPv4, "10.1.3.3", []id.ID{3}},
		{observable.IPv4, "10.0.0.0/7", []id.ID{3}}, // only 0.0.0.0/0 holds all of it
		{observable.IPv4, "10.1.2.0/24", []id.ID{3, 6}},
		{observable.IPv4, "10.1.2.0/23", []id.ID{3}},
		{observable.IPv4, "198.51.100.1", []id.ID{3}},
		{observable.IPv6, "2001:db8::1", []id.ID{3}},
		{observable.IPv6, "2001:db9::1", nil},
		{observable.URL, "http://10.1.2.3/x", []id.ID{6}}, // list 3 does not name url, list 6 names none
		{observable.URL, "http://[2001:db8::1]:80/", nil},
		{observable.Text, "nothing", nil},
		{observable.Domain, "", nil},
	} {
		if d := cmp.Diff(c.want, ids(m.Match(observable.Value{Type: c.t, Text: c.text}))); d != "" {
			t.Errorf("%s %s: %s", c.t, c.text, d)
		}
	}
}

func TestEntriesThatMakeNoSenseAreReported(t *testing.T) {
	m, skipped, err := NewMatcher([]List{
		list(1, "cidr", nil, "10.0.0.0/33", "10.0.0.0/8", "nonsense", "fe80::1%eth0"),
		list(2, "regex", nil, "/(?<=a)b/", "/ok/q", "/x", strings.Repeat("a", 2000), "/fine/g"),
		list(3, "substring", nil, strings.Repeat("x", 5000), "  "),
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(skipped) != 7 || m.Entries() != 3 {
		t.Errorf("%d entries, skipped %v", m.Entries(), skipped)
	}
	var nothing *Matcher
	if nothing.Match(observable.Value{Type: observable.IPv4, Text: "10.0.0.1"}) != nil {
		t.Error("a nil matcher matches nothing")
	}
}

func TestListsWithoutKnownAttributesApplyToAll(t *testing.T) {
	m := compile(t, list(1, "string", []string{".000webhostapp.com"}, "a.org"), list(2, "string", []string{"domain|ip"}, "a.org"), list(3, "string", []string{"domain|ip", "url"}, "a.org"))
	got := ids(m.Match(observable.Value{Type: observable.Domain, Text: "a.org"}))
	if d := cmp.Diff([]id.ID{1, 2}, got); d != "" {
		t.Error(d)
	}
}

// TestNetsAgreeWithPlainSearch compares the packed table with a look at every network.
func TestNetsAgreeWithPlainSearch(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		from := map[netip.Prefix]uint32{}
		four := r.IntN(2) == 0
		random := func() netip.Prefix {
			if four {
				a := netip.AddrFrom4([4]byte{10, byte(r.IntN(2)), byte(r.IntN(4)), byte(r.IntN(256))})
				return netip.PrefixFrom(a, r.IntN(33)).Masked()
			}
			b := [16]byte{0x20, 1, 7: byte(r.IntN(3)), 8: byte(r.IntN(2)), 15: byte(r.IntN(256))}
			return netip.PrefixFrom(netip.AddrFrom16(b), r.IntN(129)).Masked()
		}
		for n := range 60 {
			from[random()] = uint32(n + 1)
		}
		table := packNets(from, four)
		for range 100 {
			p := random()
			want := map[uint32]bool{}
			for q, set := range from {
				if q.Bits() <= p.Bits() && q.Contains(p.Addr()) {
					want[set] = true
				}
			}
			got := map[uint32]bool{}
			table.covering(p, func(set uint32) { got[set] = true })
			if d := cmp.Diff(want, got); d != "" {
				t.Fatalf("%s: %s", p, d)
			}
		}
	}
}

func FuzzSubstrings(f *testing.F) {
	f.Add("he,she,his,hers", "ushers")
	f.Add("a,ab,bab,bc,bca,c,caa", "abccab")
	f.Fuzz(func(t *testing.T, words, text string) {
		split := strings.Split(words, ",")
		if len(split) > 40 {
			return
		}
		var lists []List
		for i, w := range split {
			lists = append(lists, list(id.ID(i+1), "substring", nil, w))
		}
		m, _, err := NewMatcher(lists)
		if err != nil {
			t.Fatal(err)
		}
		var want []id.ID
		for i, w := range split {
			w = strings.ToLower(strings.TrimSpace(w))
			if w != "" && len(w) <= maxSubstring && strings.Contains(strings.ToLower(text), w) {
				want = append(want, id.ID(i+1))
			}
		}
		if d := cmp.Diff(want, ids(m.Match(observable.Value{Type: observable.Text, Text: text}))); d != "" {
			t.Fatal(d)
		}
	})
}

func realLists(t testing.TB) []List {
	var lists []List
	for name, data := range realdata.Files(t, "packs/misp-warninglists.tar.gz", "/list.json") {
		w, err := misp.ParseWarninglist(data)
		if err != nil {
			t.Fatal(err)
		}
		lists = append(lists, List{ID: id.ID(len(lists) + 1), Category: defaultCategory(path.Base(path.Dir(name))), Warninglist: w})
	}
	return lists
}

func TestRealListsFitInMemory(t *testing.T) {
	lists := realLists(t)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	m, skipped, err := NewMatcher(lists)
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	used := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	t.Logf("%d lists, %d entries, %d groups, %d bytes, %d skipped", m.Lists(), m.Entries(), len(m.groups), used, len(skipped))
	if used > 25<<20 {
		t.Errorf("%d bytes are over the limit of 25 MiB", used)
	}
	if m.Entries()+len(skipped) < 528_000 {
		t.Errorf("%d entries", m.Entries())
	}
	for text, want := range map[string]string{"8.8.8.8": "List of known IPv4 public DNS resolvers", "10.1.2.3": "List of RFC 1918 CIDR blocks"} {
		found := false
		for _, h := range m.Match(observable.Value{Type: observable.IPv4, Text: text}) {
			found = found || h.Name == want
		}
		if !found {
			t.Errorf("%s is not on %q: %v", text, want, m.Match(observable.Value{Type: observable.IPv4, Text: text}))
		}
	}
	runtime.KeepAlive(lists)
}

func BenchmarkMatch(b *testing.B) {
	m, _, err := NewMatcher(realLists(b))
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(3, 4))
	kinds := map[string][]observable.Value{}
	for n := range 10_000 {
		kinds["ipv4"] = append(kinds["ipv4"], observable.Value{Type: observable.IPv4, Text: netip.AddrFrom4([4]byte{byte(r.IntN(223) + 1), byte(r.IntN(256)), byte(r.IntN(256)), byte(n)}).String()})
		kinds["domain"] = append(kinds["domain"], observable.Value{Type: observable.Domain, Text: fmt.Sprintf("cdn%x.update-%x.com", r.Uint32(), r.Uint32())})
		kinds["sha256"] = append(kinds["sha256"], observable.Value{Type: observable.SHA256, Text: fmt.Sprintf("%016x%016x%016x%016x", r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64())})
		kinds["url"] = append(kinds["url"], observable.Value{Type: observable.URL, Text: fmt.Sprintf("http://cdn%x.example-%x.net/gate.php?id=%x", r.Uint32(), r.Uint32(), r.Uint64())})
	}
	for _, name := range []string{"ipv4", "domain", "sha256", "url"} {
		values := kinds[name]
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				m.Match(values[i%len(values)])
			}
		})
	}
}
