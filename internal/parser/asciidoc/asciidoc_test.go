package asciidoc

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/vedette-ti/vedette/internal/parser"
)

func parse(t *testing.T, s string) parser.Document {
	t.Helper()
	doc, err := New().Parse(t.Context(), parser.Input{Name: "r.adoc", URL: "https://v.example/repo/r.adoc", Data: []byte(s)}, parser.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Check(parser.Limits{}); err != nil {
		t.Fatal(err)
	}
	return doc
}

const report = `:toc:
:revdate: 2024-05-06

= Silver Fox -- Indicators
A. Nalyst <a@v.example>

// a comment evil-comment.example
See https://v.example/post[the _blog_], link:misp.json[` + "`misp.json`" + `] and *bold* text.
It goes on at https://plain.example/x.

== Files

[options="header", cols="1,1"]
|====
| SHA-1 | Name
| ` + "`02790DC4B276DFBB26C714F29D19E53129BB6186`" + ` | ` + "`index.html`" + `

| ` + "`6EFF58EDF7AC0FC60F0B8F7E22CFE243566E2A13`" + `
| a name with \| bar
a| formatted 2+^| wide
|====

----
hxxp://code.example/*not_bold*
----

.Block title
- one.example
* two[.]example
** ` + "`C:\\Windows\\*`" + `
. ` + "`\\https://escaped.example/`" + `

[source, yara]
....
rule X {}
....
`

func TestReport(t *testing.T) {
	doc := parse(t, report)
	want := `Silver Fox -- Indicators
A. Nalyst <a@v.example>

See the blog (https://v.example/post), misp.json and bold text.
It goes on at https://plain.example/x.

Files

SHA-1	Name
02790DC4B276DFBB26C714F29D19E53129BB6186	index.html
6EFF58EDF7AC0FC60F0B8F7E22CFE243566E2A13	a name with | bar
formatted	wide

hxxp://code.example/*not_bold*

Block title

one.example
two[.]example
C:\Windows\*
https://escaped.example/

rule X {}
`
	if d := cmp.Diff(want, doc.Text); d != "" {
		t.Error(d)
	}
	if doc.Title != "Silver Fox -- Indicators" || doc.Author != "A. Nalyst" || doc.Published.Format(time.DateOnly) != "2024-05-06" {
		t.Errorf("%q %q %v", doc.Title, doc.Author, doc.Published)
	}
	var links, sections []string
	for _, l := range doc.Links {
		links = append(links, l.URL)
	}
	if d := cmp.Diff([]string{"https://v.example/post", "https://v.example/repo/misp.json"}, links); d != "" {
		t.Error(d)
	}
	for _, s := range doc.Sections {
		if s.Kind != parser.Row && s.Kind != parser.Cell {
			sections = append(sections, fmt.Sprint(s.Kind, s.Level, " ", strings.Fields(doc.Text[s.Start:s.End])[0]))
		}
	}
	if d := cmp.Diff([]string{"heading1 Silver", "heading2 Files", "table0 SHA-1", "code0 hxxp://code.example/*not_bold*",
		"list0 one.example", "list0 two[.]example", `list0 C:\Windows\*`, "list0 https://escaped.example/", "code0 rule"}, sections); d != "" {
		t.Error(d)
	}
}

func TestInline(t *testing.T) {
	for in, want := range map[string]string{
		"snake_case_name and a*b*c stay":   "snake_case_name and a*b*c stay",
		"*bold* _it_ `code` +pass+ #mark#": "bold it code pass mark",
		"__init__.py stays":                "__init__.py stays",
		"hxxp://evil[.]com/a_b_c":          "hxxp://evil[.]com/a_b_c",
		"http://evil[.]com/x[label]":       "http://evil[.]com/x[label]",
		"a * b * c":                        "a * b * c",
		"HKCU\\Software\\*":                "HKCU\\Software\\*",
		"C++ and 2*3":                      "C++ and 2*3",
	} {
		if got := strings.TrimSuffix(parse(t, in).Text, "\n"); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestChinese(t *testing.T) {
	gbk, _ := simplifiedchinese.GBK.NewEncoder().String("= 银狐\n\n回连地址为 evil-c2[.]com，影响多家单位。\n\n|===\n|域名 |说明\n|evil[.]com |回连\n|===\n")
	doc := parse(t, gbk)
	if doc.Text != "银狐\n\n回连地址为 evil-c2[.]com，影响多家单位。\n\n域名\t说明\nevil[.]com\t回连\n" || doc.Lang != "zh" || doc.Charset != "gb18030" {
		t.Errorf("%q %s %s", doc.Text, doc.Lang, doc.Charset)
	}
}

func TestHostile(t *testing.T) {
	for name, data := range map[string]string{
		"bars":        "|===\n" + strings.Repeat("|", 5_000_000) + "\ndeep",
		"open table":  "|===\n" + strings.Repeat("|a |b\n", 300_000) + "|deep",
		"marks":       strings.Repeat("*a_", 1_000_000) + "deep",
		"links":       strings.Repeat("link:a[", 1_000_000) + "deep",
		"many lines":  strings.Repeat("http://a[*\n", 300_000) + "deep",
		"open code":   "----\n" + strings.Repeat("x\n", 1_000_000) + "deep",
		"long cell":   "|===\n|" + strings.Repeat("a\n", 200_000) + "deep",
		"equal signs": strings.Repeat("=", 5_000_000) + "\ndeep",
	} {
		start := time.Now()
		if doc := parse(t, data); !strings.Contains(doc.Text, "deep") {
			t.Errorf("%s: %.40q", name, doc.Text)
		}
		if d := time.Since(start); d > 10*time.Second {
			t.Errorf("%s took %v", name, d)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(report))
	f.Fuzz(func(t *testing.T, data []byte) {
		lim := parser.Limits{Text: 2000, Links: 5}
		doc, err := New().Parse(t.Context(), parser.Input{Name: "f", Data: data}, lim)
		if err == nil {
			err = doc.Check(lim)
		}
		if err != nil {
			t.Fatal(err)
		}
	})
}
