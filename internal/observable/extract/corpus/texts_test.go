package corpus

import (
	"bufio"
	"fmt"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// dir holds the frozen texts.
const dir = "../testdata/corpus"

func load(t *testing.T) []Text {
	t.Helper()
	texts, err := Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

// required tells the labels that must be reported from those that may or must not be.
func required(l Label) bool { return l.Suppressed == "" && !l.Optional }

func TestEnoughTexts(t *testing.T) {
	texts := load(t)
	var zh, negative int
	for _, x := range texts {
		if x.Lang == "zh" {
			zh++
		}
		if !slices.ContainsFunc(x.Labels, required) {
			negative++
		}
	}
	if n := len(texts); n < 320 || zh < 115 || zh*3 < n || negative*4 < n {
		t.Errorf("%d texts, %d Chinese, %d without a required label: want 320, a third, a quarter", n, zh, negative)
	}
}

func TestEveryTypeIsUsed(t *testing.T) {
	used := map[string]bool{}
	for _, x := range load(t) {
		for _, l := range x.Labels {
			used[l.Type] = used[l.Type] || required(l)
		}
	}
	for _, typ := range Types() {
		if !used[typ] {
			t.Errorf("no text requires a %s", typ)
		}
	}
}

func TestSpansFit(t *testing.T) {
	for _, x := range load(t) {
		if strings.TrimSpace(x.Body) == "" {
			t.Errorf("%s is empty", x.ID)
		}
		checkSpans(t, x)
		for _, l := range x.Labels {
			if l.Original != strings.TrimFunc(l.Original, unicode.IsSpace) {
				t.Errorf("%s: %q has space at an end", x.ID, l.Original)
			}
		}
	}
}

// checkSpans checks that labels are ordered, do not overlap and lie in the body.
func checkSpans(t *testing.T, x Text) {
	t.Helper()
	last := 0
	for _, l := range x.Labels {
		if l.Start < last || l.End <= l.Start || l.End > len(x.Body) {
			t.Fatalf("%s: span [%d,%d) after %d in %d bytes", x.ID, l.Start, l.End, last, len(x.Body))
		}
		if got := x.Body[l.Start:l.End]; got != l.Original {
			t.Errorf("%s: body holds %q at the label of %q", x.ID, got, l.Original)
		}
		last = l.End
	}
}

func TestReasonsAreKnown(t *testing.T) {
	reasons := []string{
		"documentation", "example-domain", "git-commit", "link-local", "loopback",
		"private-range", "reserved", "session-id", "version",
	}
	for _, x := range load(t) {
		for _, l := range x.Labels {
			if l.Suppressed != "" && !slices.Contains(reasons, l.Suppressed) {
				t.Errorf("%s: reason %q of %q is not in the README", x.ID, l.Suppressed, l.Original)
			}
		}
	}
}

// TestValuesAreWellFormed catches slips of the annotator: a value that its own type
// forbids, or one that still carries defanging.
func TestValuesAreWellFormed(t *testing.T) {
	forms := map[string]*regexp.Regexp{
		"attack-pattern":       regexp.MustCompile(`^(T\d{4}(\.\d{3})?|CAPEC-\d+)$`),
		"autonomous-system":    regexp.MustCompile(`^AS\d+$`),
		"campaign":             regexp.MustCompile(`^C\d{4}$`),
		"course-of-action":     regexp.MustCompile(`^M\d{4}$`),
		"domain-name":          regexp.MustCompile(`^[\p{L}\p{N}_-]+(\.[\p{L}\p{N}_-]+)*$`),
		"email-addr":           regexp.MustCompile(`^[a-z0-9._+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$`),
		"file:tlsh":            regexp.MustCompile(`^(T1)?[0-9A-F]{70}$`),
		"file:ssdeep":          regexp.MustCompile(`^\d+:[A-Za-z0-9+/]{8,64}:[A-Za-z0-9+/]{4,32}$`),
		"intrusion-set":        regexp.MustCompile(`^G\d{4}$`),
		"ja4":                  regexp.MustCompile(`^[tqd]\d{2}[di]\d{4}[a-z0-9]{2}_[0-9a-f]{12}_[0-9a-f]{12}$`),
		"jarm":                 regexp.MustCompile(`^[0-9a-f]{62}$`),
		"mac-addr":             regexp.MustCompile(`^[0-9a-f]{2}(:[0-9a-f]{2}){5}$`),
		"malware":              regexp.MustCompile(`^S\d{4}$`),
		"url":                  regexp.MustCompile(`^([a-z+]+://|magnet:)?[^\s"'<>⟦⟧]+$`),
		"user-account":         regexp.MustCompile(`^telegram:[a-z0-9_]+$`),
		"vulnerability":        regexp.MustCompile(`^(CVE-\d{4}-\d{4,}|CNVD-\d{4}-\d+|CNNVD-\d{6}-\d+|GHSA(-[23456789cfghjmpqrvwx]{4}){3})$`),
		"weakness":             regexp.MustCompile(`^CWE-\d+$`),
		"windows-registry-key": regexp.MustCompile(`^HKEY_(LOCAL_MACHINE|CURRENT_USER|USERS|CLASSES_ROOT)\\.+[^\\]$`),
		"x-mitre-tactic":       regexp.MustCompile(`^TA\d{4}$`),
	}
	for typ, digits := range map[string]int{
		"file:md5": 32, "file:imphash": 32, "ja3": 32, "ja3s": 32, "file:sha-1": 40,
		"file:sha-224": 56, "file:sha3-224": 56, "file:sha-256": 64, "file:sha3-256": 64,
		"file:sha-384": 96, "file:sha3-384": 96, "file:sha-512": 128, "file:sha3-512": 128,
	} {
		forms[typ] = regexp.MustCompile(fmt.Sprintf(`^[0-9a-f]{%d}$`, digits))
	}
	defanged := regexp.MustCompile(`(?i)hxxp|meow:|\[[.:@]|[.:@]\]|\(\.\)|\[dot\]|\(dot\)|\[at\]`)
	for _, x := range load(t) {
		for _, l := range x.Labels {
			if f := forms[l.Type]; f != nil && !f.MatchString(l.Value) {
				t.Errorf("%s: value %q is no %s", x.ID, l.Value, l.Type)
			}
			if l.Type != "url" && l.Type != "file:path" && !strings.HasPrefix(l.Type, "indicator:") && defanged.MatchString(l.Value) {
				t.Errorf("%s: value %q is still defanged", x.ID, l.Value)
			}
			if (l.Type == "ipv4-addr" || l.Type == "ipv6-addr") && l.Suppressed != "version" {
				checkAddress(t, x.ID, l)
			}
		}
	}
}

// checkAddress checks that an address or network is the canonical form of its family.
func checkAddress(t *testing.T, id string, l Label) {
	t.Helper()
	text, is4 := "", false
	if p, err := netip.ParsePrefix(l.Value); err == nil {
		text, is4 = p.String(), p.Addr().Is4()
	} else if a, err := netip.ParseAddr(l.Value); err == nil {
		text, is4 = a.String(), a.Is4()
	}
	if text != l.Value || is4 != (l.Type == "ipv4-addr") {
		t.Errorf("%s: %s %q reads as %q", id, l.Type, l.Value, text)
	}
}

// TestREADMECounts keeps the table of the README true.
func TestREADMECounts(t *testing.T) {
	type count struct{ required, suppressed, optional int }
	counts := map[string]count{}
	for _, x := range load(t) {
		for _, l := range x.Labels {
			c := counts[l.Type]
			switch {
			case l.Suppressed != "":
				c.suppressed++
			case l.Optional:
				c.optional++
			default:
				c.required++
			}
			counts[l.Type] = c
		}
	}
	f, err := os.Open(dir + "/README.md")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	stated := map[string]count{}
	for s := bufio.NewScanner(f); s.Scan(); {
		var typ string
		var c count
		if n, _ := fmt.Sscanf(s.Text(), "| %s | %d | %d | %d |", &typ, &c.required, &c.suppressed, &c.optional); n == 4 {
			stated[typ] = c
		}
	}
	for _, typ := range Types() {
		if stated[typ] != counts[typ] {
			t.Errorf("README states %+v for %s, the texts hold %+v", stated[typ], typ, counts[typ])
		}
	}
}
