package eml

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/parser"
)

func parse(t *testing.T, data string, lim parser.Limits) parser.Document {
	t.Helper()
	in := parser.Input{Name: "m.eml", Data: []byte(data)}
	doc, err := New().Parse(t.Context(), in, lim)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Check(lim); err != nil {
		t.Fatal(err)
	}
	return doc
}

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

func children(doc parser.Document) (out []string) {
	for _, c := range doc.Children {
		out = append(out, fmt.Sprintf("%s (%s) %s", c.Name, c.MediaType, c.Data))
	}
	return out
}

const multipart = `Received: from relay.example (relay.example [192.0.2.1])
	by mx.example; Mon, 6 May 2024 07:08:08 +0000
Return-Path: <bounce@phish.example>
From: =?gb2312?B?0vi6/A==?= <boss@phish.example>
To: victim@corp.example
Subject: =?UTF-8?Q?=E5=8F=91=E7=A5=A8_?=
 =?UTF-8?Q?invoice?=
Date: Mon, 6 May 2024 09:08:09 +0200
X-Originating-IP: [203.0.113.5]
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="outer"

preamble
--outer
Content-Type: multipart/alternative; boundary=outer-inner

--outer-inner
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Open http://evil.example/=
path?a=3D1 now, =E9=93=B6=E7=8B=90
--outer-inner
Content-Type: text/html; charset=gbk

<a href="http://evil.example/">x</a>
--outer-inner--
--outer
Content-Type: application/octet-stream; name="ignored.bin"
Content-Disposition: attachment; filename*0*=gb2312''%D1%F9; filename*1*=%B1%BE; filename*2=.exe
Content-Transfer-Encoding: base64

TVqQ
AAMA
--outer
Content-Type: message/rfc822

Subject: inner / mail
From: a@b.example

inner body
--outer--
epilogue
`

func TestMail(t *testing.T) {
	for name, data := range map[string]string{"LF": multipart, "CRLF": crlf(multipart), "mbox of one": "From x Mon May\n" + multipart} {
		t.Run(name, func(t *testing.T) {
			if got := New().Accepts(parser.Input{Name: "x", Data: []byte(data)}); got != 75 {
				t.Errorf("accepts %d", got)
			}
			doc := parse(t, data, parser.Limits{})
			want := "From: 银狐 <boss@phish.example>\nReturn-Path: <bounce@phish.example>\nTo: victim@corp.example\nSubject: 发票 invoice\n" +
				"Date: Mon, 6 May 2024 09:08:09 +0200\nX-Originating-IP: [203.0.113.5]\n\nOpen http://evil.example/path?a=1 now, 银狐\n"
			if d := cmp.Diff(want, doc.Text); d != "" {
				t.Error(d)
			}
			if len(doc.Sections) != 1 || doc.Sections[0].Kind != parser.Header {
				t.Error(doc.Sections)
			}
			if doc.Title != "发票 invoice" || doc.Author != "银狐 <boss@phish.example>" || !doc.Published.Equal(time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)) {
				t.Errorf("%q %q %v", doc.Title, doc.Author, doc.Published)
			}
			if !strings.Contains(doc.Meta["received"], "192.0.2.1") || !strings.Contains(doc.Meta["received"], "by mx.example") {
				t.Error(doc.Meta)
			}
			got := children(doc)
			for i := range got {
				got[i] = strings.ReplaceAll(got[i], "\r", "")
			}
			if d := cmp.Diff([]string{
				"message.html (text/html; charset=gbk) <a href=\"http://evil.example/\">x</a>",
				"样本.exe (application/octet-stream) MZ\x90\x00\x03\x00",
				"inner _ mail.eml (message/rfc822) Subject: inner / mail\nFrom: a@b.example\n\ninner body",
			}, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestCharsets(t *testing.T) {
	body := "您好，请尽快打开附件查看发票信息，谢谢配合"
	gbk, _ := simplifiedchinese.GBK.NewEncoder().String(body)
	subject, _ := simplifiedchinese.GBK.NewEncoder().String("重要通知：请查收")
	for name, head := range map[string]string{
		"declared":     "Content-Type: text/plain; charset=gb2312\nContent-Transfer-Encoding: base64\n",
		"not declared": "Content-Transfer-Encoding: base64\n",
		"wrong":        "Content-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: BASE64\n",
	} {
		doc := parse(t, "From: a@b.example\nSubject: "+subject+"\n"+head+"\n"+base64.StdEncoding.EncodeToString([]byte(gbk)), parser.Limits{})
		if !strings.HasSuffix(doc.Text, "\n\n"+body+"\n") || doc.Title != "重要通知：请查收" || doc.Charset != "gb18030" || doc.Lang != "zh" {
			t.Errorf("%s: %q %q %s %s", name, doc.Text, doc.Title, doc.Charset, doc.Lang)
		}
	}
}

func TestBroken(t *testing.T) {
	for _, c := range []struct{ name, data, text string }{
		{"no end boundary", "From: a@b\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nfirst\n--x\n\nsecond", "From: a@b\n\nfirst\n\nsecond\n"},
		{"boundary never comes", "From: a@b\nContent-Type: multipart/mixed; boundary=x\n\ntext", "From: a@b\n"},
		{"no boundary stated", "From: a@b\nContent-Type: text/plain; charset\n\ntext", "From: a@b\n\ntext\n"},
		{"header only", "From: a@b\nSubject: x", "From: a@b\nSubject: x\n"},
		{"body without empty line", "From: a@b\nthis is no header\nmore", "From: a@b\n\nthis is no header\nmore\n"},
		{"bad quoted-printable", "From: a@b\nContent-Transfer-Encoding: quoted-printable\n\na=ZZ=3D=\n b=", "From: a@b\n\na=ZZ= b\n"},
		{"bad base64", "From: a@b\nContent-Transfer-Encoding: base64\n\naGVs*bG8\n==x", "From: a@b\n\nhello\n"},
		{"bad encoded word", "From: =?x-none?Q?a?= <a@b>\n\nx", "From: a <a@b>\n\nx\n"},
	} {
		if d := cmp.Diff(c.text, parse(t, c.data, parser.Limits{}).Text); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
	if _, err := New().Parse(t.Context(), parser.Input{Name: "x.eml", Data: []byte("\x00\x01binary")}, parser.Limits{}); errs.KindOf(err) != errs.Invalid {
		t.Error(err)
	}
}

func TestMailbox(t *testing.T) {
	doc := parse(t, "From a Mon\nFrom: a@b\nSubject: 1\n\none\n\nFrom b Tue\nFrom: c@d\nSubject: 2\n\ntwo\n", parser.Limits{})
	if len(doc.Children) != 2 || !strings.Contains(string(doc.Children[1].Data), "Subject: 2") || strings.Contains(string(doc.Children[0].Data), "Subject: 2") {
		t.Error(children(doc))
	}
}

func TestHostile(t *testing.T) {
	var many strings.Builder
	many.WriteString("From: a@b\nContent-Type: multipart/mixed; boundary=x\n\n")
	for i := range 10_000 {
		fmt.Fprintf(&many, "--x\nContent-Disposition: attachment; filename=%d.txt\n\nbody\n", i)
	}
	doc := parse(t, many.String(), parser.Limits{})
	if len(doc.Children) != 2000 || len(doc.Warnings) != 1 {
		t.Error(len(doc.Children), doc.Warnings)
	}
	var deep strings.Builder
	deep.WriteString("From: a@b\n")
	for i := range 5000 {
		fmt.Fprintf(&deep, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
	}
	doc = parse(t, deep.String(), parser.Limits{})
	if len(doc.Warnings) != 1 || !strings.Contains(doc.Warnings[0].Reason, "deep") {
		t.Error(doc.Warnings)
	}
	start := time.Now()
	for name, data := range map[string]string{
		"boundary of one letter": "From: a@b\nContent-Type: multipart/mixed; boundary=-\n\n" + strings.Repeat("---\n", 500_000),
		"long header":            "From: a@b\nX: " + strings.Repeat("a\n b", 1_000_000),
		"many headers":           "From: a@b\n" + strings.Repeat("X: y\n", 1_000_000),
		"encoded words":          "From: a@b\nSubject: " + strings.Repeat("=?utf-8?B?YQ==?= ", 4000) + "\n\nx",
		"parameters":             "From: a@b\nContent-Type: text/plain" + strings.Repeat(`; a*1="b`, 100_000) + "\n\nx",
	} {
		parse(t, data, parser.Limits{})
		if d := time.Since(start); d > 20*time.Second {
			t.Errorf("%s took %v", name, d)
		}
		start = time.Now()
	}
	big := "From: a@b\nContent-Disposition: attachment\n\n" + strings.Repeat("x", 10_000)
	if doc := parse(t, big, parser.Limits{Expanded: 1000}); len(doc.Children) != 0 || len(doc.Warnings) != 1 {
		t.Error(doc.Warnings)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(multipart))
	f.Add([]byte("From x\nFrom: a\n\nb\n\nFrom y\nC: d\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		lim := parser.Limits{Text: 2000, Children: 5, Expanded: 5000}
		doc, err := New().Parse(t.Context(), parser.Input{Name: "f", Data: data}, lim)
		if err == nil {
			if err := doc.Check(lim); err != nil {
				t.Fatal(err)
			}
		}
	})
}
