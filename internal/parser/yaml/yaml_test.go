package yaml

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/parser"
)

const sigmaRule = "title: Silver Fox\nlogsource:\n  product: windows\ndetection:\n  sel:\n    Image: evil.exe\n  condition: sel\n"

func TestText(t *testing.T) {
	for _, c := range []struct {
		name, yaml, want string
		warnings         int
	}{
		{"nested", "# seen 2024\ntitle: 银狐\niocs:\n  - value: 1.2.3.4 # C2\n    tags: [a, b]\n  - evil.example\nempty: ~\n",
			"# seen 2024\ntitle: 银狐\niocs / value: 1.2.3.4 # C2\niocs / tags: a\niocs / tags: b\niocs: evil.example\n", 0},
		{"escapes and folds", "a: \"\\u94f6\\u72d0\"\nb: >\n  one\n  two\n", "a: 银狐\nb: one two\n", 0},
		{"several documents", "a: 1\n---\nb: 2\n", "a: 1\n\nb: 2\n", 0},
		{"aliases are not followed", "a: &x [1, 2]\nb: *x\n", "a: 1\na: 2\n", 0},
		{"Sigma as written", sigmaRule, sigmaRule, 0},
		{"not YAML", "a: [1\nb: evil.example\n", "a: [1\nb: evil.example\n", 1},
	} {
		doc, err := New().Parse(t.Context(), parser.Input{Name: "x.yml", Data: []byte(c.yaml)}, parser.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c.want, doc.Text); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
		if len(doc.Warnings) != c.warnings {
			t.Errorf("%s: %v", c.name, doc.Warnings)
		}
	}
}

func TestHostile(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for i := 'b'; i < 'k'; i++ {
		bomb += string(i) + ": &" + string(i) + " [" + strings.Repeat("*"+string(i-1)+",", 9) + "]\n"
	}
	start := time.Now()
	for name, data := range map[string]string{
		"aliases": bomb, "flow": strings.Repeat("[", 5_000_000), "maps": strings.Repeat("{a: ", 1_000_000),
		"indent": strings.Repeat("- ", 1_000_000), "keys": strings.Repeat("? ", 100_000), "tags": strings.Repeat("!a ", 100_000),
	} {
		doc, err := New().Parse(t.Context(), parser.Input{Name: name, Data: []byte(data)}, parser.Limits{})
		if err != nil || len(doc.Text) > len(data)+10 {
			t.Errorf("%s: %d bytes of text, %v", name, len(doc.Text), err)
		}
		if d := time.Since(start); d > 20*time.Second {
			t.Errorf("%s: %v", name, d)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("a: &x [1]\nb: *x\n# c\n---\n- d"))
	f.Fuzz(func(t *testing.T, data []byte) {
		lim := parser.Limits{Text: 1000, Depth: 10}
		doc, err := New().Parse(t.Context(), parser.Input{Name: "f", Data: data}, lim)
		if err == nil {
			err = doc.Check(lim)
		}
		if err != nil {
			t.Fatal(err)
		}
	})
}
