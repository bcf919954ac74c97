package extract_test

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"archive/tar"
	"compress/gzip"
	"errors"
	"io"

	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/observable/extract"
	"github.com/vedette-ti/vedette/internal/observable/extract/corpus"
)

// go test ./internal/observable/extract -run TestCorpus -v -corpus-table
var (
	corpusTable  = flag.Bool("corpus-table", false, "print precision and recall per type")
	corpusErrors = flag.String("corpus-errors", "", "print the errors of texts whose id begins so (held-out ones never)")
)

// gold is one expectation.
type gold struct {
	corpus.Label
	alt []string
}

// sample is one labelled text of either corpus.
type sample struct {
	id, body string
	labels   []gold
}

// heldOut sets a third of the texts aside; rules are never written for them.
func heldOut(id string) bool {
	h := fnv.New64a()
	h.Write([]byte(id))
	return h.Sum64()%3 == 0
}

// tally counts one type's results.
type tally struct{ tp, fp, fn int }

func (t tally) precision() float64 { return ratio(t.tp, t.tp+t.fp) }

func (t tally) recall() float64 { return ratio(t.tp, t.tp+t.fn) }

func ratio(a, b int) float64 {
	if b == 0 {
		return 1
	}
	return float64(a) / float64(b)
}

// score compares results with labels: a result is right when type, value and span agree.
func score(x *extract.Extractor, s sample, tallies map[string]*tally, report func(string)) {
	get := func(typ string) *tally {
		if tallies[typ] == nil {
			tallies[typ] = &tally{}
		}
		return tallies[typ]
	}
	matched := make([]bool, len(s.labels))
next:
	for _, r := range x.Bytes([]byte(s.body)) {
		if r.Suppressed != "" {
			continue
		}
		for i, l := range s.labels {
			if matched[i] || l.Type != r.Type.String() || int64(l.Start) != r.Start || int64(l.End) != r.End || l.Suppressed != "" {
				continue
			}
			if right(l, r.Value) {
				matched[i] = true
				if !l.Optional {
					get(l.Type).tp++
				}
				continue next
			}
		}
		for _, l := range s.labels {
			if l.Optional && int(r.Start) < l.End && int(r.End) > l.Start {
				continue next
			}
		}
		get(r.Type.String()).fp++
		report(fmt.Sprintf("FP %s %s %q [%d,%d) %q", s.id, r.Type, r.Value, r.Start, r.End, around(s.body, int(r.Start), int(r.End))))
	}
	for i, l := range s.labels {
		if !matched[i] && l.Suppressed == "" && !l.Optional {
			get(l.Type).fn++
			report(fmt.Sprintf("FN %s %s %q [%d,%d) %q", s.id, l.Type, l.Value, l.Start, l.End, around(s.body, l.Start, l.End)))
		}
	}
}

func right(l gold, value string) bool {
	if l.Value == value {
		return true
	}
	for _, a := range l.alt {
		if a == value {
			return true
		}
	}
	return false
}

func around(s string, start, end int) string {
	return strings.ToValidUTF8(s[max(0, start-30):start]+"⟦"+s[start:end]+"⟧"+s[end:min(len(s), end+20)], "")
}

func textSamples(t *testing.T) []sample {
	texts, err := corpus.Load(os.DirFS("testdata/corpus"))
	if err != nil {
		t.Fatal(err)
	}
	var out []sample
	for _, x := range texts {
		if strings.HasPrefix(x.File, "21-asked-for") {
			continue // its types are opt-in and have a test of their own
		}
		s := sample{id: x.ID, body: x.Body}
		for _, l := range x.Labels {
			s.labels = append(s.labels, gold{Label: l})
		}
		out = append(out, s)
	}
	return out
}

// annotation is one file of testdata/reports.
type annotation struct {
	Archive, Path, SHA256 string
	Labels                []struct {
		Type, Value, Original string
		Start, End            int
		Suppressed            string
		Optional              bool
		Alt                   []string
	}
}

// reportSamples reads the annotated reports' texts from the shared real data. ok is false where
// that is absent.
func reportSamples(t *testing.T, pattern string) ([]sample, bool) {
	dir, ok := sharedData()
	if !ok {
		return nil, false
	}
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	wanted := map[string]map[string]annotation{}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var a annotation
		if err := unmarshal(raw, &a); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		if wanted[a.Archive] == nil {
			wanted[a.Archive] = map[string]annotation{}
		}
		wanted[a.Archive][a.Path] = a
	}
	var out []sample
	for archive, paths := range wanted {
		err := walkArchive(filepath.Join(dir, archive), func(name string, data []byte) {
			a, ok := paths[name]
			if !ok {
				return
			}
			sum := sha256.Sum256(data)
			if hex.EncodeToString(sum[:]) != a.SHA256 {
				t.Errorf("%s is not the text that was annotated", name)
				return
			}
			s := sample{id: filepath.Base(filepath.Dir(name)) + "/" + filepath.Base(name), body: string(data)}
			for _, l := range a.Labels {
				s.labels = append(s.labels, gold{corpus.Label{Type: l.Type, Value: l.Value, Original: l.Original, Suppressed: l.Suppressed, Optional: l.Optional, Start: l.Start, End: l.End}, l.Alt})
			}
			out = append(out, s)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].id < out[j].id })
	if len(out) != len(files) {
		t.Errorf("found %d of %d annotated reports", len(out), len(files))
	}
	return out, true
}

func unmarshal(raw []byte, a *annotation) error {
	var v struct {
		Archive string `json:"archive"`
		Path    string `json:"path"`
		SHA256  string `json:"sha256"`
		Labels  []struct {
			Type       string   `json:"type"`
			Value      string   `json:"value"`
			Original   string   `json:"original"`
			Start      int      `json:"start"`
			End        int      `json:"end"`
			Suppressed string   `json:"suppressed"`
			Optional   bool     `json:"optional"`
			Alt        []string `json:"alt"`
		} `json:"labels"`
	}
	if err := jsonx.Unmarshal(raw, &v); err != nil {
		return err
	}
	a.Archive, a.Path, a.SHA256 = v.Archive, v.Path, v.SHA256
	for _, l := range v.Labels {
		a.Labels = append(a.Labels, struct {
			Type, Value, Original string
			Start, End            int
			Suppressed            string
			Optional              bool
			Alt                   []string
		}{l.Type, l.Value, l.Original, l.Start, l.End, l.Suppressed, l.Optional, l.Alt})
	}
	return nil
}

// sharedData finds the folder of real data: VEDETTE_SHARED, or shared/data beside the project.
func sharedData() (string, bool) {
	if dir := os.Getenv("VEDETTE_SHARED"); dir != "" {
		return filepath.Join(dir, "real"), true
	}
	dir, err := os.Getwd()
	for ; err == nil && dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		p := filepath.Join(dir, "shared", "data", "real")
		if _, statErr := os.Stat(p); statErr == nil {
			return p, true
		}
	}
	return "", false
}

func walkArchive(path string, fn func(name string, data []byte)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if h.Typeflag != tar.TypeReg || h.Size > 8<<20 {
			continue
		}
		data, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		fn(strings.TrimPrefix(h.Name, "./"), data)
	}
}

func TestCorpus(t *testing.T) {
	x, err := extract.New(extract.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		load func(*testing.T) ([]sample, bool)
	}{
		{"texts", func(t *testing.T) ([]sample, bool) { return textSamples(t), true }},
		{"reports", func(t *testing.T) ([]sample, bool) { return reportSamples(t, "testdata/reports/*.json") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			samples, ok := c.load(t)
			if !ok {
				t.Skip("the real reports are not here: set VEDETTE_SHARED to the folder that holds real/")
			}
			parts := map[bool]map[string]*tally{false: {}, true: {}}
			for _, s := range samples {
				held := heldOut(s.id)
				score(x, s, parts[held], func(line string) {
					if !held && *corpusErrors != "" && strings.HasPrefix(s.id, strings.TrimPrefix(*corpusErrors, "*")) {
						t.Log(line)
					}
				})
			}
			for _, held := range []bool{false, true} {
				if *corpusTable {
					t.Log(table(c.name, held, parts[held]))
				}
				checkFloors(t, c.name, held, parts[held])
			}
		})
	}
}

func table(name string, held bool, tallies map[string]*tally) string {
	var b strings.Builder
	part := "tuned on"
	if held {
		part = "held out"
	}
	fmt.Fprintf(&b, "\n%s, %s\n%-24s %6s %6s %6s %9s %9s\n", name, part, "type", "right", "wrong", "missed", "precision", "recall")
	var names []string
	var all tally
	for n, c := range tallies {
		names = append(names, n)
		all.tp, all.fp, all.fn = all.tp+c.tp, all.fp+c.fp, all.fn+c.fn
	}
	sort.Strings(names)
	for _, n := range names {
		c := tallies[n]
		fmt.Fprintf(&b, "%-24s %6d %6d %6d %9.4f %9.4f\n", n, c.tp, c.fp, c.fn, c.precision(), c.recall())
	}
	fmt.Fprintf(&b, "%-24s %6d %6d %6d %9.4f %9.4f\n", "all", all.tp, all.fp, all.fn, all.precision(), all.recall())
	return b.String()
}

// checkFloors holds what has been reached; the floors of the first five groups are the goals.
func checkFloors(t *testing.T, name string, held bool, tallies map[string]*tally) {
	t.Helper()
	for _, g := range []struct {
		name              string
		types             []string
		precision, recall float64
	}{
		{"hashes", []string{"file:md5", "file:sha-1", "file:sha-224", "file:sha-256", "file:sha-384", "file:sha-512", "file:sha3-224", "file:sha3-256", "file:sha3-384", "file:sha3-512"}, 0.98, 0.97},
		{"addresses", []string{"ipv4-addr", "ipv6-addr"}, 0.98, 0.97},
		{"URLs", []string{"url"}, 0.98, 0.97},
		{"vulnerabilities", []string{"vulnerability"}, 0.98, 0.97},
		{"domains", []string{"domain-name"}, 0.96, 0.96},
		{"files", []string{"file:name", "file:path"}, 0.92, 0.95},
		{"everything", nil, 0.98, 0.98},
	} {
		var sum tally
		for typ, c := range tallies {
			if g.types == nil || slices.Contains(g.types, typ) {
				sum.tp, sum.fp, sum.fn = sum.tp+c.tp, sum.fp+c.fp, sum.fn+c.fn
			}
		}
		if sum.precision() < g.precision || sum.recall() < g.recall {
			t.Errorf("%s (held out: %v), %s: precision %.4f and recall %.4f are below %.2f and %.2f",
				name, held, g.name, sum.precision(), sum.recall(), g.precision, g.recall)
		}
	}
}
