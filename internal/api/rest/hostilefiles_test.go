package rest_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

// zipped packs entries in order; hostile names included.
func zipped(t *testing.T, entries ...[2]string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		f, err := w.CreateHeader(&zip.FileHeader{Name: e[0], Method: zip.Deflate})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, e[1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// bomb is an archive of one file of zeros.
func bomb(t *testing.T, mib int) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create("zeros.txt")
	if err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	for range mib {
		if _, err := f.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// symlink is an archive whose entry says that it is a link out.
func symlink(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	h := &zip.FileHeader{Name: "link.txt"}
	h.SetMode(os.ModeSymlink | 0o777)
	f, err := w.CreateHeader(h)
	if err == nil {
		_, err = io.WriteString(f, "/etc/passwd")
	}
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return b.String()
}

func utf16LE(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		b.Write([]byte{byte(u), byte(u >> 8)})
	}
	return b.String()
}

// badFile is one file and what must become of it. value is to be found in it, if it can be read.
type badFile struct {
	name, content string
	state         string // done, quarantined; "" either
	value         string
}

const entities = `<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY x SYSTEM "file:///etc/passwd">]>`

// badFiles are what people, feeds and attackers send.
func badFiles(t *testing.T) []badFile {
	t.Helper()
	docx := func(document string) string {
		return zipped(t, [2]string{"[Content_Types].xml", `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`}, [2]string{"word/document.xml", document})
	}
	whole := docx(`<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>see docx.evil-file.top now</w:t></w:r></w:p></w:body></w:document>`)
	nested := "deep.evil-file.top"
	for i := range 60 {
		nested = zipped(t, [2]string{fmt.Sprintf("level%d.%s", i, map[bool]string{true: "txt", false: "zip"}[i == 0]), nested})
	}
	many := make([][2]string, 4000)
	for i := range many {
		many[i] = [2]string{fmt.Sprintf("f%d.txt", i), fmt.Sprintf("many%d.evil-file.top", i)}
	}
	return []badFile{
		{"cut.pdf", "%PDF-1.7\n1 0 obj\n<< /Type /Catalog", "quarantined", ""}, {"cut.docx", whole[:len(whole)/2], "quarantined", ""}, {"cut.zip", zipped(t, [2]string{"a.txt", "x"})[:30], "quarantined", ""},
		{"cut.json", `{"type":"bundle","id":"bundle--1","objects":[{`, "quarantined", ""}, {"cut.eml", "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nsee cut.evil-file.top", "", ""},
		{"cut.msg", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and nothing", "quarantined", ""}, {"cut.xlsx", "PK\x03\x04broken", "quarantined", ""}, {"cut.html", "<html><table><tr><td>cuthtml.evil-file.top<td", "done", "cuthtml.evil-file.top"},
		{"text.pdf", "only text with astext.evil-file.top in it", "", ""}, {"pdf.txt", "%PDF-1.7 mislabelled", "", ""}, {"program.html", "MZ\x90\x00\x03" + strings.Repeat("\x00\xff", 4000), "", ""}, {"picture.docx", "\x89PNG\r\n\x1a\n" + strings.Repeat("\x00", 100), "", ""},
		{"word.txt", whole, "", "docx.evil-file.top"},
		{"gbk.html", "<html><head><meta charset=utf-8></head><body>\xd2\xf8\xba\xfc\xc4\xbe\xc2\xed gbk.evil-file.top</body></html>", "done", "gbk.evil-file.top"}, {"utf16.txt", "\xff\xfe" + utf16LE("银狐 utf16.evil-file.top"), "done", "utf16.evil-file.top"},
		{"nobom.txt", utf16LE("the server nobom.evil-file.top was seen here"), "", ""}, {"latin.txt", "caf\xe9 \xff\xfe\x80 latin.evil-file.top", "done", "latin.evil-file.top"}, {"nul.txt", "a\x00b\x00 nul.evil-file.top \x00", "", ""},
		{"deep.json", strings.Repeat("[", 200_000) + strings.Repeat("]", 200_000), "", ""}, {"deepobject.json", strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000), "", ""},
		{"deep.html", strings.Repeat("<div>", 100_000) + "deephtml.evil-file.top", "", ""}, {"tables.html", strings.Repeat("<table><tr><td>", 20_000) + "x", "", ""}, {"deep.zip", nested, "", ""}, {"many.zip", zipped(t, many...), "", ""},
		{"bomb.zip", bomb(t, 300), "", ""}, {"bombs.zip", zipped(t, [2]string{"a.zip", bomb(t, 40)}, [2]string{"b.zip", bomb(t, 41)}), "", ""}, {"bomb.docx", docx(strings.Repeat(" ", 64<<20)), "", ""},
		{"entities.docx", docx(entities + `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>&c;&x;</w:t></w:r></w:p></w:body></w:document>`), "", ""},
		{"feed.xml", entities + "<rss><channel><item><title>&c;&x;</title></item></channel></rss>", "", ""},
		{"slip.zip", zipped(t, [2]string{"../../../../../../tmp/vedette-slip.txt", "slip1.evil-file.top"}, [2]string{"/tmp/vedette-slip.txt", "slip2.evil-file.top"}, [2]string{`..\..\vedette-slip.txt`, "slip3.evil-file.top"}, [2]string{"C:\\vedette-slip.txt", "x"}, [2]string{"a\x00b.txt", "x"}, [2]string{"con", "x"}, [2]string{strings.Repeat("n", 60_000), "x"}), "", ""},
		{"link.zip", symlink(t), "", ""}, {"nothing.zip", zipped(t), "", ""}, {"newline.txt", "\n", "", ""}, {"csv.csv", strings.Repeat(`"`, 200_000), "", ""}, {"comma.csv", strings.Repeat(",", 1_000_000), "", ""},
		{"re.txt", strings.Repeat("a.", 500_000) + "@" + strings.Repeat("hxxp://", 100_000), "done", ""}, {strings.Repeat("../", 50) + "etc/passwd", "outside.evil-file.top", "", "outside.evil-file.top"}, {"<img src=x onerror=alert(1)>.txt", "img.evil-file.top", "done", "img.evil-file.top"},
		{"\u202etxt.exe", "rtl.evil-file.top", "", ""}, {strings.Repeat("long", 500) + ".txt", "longname.evil-file.top", "", ""}, {"", "noname.evil-file.top", "", ""},
	}
}

// upload sends one file as it is made, so that its size does not matter here.
func (p *person) upload(name string, content io.Reader) reply {
	p.o.t.Helper()
	body, w := io.Pipe()
	form := multipart.NewWriter(w)
	go func() {
		f, err := form.CreateFormFile("file", name)
		if err == nil {
			_, err = io.Copy(f, content)
		}
		if err == nil {
			err = form.Close()
		}
		_ = w.CloseWithError(err)
	}()
	return p.call("POST", "/drop", headers("Content-Type", form.FormDataContentType()), body)
}

// oneLine is a text without an end of line: values at its beginning, in its middle and at its end.
func oneLine(size int64) io.Reader {
	half := size / 2
	return io.MultiReader(strings.NewReader("begin.evil-line.top "), &repeated{left: half}, strings.NewReader(" middle.evil-line.top "), &repeated{left: half}, strings.NewReader(" end.evil-line.top"))
}

// repeated is much dull text.
type repeated struct{ left int64 }

// Read implements io.Reader.
func (r *repeated) Read(p []byte) (int, error) {
	const dull = "lorem ipsum dolor sit amet "
	if r.left <= 0 {
		return 0, io.EOF
	}
	n := 0
	for n < len(p) && int64(n) < r.left {
		n += copy(p[n:], dull)
	}
	n = int(min(int64(n), r.left))
	r.left -= int64(n)
	return n, nil
}

// TestHostileFiles sends everything that is broken to a server in a process of its own. Each file ends in a
// state with a reason, nothing is lost, and the memory stays within bounds.
func TestHostileFiles(t *testing.T) {
	p := alone(t)
	type sent struct {
		badFile
		id string
	}
	var all []sent
	for _, f := range badFiles(t) {
		got := p.boss.upload(f.name, strings.NewReader(f.content))
		if got.status != 202 {
			if got.status < 400 || got.status >= 500 || got.body.text("code") == "" {
				t.Errorf("%.60q: %d %.300s", f.name, got.status, got.raw)
			}
			continue
		}
		all = append(all, sent{f, got.body.items()[0].text("id")})
	}
	began := time.Now()
	const long = 200 << 20
	got := p.boss.upload("line.txt", oneLine(long))
	if got.status != 202 {
		t.Fatalf("a long line: %d %s", got.status, got.raw)
	}
	t.Logf("%d MB of one line uploaded in %v; peak %d MiB", long>>20, time.Since(began), p.peak())
	all = append(all, sent{badFile{name: "line.txt", state: "done", value: "begin.evil-line.top"}, got.body.items()[0].text("id")})
	if got := p.boss.upload("larger.txt", oneLine(260<<20)); got.status != 413 || got.body.text("code") != "item_too_large" {
		t.Errorf("over the limit: %d %s", got.status, got.raw)
	}
	for _, f := range all {
		done := p.boss.eventually(f.name, "/drop/"+f.id, func(x object) bool { return x.text("state") != "queued" })
		if state := done.text("state"); state == "failed" || f.state != "" && f.state != state {
			t.Errorf("%.60q: %v, want %s", f.name, done, f.state)
		}
		if f.value != "" {
			if got := p.boss.want(200, "POST", "/lookup", object{"values": []string{f.value}}).items()[0]; got["known"] != true {
				t.Errorf("%.60q: %s is not known: %v", f.name, f.value, done)
			}
		}
	}
	line, _ := p.boss.want(200, "GET", "/drop/"+all[len(all)-1].id, nil)["reports"].([]any)
	if len(line) != 1 {
		t.Fatalf("the long line: %v", line)
	}
	if doc := p.boss.want(200, "GET", fmt.Sprintf("/reports/%v/documents", line[0]), nil).items()[0]; doc.number("size") < long || len(doc.list("warnings")) == 0 {
		t.Errorf("what was left out of the long line is said: %v", doc)
	}
	t.Logf("all worked on after %v; peak %d MiB", time.Since(began), p.peak())
	for _, it := range p.boss.want(200, "GET", "/quarantine"+q("limit", "1000"), nil).items() {
		if it.text("code") == "internal" || it.text("reason") == "" || it.text("item") == "" {
			t.Errorf("a reason that says nothing: %v", it)
		}
		if strings.Contains(it.text("reason"), "goroutine") || strings.Contains(it.text("reason"), ".go:") {
			t.Errorf("a reason that tells of the inside: %v", it)
		}
	}
	p.sound(t)
	for _, name := range []string{"/tmp/vedette-slip.txt", filepath.Join(p.root, "..", "vedette-slip.txt")} {
		if _, err := os.Stat(name); err == nil {
			t.Errorf("%s was written", name)
		}
	}
	if peak := p.peak(); peak > 1500 {
		t.Errorf("the server took %d MiB", peak)
	}
}

// sound checks that the server is well: it answers, nothing waits, nothing died, nothing panicked.
func (p *process) sound(t *testing.T) {
	t.Helper()
	resp, err := http.Get(p.srv.URL + "/readyz")
	if err != nil {
		t.Fatalf("the server is down: %v\n%s", err, tail(p.logged()))
	}
	defer resp.Body.Close()
	if raw, _ := io.ReadAll(resp.Body); resp.StatusCode != 200 {
		t.Errorf("not ready: %s", raw)
	}
	for _, d := range p.boss.want(200, "GET", "/queue", nil).items() {
		if d.number("dead") != 0 {
			t.Errorf("dead letters: %v %s", d, p.boss.send("GET", "/queue/dead", nil).raw)
		}
	}
	if log := p.logged(); strings.Contains(log, "panic") || strings.Contains(log, "goroutine ") || strings.Contains(log, goodPassword) {
		t.Errorf("the log: %s", tail(log))
	}
}
