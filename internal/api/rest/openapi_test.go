package rest_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/vedette-ti/vedette/internal/api/rest"
	"github.com/vedette-ti/vedette/internal/auth"
)

var update = flag.Bool("update", false, "write web/openapi.json anew")

// golden is the description from which the console's types are made.
const golden = "../../../web/openapi.json"

func TestOpenAPI(t *testing.T) {
	s, err := rest.New(rest.Options{Version: "dev", Auth: &auth.Authenticator{}})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := s.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := json.Indent(&got, raw, "", "  "); err != nil {
		t.Fatal(err)
	}
	got.WriteByte('\n')
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil { //nolint:gosec // a source file
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got.Bytes()) {
		t.Errorf("the API and web/openapi.json differ: run go test ./internal/api/rest -run OpenAPI -update")
	}
	describes(t, raw)
}

// describes checks that people can read the description: every operation explains itself.
func describes(t *testing.T, raw []byte) {
	t.Helper()
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string
			Summary     string
			Description string
			Tags        []string
			Responses   map[string]struct {
				Content map[string]any
			}
		}
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") || len(doc.Paths) < 5 {
		t.Fatalf("version %s, %d paths", doc.OpenAPI, len(doc.Paths))
	}
	kebab := regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	for path, ops := range doc.Paths {
		for method, o := range ops {
			name := method + " " + path
			if !kebab.MatchString(o.OperationID) || o.Summary == "" || len(o.Tags) != 1 || !strings.Contains(o.Description, "Error codes: ") {
				t.Errorf("%s: id %q, summary %q, tags %v, description %q", name, o.OperationID, o.Summary, o.Tags, o.Description)
			}
			if problem, ok := o.Responses["500"]; !ok || problem.Content["application/problem+json"] == nil {
				t.Errorf("%s: errors are not described as problems", name)
			}
		}
	}
	for name := range doc.Components.Schemas {
		if strings.ContainsAny(name, "-_.") || strings.Contains(name, "Shape") {
			t.Errorf("schema %s: not a name for a client's type", name)
		}
	}
}

func TestEveryOperationNeedsARule(t *testing.T) {
	s, err := rest.New(rest.Options{Version: "dev", Auth: &auth.Authenticator{}})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Routes()) < 10 {
		t.Fatalf("only %d operations", len(s.Routes()))
	}
}
