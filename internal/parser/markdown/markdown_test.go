package markdown

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/vedette-ti/vedette/internal/parser"
)

const report = `---
title: 银狐 report
author: A. Nalyst
date: 2024-05-06
---
# Silver Fox

The group uses **evil-c2**[.]com and ` + "`5.6.7[.]8`" + `, see [the blog](/post?a=1&b=2) or <https://auto.example/x>.
A host\_with\_marks and evil<wbr>.example &amp; more.

| SHA-256 | Name |
|---------|:----:|
| ` + "`9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08`" + ` | a.exe |

` + "```yara\nrule X { condition: true }\n```" + `

- one.example
- two.example
  - nested.example

> quoted text

<div>html <b>block</b><!-- hidden.example --></div>
`

func TestReport(t *testing.T) {
	doc, err := New().Parse(t.Context(), parser.Input{Name: "r.md", URL: "https://v.example/blog/", Data: []byte(report)}, parser.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Check(parser.Limits{}); err != nil {
		t.Fatal(err)
	}
	want := `Silver Fox

The group uses evil-c2[.]com and 5.6.7[.]8, see the blog or https://auto.example/x.
A host_with_marks and evil.example & more.

SHA-256	Name
9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08	a.exe

rule X { condition: true }

one.example
two.example
nested.example

quoted text

html block
`
	if d := cmp.Diff(want, doc.Text); d != "" {
		t.Error(d)
	}
	if doc.Title != "银狐 report" || doc.Author != "A. Nalyst" || doc.Published.Format(time.DateOnly) != "2024-05-06" {
		t.Errorf("%q %q %v", doc.Title, doc.Author, doc.Published)
	}
	var links, sections []string
	for _, l := range doc.Links {
		links = append(links, l.URL+" "+doc.Text[l.Start:l.End])
	}
	if d := cmp.Diff([]string{"https://v.example/post?a=1&b=2 the blog", "https://auto.example/x https://auto.example/x"}, links); d != "" {
		t.Error(d)
	}
	for _, s := range doc.Sections {
		sections = append(sections, fmt.Sprint(s.Kind, s.Level, " ", strings.Fields(doc.Text[s.Start:s.End])[0]))
	}
	if d := cmp.Diff([]string{"heading1 Silver", "table0 SHA-256", "row0 SHA-256", "cell0 SHA-256", "cell1 Name",
		"row1 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "cell0 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "cell1 a.exe",
		"code0 rule", "list0 one.example", "list0 nested.example", "quote0 quoted"}, sections); d != "" {
		t.Error(d)
	}
}

func TestChinese(t *testing.T) {
	gbk, _ := simplifiedchinese.GBK.NewEncoder().String("# 银狐\n\n回连**地址**为 evil-c2[.]com，影响多家单位。")
	doc, err := New().Parse(t.Context(), parser.Input{Name: "r.md", Data: []byte(gbk)}, parser.Limits{})
	if err != nil || doc.Text != "银狐\n\n回连地址为 evil-c2[.]com，影响多家单位。\n" || doc.Title != "银狐" || doc.Lang != "zh" || doc.Charset != "gb18030" {
		t.Errorf("%q %+v %v", doc.Text, doc, err)
	}
}

func TestHostile(t *testing.T) {
	for name, data := range map[string]string{
		"quotes":        strings.Repeat(">", 5_000_000) + "deep",
		"lists":         strings.Repeat("- ", 100_000) + "deep",
		"brackets":      strings.Repeat("[", 5_000_000) + "deep",
		"links":         strings.Repeat("[a](", 50_000) + "deep",
		"emphasis":      strings.Repeat("*a_", 100_000) + "deep",
		"ticks":         strings.Repeat("`a``", 3000) + "deep",
		"tags":          strings.Repeat("<a ", 100_000) + "deep",
		"many brackets": strings.Repeat("[[[[\n", 20_000) + "deep",
		"footnotes":     strings.Repeat("[a]: b\n", 100_000) + "deep",
		"front matter":  "---\na: " + strings.Repeat("[", 60_000) + "\n---\ndeep",
		"rule":          strings.Repeat("-", 100_000) + "\ndeep",
		"indent":        strings.Repeat(" ", 1_000_000) + "deep",
	} {
		start := time.Now()
		doc, err := New().Parse(t.Context(), parser.Input{Name: name, Data: []byte(data)}, parser.Limits{})
		if err != nil || !strings.Contains(doc.Text, "deep") {
			t.Errorf("%s: %.40q %v", name, doc.Text, err)
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
