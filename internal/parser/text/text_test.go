package text

import (
	"bytes"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/parser"
)

func TestEncodings(t *testing.T) {
	for name, c := range map[string]struct {
		enc  encoding.Encoding
		text string
	}{
		"gb18030":   {simplifiedchinese.GBK, "攻击者通过钓鱼邮件投递银狐木马，回连 evil-c2[.]com\n"},
		"big5":      {traditionalchinese.Big5, "攻擊者利用釣魚郵件散布惡意程式，連線至 evil-c2[.]com\n"},
		"shift_jis": {japanese.ShiftJIS, "攻撃者はメールを送信し、evil-c2[.]com に接続させます\n"},
		"utf-16le":  {unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), "银狐 evil-c2[.]com\n"},
		"utf-8":     {encoding.Nop, "银狐 evil-c2[.]com\n"},
	} {
		raw, err := c.enc.NewEncoder().String(c.text)
		if err != nil {
			t.Fatal(err)
		}
		in := parser.Input{Name: "report", Data: []byte(raw)}
		if New().Accepts(in) == 0 {
			t.Errorf("%s is not accepted", name)
		}
		doc, err := New().Parse(t.Context(), in, parser.Limits{})
		if err != nil || doc.Text != c.text || doc.Charset != name {
			t.Errorf("%s: %q %s %v", name, doc.Text, doc.Charset, err)
		}
	}
}

func TestPagesAndLineEnds(t *testing.T) {
	doc, err := New().Parse(t.Context(), parser.Input{Data: []byte("one\r\ntwo\rthree\fpage 2\n")}, parser.Limits{})
	if err != nil || doc.Text != "one\ntwo\nthree\npage 2\n" || len(doc.Sections) != 2 || doc.Sections[1].Level != 2 {
		t.Errorf("%q %v %v", doc.Text, doc.Sections, err)
	}
	if err := doc.Check(parser.Limits{}); err != nil {
		t.Error(err)
	}
}

func TestOneLongLine(t *testing.T) {
	line := bytes.Repeat([]byte("银"), 10<<20)
	doc, err := New().Parse(t.Context(), parser.Input{Name: "x", Data: line}, parser.Limits{Text: 1 << 20})
	if err != nil || len(doc.Text) > 1<<20+1 || len(doc.Warnings) != 1 || doc.Check(parser.Limits{}) != nil {
		t.Error(len(doc.Text), doc.Warnings, err)
	}
	if _, err := New().Parse(t.Context(), parser.Input{Name: "x", Data: line}, parser.Limits{Bytes: 1 << 20}); errs.KindOf(err) != errs.TooLarge {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("a\fb\r\n\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		lim := parser.Limits{Text: 500}
		doc, err := New().Parse(t.Context(), parser.Input{Name: "f.txt", Data: data}, lim)
		if err == nil {
			err = doc.Check(lim)
		}
		if err != nil {
			t.Fatal(err)
		}
	})
}
