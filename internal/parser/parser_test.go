package parser_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/parser"
)

func TestBuilder(t *testing.T) {
	b := parser.NewBuilder(parser.Limits{})
	b.Begin(parser.Heading, "", 1)
	b.Write("Title\r\n")
	b.End()
	b.Blank()
	b.Blank()
	b.Begin(parser.Table, "t", 0)
	b.Row(0, []string{"a\tb", " c \n d ", ""})
	b.Row(1, nil)
	b.Row(2, []string{"e"})
	b.End()
	b.Write("bad \xff\x00\uFEFF end  \n\n\n")
	b.Begin(parser.Code, "", 0)
	start := b.Len()
	b.Link(" http://x.example/ ", start)
	b.Link("", start)
	doc := b.Document()
	if err := doc.Check(parser.Limits{}); err != nil {
		t.Fatal(err)
	}
	if want := "Title\n\na b\tc d\t\n\ne\nbad \uFFFD end\n"; doc.Text != want {
		t.Errorf("%q", doc.Text)
	}
	var got []string
	for _, s := range doc.Sections {
		got = append(got, fmt.Sprintf("%s %q %q %d", s.Kind, s.Title, doc.Text[s.Start:s.End], s.Level))
	}
	want := []string{`heading "Title" "Title\n" 1`, `table "t" "a b\tc d\t\n\ne\n" 0`, `row "" "a b\tc d\t" 0`, `cell "" "a b" 0`, `cell "" "c d" 1`, `row "" "e" 2`, `cell "" "e" 0`}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if len(doc.Links) != 1 || doc.Links[0].URL != "http://x.example/" {
		t.Error(doc.Links)
	}
}

func TestBuilderLimits(t *testing.T) {
	lim := parser.Limits{Text: 10, Links: 2}
	b := parser.NewBuilder(lim)
	b.Begin(parser.Quote, "", 0)
	for range 20 {
		b.Write("银狐")
		b.Link("u", 0)
		b.Warn("p", "r")
	}
	for range 200 {
		b.Warn("p", "r")
	}
	doc := b.Document()
	if err := doc.Check(lim); err != nil {
		t.Fatal(err)
	}
	if doc.Text != "银狐银\n" || !b.Full() || len(doc.Links) != 2 || len(doc.Warnings) != 101 {
		t.Errorf("%q %d %d", doc.Text, len(doc.Links), len(doc.Warnings))
	}
	b = parser.NewBuilder(parser.Limits{})
	for i := range parser.MaxSections {
		b.Row(i, []string{"x"})
	}
	if doc = b.Document(); len(doc.Sections) != parser.MaxSections || doc.Check(parser.Limits{}) != nil {
		t.Error(len(doc.Sections))
	}
}

const (
	sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	md5a   = "d41d8cd98f00b204e9800998ecf8427e"
	md5b   = "0cc175b9c0f1b6a831c399e269772661"
	sha1   = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
)

func TestJoinCell(t *testing.T) {
	full := func(s ...string) (out []parser.Line) {
		for _, l := range s {
			out = append(out, parser.Line{Text: l, Full: true})
		}
		return out
	}
	open := func(s ...string) (out []parser.Line) {
		for _, l := range s {
			out = append(out, parser.Line{Text: l})
		}
		return out
	}
	for _, c := range []struct {
		name  string
		lines []parser.Line
		label string
		want  string
	}{
		{"hash in three", open(sha256[:30], sha256[30:60], sha256[60:]), "", sha256},
		{"hash with a label", open("SHA-256: "+sha256[:30], sha256[30:]), "", "SHA-256: " + sha256},
		{"hash and text", open(sha256[:40], sha256[40:], "dropper"), "", sha256[:40] + " " + sha256[40:] + " dropper"},
		{"hash over the length of SHA-1", full(sha256[:40], sha256[40:]), "", sha256},
		{"two MD5", open(md5a, md5b), "", md5a + " " + md5b},
		{"two MD5 in a full column", full(md5a, md5b), "MD5", md5a + " " + md5b},
		{"halves under SHA-256", open(sha256[:32], sha256[32:]), "SHA256", sha256},
		{"wrapped MD5 twice", open(md5a[:20], md5a[20:], md5b[:20], md5b[20:]), "", md5a + " " + md5b},
		{"SHA-1 list", open(sha1, sha1), "", sha1 + " " + sha1},
		{"SHA-1 in two, then another", open(sha1[:25], sha1[25:], sha1[:25], sha1[25:]), "", sha1 + " " + sha1},
		{"one digit left", full(sha256[:31], sha256[31:63], sha256[63:]), "", sha256},
		{"words", open("first line", "second line"), "", "first line second line"},
		{"Chinese", open("恶意软件", "下载器"), "", "恶意软件下载器"},
		{"Chinese and Latin", open("域名", "evil.com"), "", "域名 evil.com"},
		{"URL", full("http://evil.example/a", "b/c.php"), "", "http://evil.example/ab/c.php"},
		{"URL, not full", open("http://evil.example/a", "b/c.php"), "", "http://evil.example/a b/c.php"},
		{"URL and sentence", full("see http://evil.example/a", "and then some"), "", "see http://evil.example/a and then some"},
		{"two URLs", full("http://evil.example/a", "http://evil.example/b"), "", "http://evil.example/a http://evil.example/b"},
		{"two hosts", full("evil-one.com", "evil-two.com"), "", "evil-one.com evil-two.com"},
		{"wrapped host", full("very-long-subdomain.evil-domain-na", "me.example"), "", "very-long-subdomain.evil-domain-name.example"},
		{"two addresses", full("192.168.100.10", "192.168.100.11"), "", "192.168.100.10 192.168.100.11"},
		{"path", full(`C:\ProgramData\Micro`, `soft\x.dll`), "", `C:\ProgramData\Microsoft\x.dll`},
		{"file names", full("a-long-file-name.exe", "b-long-file-name.dll"), "", "a-long-file-name.exe b-long-file-name.dll"},
		{"empty lines", open("", " a ", "", "b"), "", "a b"},
		{"nothing", nil, "", ""},
	} {
		if got := parser.JoinCell(c.lines, c.label); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestLanguage(t *testing.T) {
	for text, want := range map[string]string{
		strings.Repeat("The actor of this campaign was seen in the wild. ", 5): "en",
		"攻击者使用银狐木马，通过钓鱼邮件投递恶意附件 evil-c2[.]com":                                 "zh",
		"攻撃者はフィッシングメールを送信し、マルウェアをダウンロードさせます。":                                  "ja",
		strings.Repeat("공격자는 피싱 메일을 통해 악성코드를 유포하였다 ", 3):                       "ko",
		strings.Repeat("Злоумышленники рассылали фишинговые письма. ", 4):      "ru",
		"1.2.3.4\n5.6.7.8\n": "", "": "",
		strings.Repeat("Der Angreifer nutzte eine Schwachstelle und Werkzeuge. ", 5): "",
	} {
		if got := parser.Language(text); got != want {
			t.Errorf("%.30q: %q, want %q", text, got, want)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	lim := parser.Limits{Text: 10, Links: 1, Children: 1, Expanded: 5, Entries: 1}
	for name, d := range map[string]parser.Document{
		"long text":     {Text: strings.Repeat("x", 20)},
		"bad UTF-8":     {Text: "\xff"},
		"CR":            {Text: "a\r\n"},
		"outside":       {Text: "ab", Sections: []parser.Section{{Start: 0, End: 3}}},
		"negative":      {Text: "ab", Sections: []parser.Section{{Start: -1, End: 1}}},
		"empty":         {Text: "ab", Sections: []parser.Section{{Start: 1, End: 1}}},
		"order":         {Text: "abcd", Sections: []parser.Section{{Start: 2, End: 3}, {Start: 0, End: 1}}},
		"crossing":      {Text: "abcd", Sections: []parser.Section{{Start: 0, End: 3}, {Start: 1, End: 4}}},
		"link":          {Text: "ab", Links: []parser.Link{{Start: 1, End: 0}}},
		"links":         {Links: make([]parser.Link, 2)},
		"children":      {Children: make([]parser.Child, 2)},
		"expanded":      {Children: []parser.Child{{Data: make([]byte, 6)}}},
		"entries":       {Entries: make([]parser.Entry, 2)},
		"title":         {Title: "\xff"},
		"child's name":  {Children: []parser.Child{{Name: "\xff"}}},
		"many warnings": {Warnings: make([]parser.Warning, 1000)},
	} {
		if d.Check(lim) == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	good := parser.Document{Text: "abcd\n", Sections: []parser.Section{{Start: 0, End: 4}, {Start: 0, End: 2}, {Start: 2, End: 4}, {Start: 4, End: 5}}}
	if err := good.Check(lim); err != nil {
		t.Error(err)
	}
}

// toy reads "name:score" as its certainty and its input as commands, one a line.
type toy struct{}

func (toy) Name() string { return "toy" }

func (toy) Accepts(in parser.Input) int {
	if strings.HasPrefix(string(in.Data), "toy") {
		return 50
	}
	return 0
}

func (toy) Parse(ctx context.Context, in parser.Input, _ parser.Limits) (parser.Document, error) {
	doc := parser.Document{Text: in.Name + "\n"}
	for line := range strings.Lines(string(in.Data)) {
		what, arg, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch what {
		case "child":
			name, data, _ := strings.Cut(arg, " ")
			doc.Children = append(doc.Children, parser.Child{Name: name, Data: []byte(strings.ReplaceAll(data, "|", "\n"))})
		case "self":
			for range 3 {
				doc.Children = append(doc.Children, parser.Child{Name: "s", Data: in.Data})
			}
		case "panic":
			panic("toy")
		case "fail":
			return doc, errors.New("toy failed")
		case "wait":
			<-ctx.Done()
			return doc, ctx.Err()
		}
	}
	return doc, nil
}

func tree(t *testing.T, data string, lim parser.Limits) (out []string, err error) {
	t.Helper()
	n, err := parser.ParseTree(t.Context(), parser.RunInline, []parser.Parser{toy{}}, parser.Input{Name: "root", Data: []byte(data)}, lim)
	n.Walk(func(n *parser.Node) {
		s := n.Path + " " + n.Parser
		if e, ok := errs.As(n.Err); ok {
			s += " " + e.Code
		} else if n.Err != nil {
			s += " " + n.Err.Error()
		}
		if len(n.Doc.Children) > 0 {
			t.Error("children are still in the document")
		}
		out = append(out, s)
	})
	return out, err
}

func TestTreeKeepsSiblings(t *testing.T) {
	got, err := tree(t, "toy\nchild a toy|panic\nchild b toy|fail\nchild c unknown\nchild d toy|child e toy\nchild f toy|wait\nchild g toy\n", parser.Limits{Time: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"root toy", "root/a toy document_broken", "root/b toy toy failed", "root/c  no_parser", "root/d toy", "root/d/e toy", "root/f toy parse_timeout", "root/g toy"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if _, err := tree(t, "toy\nfail\n", parser.Limits{}); err == nil {
		t.Error("the root's error is lost")
	}
}

func TestTreeLimits(t *testing.T) {
	count := func(nodes []string) (read int) {
		for _, s := range nodes {
			if strings.HasSuffix(s, " toy") {
				read++
			} else if !strings.HasSuffix(s, "document_too_large") {
				t.Error(s)
			}
		}
		return read
	}
	// A file that holds itself three times is cut by nesting, then by the count of files.
	got, _ := tree(t, "toy\nself\n", parser.Limits{Children: 50})
	if read := count(got); read < 12 || read > 51 || len(got) > 200 {
		t.Errorf("%d read of %d", read, len(got))
	}
	got, _ = tree(t, "toy\nself\n", parser.Limits{Expanded: 25}) // nine bytes each
	if read := count(got); read != 3 {
		t.Error(read, got)
	}
	got, _ = tree(t, "toy\nchild a toy\nchild b toy\n", parser.Limits{Text: 6})
	if d := cmp.Diff([]string{"root toy", "root/a toy", "root/b  document_too_large"}, got); d != "" {
		t.Error(d)
	}
}

func TestTreeStopsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := parser.ParseTree(ctx, parser.RunInline, []parser.Parser{toy{}}, parser.Input{Data: []byte("toy\n")}, parser.Limits{})
	if err == nil {
		t.Error("no error")
	}
}

func TestInput(t *testing.T) {
	in := parser.Input{Name: "Report.PDF", MediaType: `Text/HTML; Charset="GB2312"`}
	if media, cs := in.Media(); in.Ext() != "pdf" || media != "text/html" || cs != "gb2312" {
		t.Error(in.Ext(), media, cs)
	}
	if media, cs := (parser.Input{MediaType: "text/html; charset=gbk; broken=;"}).Media(); media != "text/html" || !strings.HasPrefix(cs, "gbk") {
		t.Error(media, cs)
	}
	if _, err := parser.Choose(nil, parser.Input{Name: "x.bin", MediaType: "a/b"}); !errors.Is(err, parser.ErrNoParser) || !strings.Contains(err.Error(), "x.bin") {
		t.Error(err)
	}
}

func FuzzJoinCell(f *testing.F) {
	f.Add("a\nb", true, "SHA-256")
	f.Fuzz(func(t *testing.T, s string, full bool, label string) {
		var lines []parser.Line
		for l := range strings.SplitSeq(s, "\n") {
			lines = append(lines, parser.Line{Text: l, Full: full, Tight: full})
		}
		got := parser.JoinCell(lines, label)
		strip := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if strip(got) != strip(s) {
			t.Fatalf("%q became %q", s, got)
		}
	})
}
