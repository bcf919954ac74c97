package zip

import (
	"archive/tar"
	stdzip "archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/parser"
)

type member struct{ name, body string }

func zipOf(t testing.TB, members ...member) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := stdzip.NewWriter(&buf)
	for _, m := range members {
		f, err := w.CreateHeader(&stdzip.FileHeader{Name: m.name, Method: stdzip.Deflate})
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(f, m.body)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func tarOf(t testing.TB, headers ...tar.Header) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, h := range headers {
		body := h.Linkname
		if h.Typeflag == 0 {
			h.Typeflag, h.Size, h.Linkname, h.Mode = tar.TypeReg, int64(len(body)), "", 0o600
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			io.WriteString(w, body)
		}
	}
	w.Close()
	return buf.Bytes()
}

func gz(t testing.TB, data []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	w.Write(data)
	w.Close()
	return buf.Bytes()
}

func parse(t *testing.T, in parser.Input, lim parser.Limits) parser.Document {
	t.Helper()
	doc, err := New().Parse(t.Context(), in, lim)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Check(lim); err != nil {
		t.Fatal(err)
	}
	return doc
}

func members(doc parser.Document) (out []member) {
	for _, c := range doc.Children {
		out = append(out, member{c.Name, string(c.Data)})
	}
	return out
}

func TestMembers(t *testing.T) {
	gbk, _ := simplifiedchinese.GBK.NewEncoder().String("银狐样本/报告.txt")
	want := []member{{"a.txt", "one"}, {"b/c.txt", "two"}}
	tarred := tarOf(t, tar.Header{Name: "a.txt", Linkname: "one"}, tar.Header{Name: "b/", Typeflag: tar.TypeDir}, tar.Header{Name: "b/c.txt", Linkname: "two"})
	for _, c := range []struct {
		name string
		file string
		data []byte
		want []member
	}{
		{"zip", "x.zip", zipOf(t, member{"a.txt", "one"}, member{"b/", ""}, member{"b/c.txt", "two"}), want},
		{"zip with a prefix", "x.exe", append([]byte("MZ stub"), zipOf(t, want...)...), want},
		{"zip with GBK names", "x.zip", zipOf(t, member{gbk, "x"}), []member{{"银狐样本/报告.txt", "x"}}},
		{"tar", "x.tar", tarred, want},
		{"tar.gz", "x.tgz", gz(t, tarred), want},
		{"gz", "feed.txt.gz", gz(t, []byte("1.2.3.4\n")), []member{{"feed.txt", "1.2.3.4\n"}}},
		{"empty zip", "x.zip", zipOf(t), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc := parse(t, parser.Input{Name: c.file, Data: c.data}, parser.Limits{})
			if d := cmp.Diff(c.want, members(doc), cmp.AllowUnexported(member{})); d != "" {
				t.Error(d)
			}
			if len(doc.Warnings) > 0 {
				t.Error(doc.Warnings)
			}
		})
	}
}

// Made by Info-ZIP 3.0 (ZipCrypto, with and without data descriptor before zip64) and pyzipper
// (AES-128 and AES-256, AE-2) with the password "infected".
func encrypted() map[string]string {
	return map[string]string{
		"ZipCrypto":        "UEsDBBQACQAIAA8Bdl1Jcj8gJQAAAF8AAAAFABwAcy50eHRVVAkAA34yAmt+MgJrdXgLAAEEAAAAAAQAAAAAFKdh1mlikPOBTylnxf9O2eKr6ry/u+A+yf9MvOmaGN5pi5pp/VBLBwhJcj8gJQAAAF8AAABQSwECHgMUAAkACAAPAXZdSXI/ICUAAABfAAAABQAYAAAAAAABAAAApIEAAAAAcy50eHRVVAUAA34yAmt1eAsAAQQAAAAABAAAAABQSwUGAAAAAAEAAQBLAAAAdAAAAAAA",
		"ZipCrypto, zip64": "UEsDBC0ACQAIAA8Bdl1Jcj8g//////////8BABQALQEAEABfAAAAAAAAACUAAAAAAAAA5Rd/CniphnDsnfFkAgqR7G2y0Op9tWFmMNFu1i//OZL3Wx4yolBLBwhJcj8gJQAAAAAAAABfAAAAAAAAAFBLAQIeAy0ACQAIAA8Bdl1Jcj8gJQAAAF8AAAABAAAAAAAAAAEAAACAEQAAAAAtUEsGBiwAAAAAAAAAHgMtAAAAAAAAAAAAAQAAAAAAAAABAAAAAAAAAC8AAAAAAAAAcAAAAAAAAABQSwYHAAAAAJ8AAAAAAAAAAQAAAFBLBQYAAAAAAQABAC8AAABwAAAAAAA=",
		"AES-128":          "UEsDBBQAAQBjAA8Bdl0AAAAALQAAAF8AAAAFAAsAcy50eHQBmQcAAgBBRQEIALvzNS+eLD1qAC1ct1w9xnfjHDts+VrhFRJicOjM5v/2MAyoYLgyyQWues9vuFBLAQIUAxQAAQBjAA8Bdl0AAAAALQAAAF8AAAAFAAsAAAAAAAAAAACAAQAAAABzLnR4dAGZBwACAEFFAQgAUEsFBgAAAAABAAEAPgAAAFsAAAAAAA==",
		"AES-256":          "UEsDBBQAAQBjAA8Bdl0AAAAANQAAAF8AAAAFAAsAcy50eHQBmQcAAgBBRQMIAPXYn9ldP//oKZnJDXF+i+zi5bO0NQYpPv0epi0/KySsszSkD6/+4GlXwXsBKszbZcg/BHS2UEsBAhQDFAABAGMADwF2XQAAAAA1AAAAXwAAAAUACwAAAAAAAAAAAIABAAAAAHMudHh0AZkHAAIAQUUDCABQSwUGAAAAAAEAAQA+AAAAYwAAAAAA",
	}
}

func TestPasswords(t *testing.T) {
	want := strings.Repeat("evil sample 银狐\n", 5)
	for name, b64 := range encrypted() {
		data, err := base64.StdEncoding.DecodeString(b64)
		if err != nil {
			t.Fatal(err)
		}
		doc := parse(t, parser.Input{Name: "x.zip", Data: data, Passwords: []string{"wrong", "密码"}}, parser.Limits{})
		if len(doc.Children) != 1 || string(doc.Children[0].Data) != want {
			t.Errorf("%s: %v %v", name, members(doc), doc.Warnings)
		}
		i := bytes.LastIndex(data, []byte("PK\x01\x02")) - 24 // inside the packed bytes
		broken := bytes.Clone(data)
		broken[i] ^= 1
		doc = parse(t, parser.Input{Name: "x.zip", Data: broken}, parser.Limits{})
		if len(doc.Children) == 1 && string(doc.Children[0].Data) != want {
			t.Errorf("%s: damage went unnoticed", name)
		}
	}
}

func TestNamesStayInside(t *testing.T) {
	doc := parse(t, parser.Input{Name: "x.zip", Data: zipOf(t, member{"../../etc/passwd", "a"}, member{"/abs", "b"}, member{`C:\win\x.exe`, "c"},
		member{`..\..\up`, "d"}, member{"a/../../b", "e"}, member{"fine", "f"}, member{"nul\x00\x1b[31m", "g"}, member{"..", "h"})}, parser.Limits{})
	var names []string
	for _, c := range doc.Children {
		names = append(names, c.Name)
	}
	want := []string{"etc/passwd", "abs", "win/x.exe", "up", "a/b", "fine", "nul_[31m", "unnamed"}
	if d := cmp.Diff(want, names); d != "" {
		t.Error(d)
	}
	if len(doc.Warnings) != 6 {
		t.Error(doc.Warnings)
	}
	doc = parse(t, parser.Input{Name: "x.tar", Data: tarOf(t, tar.Header{Name: "../x", Linkname: "a"},
		tar.Header{Name: "link", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}, tar.Header{Name: "dev", Typeflag: tar.TypeChar})}, parser.Limits{})
	if len(doc.Children) != 1 || doc.Children[0].Name != "x" || len(doc.Warnings) != 3 {
		t.Error(members(doc), doc.Warnings)
	}
}

// zeros streams n bytes of one line.
type zeros struct{ n int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.n == 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), z.n))
	for i := range p[:n] {
		p[i] = 'a'
	}
	z.n -= int64(n)
	return n, nil
}

func TestBombs(t *testing.T) {
	var one, line, tarBomb bytes.Buffer
	w := stdzip.NewWriter(&one)
	f, _ := w.Create("big.txt")
	io.Copy(f, &zeros{400 << 20})
	g, _ := w.Create("small.txt")
	io.WriteString(g, "kept")
	w.Close()
	z, _ := gzip.NewWriterLevel(&line, gzip.BestSpeed)
	size := int64(1 << 30) // one line of 1 GiB, streamed
	if testing.Short() {
		size = 300 << 20
	}
	io.Copy(z, &zeros{size})
	z.Close()
	z = gzip.NewWriter(&tarBomb)
	tw := tar.NewWriter(z)
	tw.WriteHeader(&tar.Header{Name: "big", Size: 400 << 20, Typeflag: tar.TypeReg})
	io.Copy(tw, &zeros{400 << 20})
	tw.Close()
	z.Close()

	doc := parse(t, parser.Input{Name: "one.zip", Data: one.Bytes()}, parser.Limits{})
	if d := cmp.Diff([]member{{"small.txt", "kept"}}, members(doc), cmp.AllowUnexported(member{})); d != "" || len(doc.Warnings) != 1 {
		t.Error(d, doc.Warnings)
	}
	for name, data := range map[string][]byte{"line.gz": line.Bytes(), "bomb.tgz": tarBomb.Bytes()} {
		_, err := New().Parse(t.Context(), parser.Input{Name: name, Data: data}, parser.Limits{})
		if errs.KindOf(err) != errs.TooLarge || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Many members, each within the ratio, together over the budget.
	var many []member
	for i := range 50 {
		many = append(many, member{fmt.Sprint(i), strings.Repeat("x", 900<<10)})
	}
	doc = parse(t, parser.Input{Name: "many.zip", Data: zipOf(t, many...)}, parser.Limits{Expanded: 10 << 20})
	if len(doc.Children) != 11 || len(doc.Warnings) != 1 {
		t.Error(len(doc.Children), doc.Warnings)
	}
	doc = parse(t, parser.Input{Name: "count.zip", Data: zipOf(t, many...)}, parser.Limits{Children: 7})
	if len(doc.Children) != 7 || len(doc.Warnings) != 1 {
		t.Error(len(doc.Children), doc.Warnings)
	}
}

func TestOverlapIsRefused(t *testing.T) {
	data := zipOf(t, member{"a", strings.Repeat("a", 5000)}, member{"b", strings.Repeat("b", 5000)})
	first := bytes.Index(data, []byte("PK\x01\x02"))
	second := first + 4 + bytes.Index(data[first+4:], []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(data[second+42:], 0) // the second member points at the first
	_, err := New().Parse(t.Context(), parser.Input{Name: "x.zip", Data: data}, parser.Limits{})
	if e, ok := errs.As(err); !ok || e.Code != "archive_overlap" {
		t.Error(err)
	}
}

func TestDamage(t *testing.T) {
	whole := zipOf(t, member{"a", strings.Repeat("text ", 1000)}, member{"b", "two"})
	for i := 0; i < len(whole); i += 7 {
		_, err := New().Parse(t.Context(), parser.Input{Name: "cut.zip", Data: whole[:i]}, parser.Limits{})
		if errs.KindOf(err) != errs.Invalid {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
	flipped := bytes.Clone(whole)
	flipped[60] ^= 0xFF
	doc := parse(t, parser.Input{Name: "x.zip", Data: flipped}, parser.Limits{})
	if len(doc.Children) != 1 || doc.Children[0].Name != "b" || len(doc.Warnings) != 1 {
		t.Error(members(doc), doc.Warnings)
	}
	packed := gz(t, []byte(strings.Repeat("1.2.3.4\n", 10000)))
	doc = parse(t, parser.Input{Name: "x.gz", Data: packed[:len(packed)-10]}, parser.Limits{})
	if len(doc.Children) != 1 || len(doc.Warnings) != 1 {
		t.Error(doc.Warnings)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(zipOf(f, member{"a", "b"}), "p")
	f.Add(tarOf(f, tar.Header{Name: "a", Linkname: "b"}), "")
	f.Add(gz(f, []byte("abc")), "")
	for _, b64 := range encrypted() {
		data, _ := base64.StdEncoding.DecodeString(b64)
		f.Add(data, "")
	}
	f.Fuzz(func(t *testing.T, data []byte, password string) {
		lim := parser.Limits{Expanded: 1 << 20, Children: 10}
		doc, err := New().Parse(t.Context(), parser.Input{Name: "f", Data: data, Passwords: []string{password}}, lim)
		if err == nil {
			err = doc.Check(lim)
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}
