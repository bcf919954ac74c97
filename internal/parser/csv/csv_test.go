package csv

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/parser"
)

func TestText(t *testing.T) {
	gbk, _ := simplifiedchinese.GBK.NewEncoder().String("类型,值,说明\nip,1.2.3.4,\"恶意, 银狐\"\n")
	for _, c := range []struct{ name, data, want string }{
		{"a.csv", "type,value\r\nip,1.2.3.4\r\n\r\nurl,\"http://a.example/x,y\"\r\n", "type\tvalue\nip\t1.2.3.4\nurl\thttp://a.example/x,y\n"},
		{"a.csv", gbk, "类型\t值\t说明\nip\t1.2.3.4\t恶意, 银狐\n"},
		{"a.csv", "sep=;\na;b,c\n", "a\tb,c\n"},
		{"a.tsv", "a\tb, c\n", "a\tb, c\n"},
		{"a.csv", "a;b\n1,5;\"two\nlines\"\n", "a\tb\n1,5\ttwo lines\n"},
		{"a.csv", "hash\n\"9f86d081884c7d659a2feaa0c55ad015\na3bf4f1b2b0b822cd15d6c15b0f00a08\"\n", "hash\n9f86d081884c7d659a2feaa0c55ad015 a3bf4f1b2b0b822cd15d6c15b0f00a08\n"},
		{"a.csv", "", ""},
	} {
		doc, err := New().Parse(t.Context(), parser.Input{Name: c.name, Data: []byte(c.data)}, parser.Limits{})
		if err != nil || doc.Text != c.want {
			t.Errorf("%q: %q %v", c.data, doc.Text, err)
		}
		if err := doc.Check(parser.Limits{}); err != nil {
			t.Error(err)
		}
	}
}

func TestLimits(t *testing.T) {
	in := parser.Input{Name: "a.csv", Data: []byte(strings.Repeat("a,b\n", 1000))}
	doc, err := New().Parse(t.Context(), in, parser.Limits{Entries: 10})
	if err != nil || strings.Count(doc.Text, "\n") != 10 || len(doc.Warnings) != 1 {
		t.Error(len(doc.Text), doc.Warnings, err)
	}
	doc, err = New().Parse(t.Context(), in, parser.Limits{Text: 50})
	if err != nil || len(doc.Text) > 51 || len(doc.Warnings) != 1 {
		t.Error(len(doc.Text), doc.Warnings, err)
	}
	if _, err := New().Parse(t.Context(), in, parser.Limits{Bytes: 5}); errs.KindOf(err) != errs.TooLarge {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("a,\"b\nc\"\nd;e\n")
	f.Fuzz(func(t *testing.T, data string) {
		lim := parser.Limits{Text: 500, Entries: 20}
		doc, err := New().Parse(t.Context(), parser.Input{Name: "f.csv", Data: []byte(data)}, lim)
		if err == nil {
			err = doc.Check(lim)
		}
		if err != nil {
			t.Fatal(err)
		}
	})
}
