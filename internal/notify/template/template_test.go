package template_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/notify/template"
)

func data() map[string]any {
	return map[string]any{
		"title": "报告 {{title}}", "count": 3, "zero": 0, "none": "", "yes": true, "no": false, "score": 0.5,
		"when":  time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("", 3600)),
		"watch": map[string]any{"name": "w", "owner": map[string]string{"name": "o"}},
		"hits":  []any{map[string]any{"value": "a"}, map[string]any{"value": "b", "title": "inner"}},
		"tags":  []string{"x", "y"}, "empty": []any{}, "func": func() string { return "called" },
	}
}

func TestRender(t *testing.T) {
	for source, want := range map[string]string{
		"":                       "",
		"plain } { text":         "plain } { text",
		"{{title}}":              "报告 {{title}}", // values are not templates
		"{{ count }}/{{zero}}":   "3/0",
		"{{missing}}|{{a.b.c}}|": "||",
		"{{watch.name}} {{watch.owner.name}} {{watch.owner.name.x}}": "w o ",
		"{{when}} {{score}} {{yes}}":                                 "2026-01-02T02:04:05Z 0.5 true",
		"{{#hits}}{{value}}={{title}};{{/hits}}":                     "a=报告 {{title}};b=inner;",
		"{{#tags}}<{{.}}>{{/tags}}":                                  "<x><y>",
		"{{#tags}}{{#.}}{{.}}{{/.}}{{/tags}}":                        "xy",
		"{{^empty}}nothing{{/empty}}{{#empty}}x{{/empty}}":           "nothing",
		"{{#yes}}1{{/yes}}{{#no}}2{{/no}}{{^no}}3{{/no}}":            "13",
		"{{^none}}4{{/none}}{{#none}}5{{/none}}{{#zero}}6{{/zero}}":  "46",
		"{{#watch}}{{name}}{{/watch}}":                               "w",
		"{{! a\ncomment }}x":                                         "x",
		"{{func}}{{#func}}x{{/func}}":                                "", // plain data only
		"<b>{{title}}</b>":                                           "<b>报告 {{title}}</b>",
	} {
		tmpl, err := template.Parse(source)
		if err != nil {
			t.Errorf("%q: %v", source, err)
			continue
		}
		got, err := tmpl.Render(data(), 1000)
		if err != nil || got != want {
			t.Errorf("%q\n got %q, %v\nwant %q", source, got, err, want)
		}
	}
}

func TestErrorsNameTheLine(t *testing.T) {
	for source, line := range map[string]int{
		"{{": 1, "a\nb{{x": 2, "{{x}": 1, "\n{{#a}}\n\n": 2, "\n\n{{/a}}": 3, "{{#a}}\n{{/b}}": 2, "{{a b}}": 1, "{{}}": 1, "{{{x}}}": 1, "{{>p}}": 1,
		"{{a..b}}": 1, "{{a()}}": 1, "{{#}}": 1, "{{=<% %>=}}": 1, "{{&x}}": 1, "{{/.}}": 1, strings.Repeat("{{#a}}", 30): 1,
	} {
		_, err := template.Parse(source)
		e, ok := errs.As(err)
		if !ok || e.Kind != errs.Invalid || e.Params["line"] != line {
			t.Errorf("%q: %v", source, err)
		}
	}
	if _, err := template.Parse(strings.Repeat("x", 70_000)); errs.KindOf(err) != errs.TooLarge {
		t.Errorf("long source: %v", err)
	}
}

func TestWorkIsBounded(t *testing.T) {
	many := make([]any, 1000)
	for i := range many {
		many[i] = "x"
	}
	d := map[string]any{"l": many}
	for _, source := range []string{
		"{{#l}}{{#l}}{{#l}}{{#l}}{{/l}}{{/l}}{{/l}}{{/l}}", // writes nothing, repeats for ever
		"{{#l}}{{#l}}" + strings.Repeat("y", 100) + "{{/l}}{{/l}}",
	} {
		tmpl, err := template.Parse(source)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if _, err := tmpl.Render(d, 1<<16); errs.KindOf(err) != errs.TooLarge {
			t.Errorf("%.30s: %v", source, err)
		}
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("%.30s took %v", source, d)
		}
	}
}

func TestNames(t *testing.T) {
	tmpl, err := template.Parse("{{b}}{{#a.x}}{{.}}{{b}}{{^c}}{{/c}}{{/a.x}}")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a.x", "b", "c"}, tmpl.Names()); diff != "" {
		t.Error(diff)
	}
}

func FuzzTemplate(f *testing.F) {
	f.Add("{{#hits}}{{value}}{{^no}}{{.}}{{/no}}{{/hits}}")
	f.Add("{{! x }}{{a.b}}")
	f.Fuzz(func(t *testing.T, source string) {
		tmpl, err := template.Parse(source)
		if err != nil {
			if errs.KindOf(err) == errs.Internal {
				t.Fatal(err)
			}
			return
		}
		out, err := tmpl.Render(data(), 4096)
		if len(out) > 4096 || err != nil && errs.KindOf(err) != errs.TooLarge {
			t.Errorf("%d bytes, %v", len(out), err)
		}
	})
}
