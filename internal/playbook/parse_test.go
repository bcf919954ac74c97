package playbook

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// problems is Check as text.
func problems(body string) string {
	var b strings.Builder
	for _, p := range Check([]byte(body), nil) {
		mark := ""
		if p.Warning {
			mark = " (warning)"
		}
		fmt.Fprintf(&b, "%d:%d %s%s\n", p.Line, p.Column, p.Code, mark)
	}
	return b.String()
}

const full = `
name: Vendor indicators
description: |
  of several lines
order: -5
sources: ["Vendor blog", "tag:vendor", "kind:rss", "/^pastes-/", "id:12", 13]
when: {types: [url, ip, "file:*"], filter: "-tag:test tlp:<=amber published:>2024", match: ['\.example$', x], except: '^www\.', values: ['example[.]com'], written: defanged}
steps:
  - extract: {types: [url], keep_suppressed: true}
  - tag: [vendor, "workflow:todo"]
    when: {types: [url]}
  - tlp: TLP:GREEN
  - to_ids: false
  - accept: true
  - drop: true
    when: {values: [example.com]}
  - disabled: {anything: [at, {all: 1}]}
store: false
outputs:
  - file: {path: a/urls.CSV, columns: [type, value, domain]}
  - webhook: {url: "https://soc.example/hook", fields: {u: "{url} {defanged}"}}
    max_tlp: green
  - queue: {topic: crawl}
    when: {types: [url]}
`

func TestParseFull(t *testing.T) {
	d, err := Parse([]byte(full))
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(d.Name, "|", d.Order, "|", len(d.Sources), d.Sources[4].ID, d.Sources[5].ID, "|", len(d.When.Types) > 6, len(d.When.Match), "|", len(d.Steps), d.Steps[0].Extract, d.Steps[2].TLP,
		"|", d.Store, "|", len(d.Outputs), d.Outputs[0].Format, d.Outputs[1].MaxTLP, d.Outputs[2].MaxTLP, d.Outputs[2].When.Types, "|", len(d.Warnings))
	if want := "Vendor indicators|-5|6 12 13|true 2|7 {[url] true} green|false|3csvgreen amber [url]|0"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestProblems(t *testing.T) {
	for name, tc := range map[string]struct{ body, want string }{
		"empty":             {"", "1:1 yaml_empty\n"},
		"only comments":     {"# nothing\n", "1:1 yaml_empty\n"},
		"a list":            {"- a\n", "1:1 yaml_not_mapping\n"},
		"broken":            {"name: x\nsteps: [\n", "2:1 yaml_syntax\n"},
		"tab":               {"name: x\n\tsteps: 1\n", "2:1 yaml_syntax\n"},
		"not utf-8":         {"name: x\n# \xff\n", "2:1 yaml_not_utf8\n"},
		"two documents":     {"name: x\nsteps: [{accept: true}]\n---\nname: y\n", "3:1 yaml_several\n"},
		"no name":           {"steps: []\n", "1:1 name_missing\n"},
		"idle":              {"name: x\n", "1:1 playbook_idle (warning)\n"},
		"drops all":         {"name: x\nstore: false\n", "1:1 playbook_idle (warning)\n1:1 playbook_drops (warning)\n"},
		"name twice":        {"name: x\nname: y\n", "2:1 name_twice\n"},
		"unknown":           {"name: x\nstep: []\n", "2:1 unknown_name\n"},
		"alias":             {"name: &a x\ndescription: *a\n", "2:14 yaml_alias\n"},
		"merge":             {"name: x\nwhen:\n  <<: {types: [url]}\n", "3:3 bad_name\n"},
		"types":             {"name: x\nwhen: {types: [url, nonsense, 5]}\n", "2:21 unknown_type\n2:31 unknown_type\n"},
		"filter":            {"name: x\nwhen: {filter: \"(a\"}\n", "2:16 query_unclosed\n"},
		"filter field":      {"name: x\nwhen: {filter: \"score:>5\"}\n", "2:16 filter_field\n"},
		"filter value":      {"name: x\nwhen: {filter: \"a OR (b -tlp:purple)\"}\n", "2:16 filter_field\n"},
		"pattern":           {"name: x\nwhen: {match: '(?=x)'}\n", "2:15 bad_pattern\n"},
		"two actions":       {"name: x\nsteps:\n  - tag: a\n    accept: true\n", "4:5 step_two\n"},
		"no action":         {"name: x\nsteps: [{when: {types: url}}, 3]\n", "2:9 step_empty\n2:31 want_mapping\n"},
		"accept false":      {"name: x\nsteps: [{accept: false}]\n", "2:18 want_true\n"},
		"extract when":      {"name: x\nsteps: [{extract: {}, when: {types: url}}]\n", "2:9 extract_when\n"},
		"tlp":               {"name: x\nsteps: [{tlp: white house}]\n", "2:15 want_tlp\n"},
		"tag":               {"name: x\nsteps: [{tag: \"a\\u202Eb\"}]\n", "2:15 text_unprintable\n"},
		"selectors":         {"name: x\nsources: [\"id:0\", \"/(/\", \"kind:\", [a]]\n", "2:11 bad_id\n2:19 bad_pattern\n2:26 source_empty\n2:35 want_text\n"},
		"output":            {"name: x\noutputs: [{}, {file: {}}, {webhook: {url: \"ftp://x\"}}, {queue: {topic: A B}}, {file: {path: a}, queue: {topic: b}}]\n", "2:11 output_empty\n2:22 output_incomplete\n2:43 bad_url\n2:72 bad_topic\n2:97 output_two\n"},
		"paths":             {"name: x\noutputs: [{file: {path: ../x}}, {file: {path: /etc/x}}, {file: {path: 'a\\b'}}, {file: {path: .hidden}}, {file: {path: CON:}}]\n", "2:25 bad_path\n2:47 bad_path\n2:71 bad_path\n2:94 bad_path\n2:119 bad_path\n"},
		"url with secret":   {"name: x\noutputs: [{webhook: {url: \"https://u:p@h/\"}}]\n", "2:27 url_secret\n"},
		"placeholder":       {"name: x\noutputs: [{queue: {topic: a, fields: {b: \"{nope}{url}{\"}}}]\n", "2:42 unknown_placeholder\n"},
		"column":            {"name: x\noutputs: [{file: {path: a, columns: [zzz]}}]\n", "2:38 unknown_column\n"},
		"numbers and truth": {"name: x\norder: 1.5\nstore: maybe\n", "2:8 want_number\n3:8 want_truth\n"},
		"deep":              {"name: " + strings.Repeat("[", 20_000), "1:1 yaml_syntax\n"},
		"large":             {strings.Repeat("#", maxBody+1), "1:1 yaml_too_large\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, problems(tc.body)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	guess := Check([]byte("name: x\noutput: []\n"), nil)
	if !strings.HasSuffix(guess[0].Message, "Did you mean outputs?") {
		t.Errorf("no guess: %s", guess[0].Message)
	}
	odd := Check([]byte("name: x\nsources: [Blog, blag]\nsteps: [{accept: true}]\n"), []SourceRef{{ID: 1, Name: "BLOG"}})
	if len(odd) != 1 || odd[0].Code != "source_unmatched" || odd[0].Column != 17 {
		t.Errorf("sources: %+v", odd)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(full)
	f.Add("name: x\nsteps: [{disabled: &a [*a]}]\n")
	f.Add("a: &a [x, &b [*a]]\n? {b: c}\n: d")
	f.Add("name: !!binary aGk=\nwhen: {values: [! '']}\nsources: [~, 0x1]")
	f.Fuzz(func(t *testing.T, body string) {
		d, err := Parse([]byte(body))
		var list Problems
		if err != nil && (!errors.As(err, &list) || len(list) == 0) {
			t.Errorf("%q: %v", body, err)
		}
		for _, p := range append(list, d.Warnings...) {
			if p.Line < 1 || p.Column < 1 || p.Message == "" {
				t.Errorf("%q: %+v", body, p)
			}
		}
		if err == nil && d.Name == "" {
			t.Errorf("%q has no name", body)
		}
	})
}
