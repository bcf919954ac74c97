package all_test

import (
	"os"
	"slices"
	"testing"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/feed/all"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

func TestEveryKindIsDescribed(t *testing.T) {
	names := map[string]bool{}
	for _, k := range all.Kinds() {
		if names[k.Name] {
			t.Errorf("%s is listed twice", k.Name)
		}
		names[k.Name] = true
		if k.Label.EN == "" || k.Label.ZH == "" || k.Help.EN == "" || k.Help.ZH == "" {
			t.Errorf("%s lacks a text", k.Name)
		}
		fields := map[string]bool{}
		for _, f := range k.Fields {
			if fields[f.Name] || f.Label.EN == "" || f.Label.ZH == "" || (f.Help.EN == "") != (f.Help.ZH == "") {
				t.Errorf("%s.%s: twice, or a text is missing", k.Name, f.Name)
			}
			fields[f.Name] = true
		}
	}
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		member := e.IsDir() && !slices.Contains([]string{"all", "feedtest", "preset", "testdata"}, e.Name())
		if member && !names[e.Name()] {
			t.Errorf("folder %s is not listed", e.Name())
		}
	}
}

// TestFieldsAreAccepted gives each kind every field it describes, alone with the required ones: a
// form must not offer what New refuses as unknown, and secrets must not be part of the document.
func TestFieldsAreAccepted(t *testing.T) {
	sample := map[feed.FieldType]any{
		feed.String: "/x", feed.URL: "https://host.test/x", feed.Path: "/x", feed.Integer: 1, feed.Boolean: true,
		feed.Lines: []string{"https://host.test/x"}, feed.Mapping: map[string]any{"format": "text"},
	}
	special := map[string]any{"header": "X-Key", "selector": "main", "include": []string{"x"}, "exclude": []string{"x"}, "repo": "owner/name", "gists_of": "user"}
	for _, k := range all.Kinds() {
		for _, f := range k.Fields {
			doc := map[string]any{}
			if k.Name == "misp" && f.Name != "path" {
				doc["url"] = "https://host.test/x"
			}
			if k.Name == "github" && f.Name != "search" && f.Name != "gists_of" {
				doc["repo"] = "owner/name"
			}
			for _, g := range k.Fields {
				if g.Required || g.Name == f.Name {
					doc[g.Name] = sample[g.Type]
					if v, ok := special[g.Name]; ok {
						doc[g.Name] = v
					}
				}
			}
			config, err := jsonx.Marshal(doc)
			if err != nil {
				t.Fatal(err)
			}
			_, err = k.New(config)
			if e, _ := errs.As(err); f.Type == feed.Secret {
				if e == nil || e.Code != "unknown_source_field" {
					t.Errorf("%s.%s: a secret is taken from the document: %v", k.Name, f.Name, err)
				}
			} else if err != nil {
				t.Errorf("%s.%s: %s: %v", k.Name, f.Name, config, err)
			}
		}
	}
}

func TestBadDocuments(t *testing.T) {
	for _, k := range all.Kinds() {
		for _, doc := range []string{"{", "[]", "null x", `{"nope":1}`, `{"url":"https://a.test/","url":"https://b.test/"}`, "\xff"} {
			if _, err := k.New([]byte(doc)); errs.KindOf(err) != errs.Invalid {
				t.Errorf("%s: %q: %v", k.Name, doc, err)
			}
		}
		required := false
		for _, f := range k.Fields {
			required = required || f.Required
		}
		if _, err := k.New(nil); required && errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: nothing: %v", k.Name, err)
		}
	}
}
