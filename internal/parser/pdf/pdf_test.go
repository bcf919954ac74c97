package pdf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/parser"
)

// direct runs a program without a sandbox: what the tests feed it is their own.
func direct(ctx context.Context, program string, args []string, stdin []byte) ([]byte, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdin = bytes.NewReader(stdin)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return out, errs.Wrap(fmt.Errorf("%s", exit.Stderr), errs.Invalid, "program_failed", "failed")
	}
	return out, err
}

// readers are the ways to get at the words; pdftotext only where it is installed.
func readers(t *testing.T) map[string]parser.Parser {
	t.Helper()
	out := map[string]parser.Parser{"glyphs": New()}
	if _, err := exec.LookPath(program); err == nil {
		out[program] = New().WithRun(direct)
	} else {
		t.Log("pdftotext is not installed: only our own reader is tested")
	}
	return out
}

const (
	sha256A = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	sha256B = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"
	md5A    = "d41d8cd98f00b204e9800998ecf8427e"
	md5B    = "0cc175b9c0f1b6a831c399e269772661"
)

func prose(n int, word string) (out []string) {
	for i := range n {
		out = append(out, strings.TrimSpace(strings.Repeat("x", i%4+6)+" "+word+" the actor moved on in the netw"[:24-i%3]))
	}
	return out
}

func join(parts ...[]put) (out []put) {
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

func TestLayout(t *testing.T) {
	for _, c := range []struct {
		name string
		page []put
		want string
	}{
		{"paragraph is joined, list is not", join(
			lines(50, 50, 10, 12, "The actor behind this campaign used evil-c2[.]com and then went on to move", "through the network of the victim until it found what it was looking for."),
			lines(50, 90, 10, 12, "1.2.3[.]4", "5.6.7[.]8", "longer.evil-domain.example", "b.example")),
			"The actor behind this campaign used evil-c2[.]com and then went on to move through the network of the victim until it found what it was looking for.\n\n1.2.3[.]4\n5.6.7[.]8\nlonger.evil-domain.example\nb.example\n"},
		{"hash wrapped in prose", lines(50, 50, 10, 12,
			"The dropper with the SHA-256 hash "+sha256A[:40], sha256A[40:]+" was seen first by the vendor in the spring of the", "last year, as the telemetry of its customers shows to everyone."),
			"The dropper with the SHA-256 hash " + sha256A + " was seen first by the vendor in the spring of the last year, as the telemetry of its customers shows to everyone.\n"},
		{"two columns of prose", join(lines(50, 50, 10, 12, prose(8, "left")...), lines(320, 56, 10, 12, prose(8, "right")...)),
			strings.Join(prose(8, "left"), " ") + "\n\n" + strings.Join(prose(8, "right"), " ") + "\n"},
		{"wrapped cells without padding, top aligned", join(
			[]put{{50, 50, 9, "SHA-256"}, {230, 50, 9, "Name"}, {330, 50, 9, "First seen"}},
			lines(50, 61, 9, 11, sha256A[:30], sha256A[30:60], sha256A[60:]), []put{{230, 61, 9, "dropper.exe"}, {330, 61, 9, "2024-05-06"}},
			lines(50, 94, 9, 11, sha256B[:30], sha256B[30:60], sha256B[60:]), []put{{230, 94, 9, "loader.dll"}, {330, 94, 9, "2024-05-07"}}),
			"SHA-256\tName\tFirst seen\n" + sha256A + "\tdropper.exe\t2024-05-06\n" + sha256B + "\tloader.dll\t2024-05-07\n"},
		{"wrapped cells with padding, centred", join(
			[]put{{50, 50, 9, "Hash"}, {230, 50, 9, "What it is"}},
			lines(50, 70, 9, 11, sha256A[:32], sha256A[32:]), []put{{230, 75.5, 9, "SHA-256 dropper"}},
			lines(50, 100, 9, 11, md5A, md5B), []put{{230, 105.5, 9, "two MD5"}},
			lines(50, 130, 9, 11, sha256B[:26], sha256B[26:52], sha256B[52:]), []put{{230, 141, 9, "loader"}}),
			"Hash\tWhat it is\n" + sha256A[:32] + " " + sha256A[32:] + "\tSHA-256 dropper\n" + md5A + " " + md5B + "\ttwo MD5\n" + sha256B + "\tloader\n"},
		{"heading tells halves of SHA-256 from MD5", join(
			[]put{{50, 50, 9, "SHA256"}, {260, 50, 9, "Name"}},
			lines(50, 70, 9, 11, sha256A[:32], sha256A[32:]), []put{{260, 70, 9, "a.exe"}},
			lines(50, 100, 9, 11, sha256B[:32], sha256B[32:]), []put{{260, 100, 9, "b.exe"}}),
			"SHA256\tName\n" + sha256A + "\ta.exe\n" + sha256B + "\tb.exe\n"},
		{"wrapped URLs, stacked hosts", join(
			[]put{{50, 50, 9, "Value"}, {260, 50, 9, "Note"}},
			lines(50, 70, 9, 11, "hxxp://evil[.]example/a/very/long", "/path/gate.php?id=1&x=2"), []put{{260, 70, 9, "gate"}},
			lines(50, 100, 9, 11, "long-name.evil-site-one.com", "other.evil-site-number-two.com"), []put{{260, 100, 9, "hosts"}},
			lines(50, 130, 9, 11, "hxxps://bad[.]example/b/and/more/", "hxxps://bad[.]example/c"), []put{{260, 130, 9, "two URLs"}}),
			"Value\tNote\nhxxp://evil[.]example/a/very/long/path/gate.php?id=1&x=2\tgate\nlong-name.evil-site-one.com other.evil-site-number-two.com\thosts\nhxxps://bad[.]example/b/and/more/ hxxps://bad[.]example/c\ttwo URLs\n"},
		{"Chinese", join(lines(50, 50, 10, 14, "攻击者使用银狐木马通过钓鱼邮件投递恶意附件并窃取数据", "随后横向移动直至控制整个内网。"),
			[]put{{50, 100, 10, "域名"}, {200, 100, 10, "说明"}, {50, 118, 10, "evil-c2[.]com"}, {200, 118, 10, "回连地址"}}),
			"攻击者使用银狐木马通过钓鱼邮件投递恶意附件并窃取数据随后横向移动直至控制整个内网。\n\n域名\t说明\nevil-c2[.]com\t回连地址\n"},
		{"bullets are not a column", join(
			[]put{{50, 50, 10, "-"}, {70, 50, 10, "first point of the list"}, {50, 62, 10, "-"}, {70, 62, 10, "second point"}, {50, 74, 10, "-"}, {70, 74, 10, "third"}}),
			"- first point of the list\n- second point\n- third\n"},
	} {
		m := &maker{}
		m.page(c.page...)
		for name, p := range readers(t) {
			t.Run(c.name+"/"+name, func(t *testing.T) {
				doc, err := p.Parse(t.Context(), parser.Input{Name: "r.pdf", Data: m.bytes()}, parser.Limits{})
				if err != nil {
					t.Fatal(err)
				}
				if err := doc.Check(parser.Limits{}); err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(c.want, doc.Text); d != "" {
					t.Error(d)
				}
			})
		}
	}
}

func TestPagesMetaLinks(t *testing.T) {
	m := &maker{links: []string{`http://evil.example/\(a\)`, "http://b.example/"}}
	m.page(put{50, 50, 24, "Big heading"}, put{50, 100, 10, "body of the text"}, put{50, 112, 10, "more of the text"}, put{50, 124, 10, "and more"})
	m.page()
	m.page(put{50, 50, 10, "last page"})
	for name, p := range readers(t) {
		doc, err := p.Parse(t.Context(), parser.Input{Name: "r.pdf", Data: m.bytes()}, parser.Limits{})
		if err != nil {
			t.Fatal(name, err)
		}
		if doc.Title != "Report" || doc.Author != "银狐" || !doc.Published.Equal(time.Date(2024, 5, 5, 23, 8, 9, 0, time.UTC)) {
			t.Errorf("%s: %q %q %v", name, doc.Title, doc.Author, doc.Published)
		}
		var got []string
		for _, s := range doc.Sections {
			got = append(got, fmt.Sprint(s.Kind, s.Level, " ", strings.TrimSpace(doc.Text[s.Start:s.End])))
		}
		want := []string{"page1 Big heading\n\nbody of the text\nmore of the text\nand more", "heading1 Big heading", "page3 last page"}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(name, d, doc.Text)
		}
		if len(doc.Links) != 2 || doc.Links[0].URL != "http://evil.example/(a)" {
			t.Error(name, doc.Links)
		}
		if d := cmp.Diff([]parser.Warning{{Place: "page 2", Reason: "no text layer: it is empty or an image"}}, doc.Warnings); d != "" {
			t.Error(name, d)
		}
	}
}

func TestWithoutText(t *testing.T) {
	m := &maker{}
	m.page()
	for name, p := range readers(t) {
		doc, err := p.Parse(t.Context(), parser.Input{Name: "scan.pdf", Data: m.bytes()}, parser.Limits{})
		if err != nil || doc.Text != "" || len(doc.Warnings) != 1 || !strings.Contains(doc.Warnings[0].Reason, "no text layer") {
			t.Error(name, doc.Text, doc.Warnings, err)
		}
	}
}

// The encryption dictionary is of a file whose user password nobody knows.
const encryptDict = "/Encrypt << /Filter /Standard /V 2 /R 3 /Length 128 /P -44 " +
	"/O <0102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F20> /U <202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F> >> " +
	"/ID [<00112233445566778899AABBCCDDEEFF> <00112233445566778899AABBCCDDEEFF>]"

func TestHostile(t *testing.T) {
	locked := &maker{extra: encryptDict}
	locked.page(put{50, 50, 10, "secret"})
	good := &maker{}
	good.page(put{50, 50, 10, "text"})
	pageLoop := assemble([]string{"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 1000000 >>"}, "")
	for _, c := range []struct {
		name, code string
		data       []byte
	}{
		{"encrypted", "pdf_encrypted", locked.bytes()},
		{"not a PDF", "document_broken", []byte("<html>")},
		{"only a header", "document_broken", []byte("%PDF-1.4\n")},
	} {
		for name, p := range readers(t) {
			_, err := p.Parse(t.Context(), parser.Input{Name: "bad.pdf", Data: c.data, Passwords: []string{"infected"}}, parser.Limits{})
			if e, ok := errs.As(err); !ok || e.Code != c.code || !strings.Contains(err.Error(), "bad.pdf") {
				t.Errorf("%s %s: %v", c.name, name, err)
			}
		}
	}
	for name, p := range readers(t) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		start := time.Now()
		doc, err := p.Parse(ctx, parser.Input{Name: "loop.pdf", Data: pageLoop}, parser.Limits{})
		if time.Since(start) > 20*time.Second || err == nil && doc.Text != "" {
			t.Errorf("%s: loop took %v: %q %v", name, time.Since(start), doc.Text, err)
		}
		whole := good.bytes()
		for i := 20; i < len(whole); i += 97 {
			if _, err := p.Parse(t.Context(), parser.Input{Name: "cut.pdf", Data: whole[:i]}, parser.Limits{}); err != nil && errs.KindOf(err) != errs.Invalid {
				t.Errorf("%s cut at %d: %v", name, i, err)
			}
		}
	}
}

// A page of many words is laid out in bounded time, whatever their places.
func TestManyWords(t *testing.T) {
	for name, place := range map[string]func(i int) (x, y float64){
		"grid":     func(i int) (float64, float64) { return float64(i%10) * 60, float64(i/10) * 2 },
		"diagonal": func(i int) (float64, float64) { return float64(i), float64(i) },
		"one spot": func(int) (float64, float64) { return 1, 1 },
		"one line": func(i int) (float64, float64) { return float64(i) * 100, 1 },
		"column":   func(i int) (float64, float64) { return float64(i%2) * 300, float64(i) * 7 },
	} {
		var words []word
		for i := range maxWords {
			x, y := place(i)
			words = append(words, word{x, y, x + 20, y + 10, "word"})
		}
		b := parser.NewBuilder(parser.Limits{})
		start := time.Now()
		(&writer{b: b}).region(words, 0)
		if d := time.Since(start); d > 15*time.Second {
			t.Errorf("%s: %v", name, d)
		}
		if n := strings.Count(b.Document().Text, "word"); n != maxWords {
			t.Errorf("%s: %d words came out", name, n)
		}
	}
}

func FuzzLayout(f *testing.F) {
	f.Add([]byte(`<page width="1" height="1">` + "\n" + `<word xMin="1" yMin="1" xMax="20" yMax="9">a</word>` + "\n" + `<word xMin="50" yMin="1" xMax="70" yMax="9">&#0;b</word>`))
	f.Fuzz(func(t *testing.T, out []byte) {
		b := parser.NewBuilder(parser.Limits{Text: 10000})
		write(t.Context(), b, readBoxes(out))
		doc := b.Document()
		if err := doc.Check(parser.Limits{Text: 10000}); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzScan is of the search for links. The library under the glyph reader may loop on hostile files,
// which the sandbox ends and a fuzz target cannot; FuzzLayout covers what comes after it.
func FuzzScan(f *testing.F) {
	m := &maker{links: []string{"http://a.example/"}}
	m.page(put{50, 50, 10, "text"})
	f.Add(m.bytes())
	f.Add([]byte(`/URI (a\(b\)(c)) /URI <616263> /ObjStm stream`))
	f.Fuzz(func(t *testing.T, data []byte) {
		urls, _ := scan(data)
		for _, u := range urls {
			if u == "" || parser.Clean(u) != u {
				t.Fatalf("%q", u)
			}
		}
	})
}
