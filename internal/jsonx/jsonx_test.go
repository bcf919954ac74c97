package jsonx

import (
	"bytes"
	"strings"
	"testing"

	"github.com/vedette-ti/vedette/internal/errs"
)

func TestStrictness(t *testing.T) {
	var m map[string]any
	for _, bad := range []string{`{"a":1,"a":2}`, "{\"a\":\"\xff\"}", `{"a":1} x`, `{"a":`, ``} {
		if err := Unmarshal([]byte(bad), &m); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
	m = nil
	if err := UnmarshalLenient([]byte("{\"a\":\"x\",\"a\":\"\xff\"}"), &m); err != nil || m["a"] != "\ufffd" {
		t.Errorf("lenient: %v %v", m, err)
	}
	deep := strings.Repeat("[", 20000)
	if err := Unmarshal([]byte(deep), &m); err == nil {
		t.Error("deep nesting must fail")
	}
}

func TestElements(t *testing.T) {
	doc := `{"x":{"no":[1]},"data":{"list":[{"a":1},2,"three"],"more":0}}`
	var got []string
	err := Elements(strings.NewReader(doc), []string{"data", "list"}, func(_ int, v Raw) error {
		got = append(got, string(v))
		return nil
	})
	if err != nil || strings.Join(got, "|") != `{"a":1}|2|"three"` {
		t.Errorf("got %q, %v", got, err)
	}
	if err := Elements(strings.NewReader(doc), []string{"nope"}, nil); errs.KindOf(err) != errs.Invalid {
		t.Errorf("missing member: %v", err)
	}
}

func TestCanonical(t *testing.T) {
	got, err := Canonical([]byte(`{"b": 1.0, "a" : "\u00e9"}`))
	if err != nil || string(got) != `{"a":"é","b":1}` {
		t.Errorf("got %s, %v", got, err)
	}
}

func FuzzElements(f *testing.F) {
	f.Add([]byte(`{"a":[1,2,{"b":[]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		_ = Elements(bytes.NewReader(data), []string{"a"}, func(_ int, v Raw) error {
			if !v.IsValid() && bytes.ContainsRune(v, 0) {
				t.Errorf("invalid element %q", v)
			}
			return nil
		})
	})
}
