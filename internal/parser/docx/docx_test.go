package docx

import (
	"archive/zip"
	"bytes"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/parser"
)

const (
	head  = `<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="w" xmlns:r="r" xmlns:mc="mc"><w:body>`
	tail  = `</w:body></w:document>`
	types = `<Types xmlns="t"/>`
)

// build makes a package of parts; the body goes into word/document.xml.
func build(t testing.TB, body string, parts map[string]string) []byte {
	t.Helper()
	all := map[string]string{"[Content_Types].xml": types, "word/document.xml": body}
	maps.Copy(all, parts)
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(f, all[name])
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func p(text string) string {
	return `<w:p><w:r><w:t xml:space="preserve">` + text + `</w:t></w:r></w:p>`
}

func parse(t *testing.T, body string, parts map[string]string) parser.Document {
	t.Helper()
	doc, err := New().Parse(t.Context(), parser.Input{Name: "r.docx", Data: build(t, head+body+tail, parts)}, parser.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Check(parser.Limits{}); err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestText(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"runs join", `<w:p><w:r><w:t>evil</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>-c2[.]com</w:t></w:r></w:p>`, "evil-c2[.]com\n"},
		{"Chinese", p("攻击者使用 ") + p("银狐"), "攻击者使用\n银狐\n"},
		{"soft and hard hyphens", `<w:p><w:r><w:t>evil</w:t><w:softHyphen/><w:t>site</w:t><w:noBreakHyphen/><w:t>a.com</w:t></w:r></w:p>`, "evilsite-a.com\n"},
		{"tabs and breaks", `<w:p><w:pPr><w:tabs><w:tab w:pos="1"/></w:tabs></w:pPr><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r></w:p>`, "a\tb\nc\n"},
		{"deleted and hidden", `<w:p><w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r><w:r><w:rPr><w:del/></w:rPr><w:t>!</w:t></w:r></w:p>`, "new!\n"},
		{"alternative content once", `<w:p><w:r><mc:AlternateContent><mc:Choice><w:drawing><w:txbxContent>` + p("box") + `</w:txbxContent></w:drawing></mc:Choice><mc:Fallback><w:pict>` + p("box") + `</w:pict></mc:Fallback></mc:AlternateContent></w:r><w:r><w:t>whole line</w:t></w:r></w:p>`, "whole line\nbox\n"},
		{"table", `<w:tbl><w:tr><w:tc>` + p("SHA-256") + `</w:tc><w:tc>` + p("Name") + `</w:tc></w:tr><w:tr><w:tc>` + p("e3b0c44298fc1c149afbf4c8") + p("996fb92427ae41e4649b934c") + p("a495991b7852b855") + `</w:tc><w:tc>` + p("x") + p("y") + `</w:tc></w:tr></w:tbl>` + p("after"),
			"SHA-256\tName\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\tx y\n\nafter\n"},
		{"nested table", `<w:tbl><w:tr><w:tc><w:tbl><w:tr><w:tc>` + p("1.1.1.1") + `</w:tc><w:tc>` + p("2.2.2.2") + `</w:tc></w:tr></w:tbl>` + p("") + `</w:tc><w:tc>` + p("b") + `</w:tc></w:tr></w:tbl>`, "1.1.1.1 2.2.2.2\tb\n"},
		{"entities of XML", p("a &amp; b &lt;c&gt;"), "a & b <c>\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc := parse(t, c.body, nil)
			if d := cmp.Diff(c.want, doc.Text); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestStructure(t *testing.T) {
	doc := parse(t, `<w:p><w:pPr><w:pStyle w:val="1"/></w:pPr><w:r><w:t>银狐</w:t></w:r></w:p>`+
		`<w:p><w:r><w:t>see </w:t></w:r><w:hyperlink r:id="rId5"><w:r><w:t>here</w:t></w:r></w:hyperlink><w:r><w:t> or </w:t></w:r>`+
		`<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> HYPERLINK "http://field.example/" </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>there</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>`+
		`<w:p><w:pPr><w:pStyle w:val="c"/></w:pPr><w:r><w:t>GET /gate.php</w:t></w:r></w:p>`,
		map[string]string{
			"word/styles.xml": `<w:styles xmlns:w="w"><w:style w:styleId="1"><w:name w:val="heading 1"/></w:style><w:style w:styleId="c"><w:name w:val="Source Code"/></w:style></w:styles>`,
			"word/_rels/document.xml.rels": `<Relationships><Relationship Id="rId5" Type="x/hyperlink" Target="http://rel.example/" TargetMode="External"/>` +
				`<Relationship Id="rId6" Type="x/footnotes" Target="footnotes.xml"/><Relationship Id="rId7" Type="x/header" Target="broken.xml"/></Relationships>`,
			"word/footnotes.xml":           `<w:footnotes xmlns:w="w"><w:footnote>` + p("C2 5.6.7[.]8") + `</w:footnote></w:footnotes>`,
			"word/broken.xml":              `<w:hdr><w:p><w:r><w:t>half`,
			"word/_rels/settings.xml.rels": `<Relationships><Relationship Id="r" Type="x/attachedTemplate" Target="http://template.example/t.dotm" TargetMode="External"/></Relationships>`,
			"docProps/core.xml":            `<cp:coreProperties xmlns:cp="c"><dc:title>标题</dc:title><dc:creator>A. Nalyst</dc:creator><dcterms:created>2024-05-06T07:08:09Z</dcterms:created><dc:language>zh-CN</dc:language></cp:coreProperties>`,
			"word/embeddings/a.xlsx":       "inner",
			"word/embeddings/ole.bin":      "ole",
		})
	if want := "银狐\nsee here or there\nGET /gate.php\nC2 5.6.7[.]8\n"; doc.Text != want {
		t.Errorf("text %q", doc.Text)
	}
	var links, sections []string
	for _, l := range doc.Links {
		links = append(links, l.URL+" "+strings.TrimSpace(doc.Text[l.Start:l.End]))
	}
	for _, s := range doc.Sections {
		sections = append(sections, s.Kind+" "+doc.Text[s.Start:s.End])
	}
	if d := cmp.Diff([]string{"http://rel.example/ here", "http://field.example/ there", "http://template.example/t.dotm "}, links); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"heading 银狐", "code GET /gate.php"}, sections); d != "" {
		t.Error(d)
	}
	if doc.Title != "标题" || doc.Author != "A. Nalyst" || doc.Lang != "zh" || doc.Published.Format("2006-01-02") != "2024-05-06" {
		t.Errorf("%+v", doc)
	}
	if len(doc.Children) != 1 || doc.Children[0].Name != "a.xlsx" || len(doc.Warnings) != 2 {
		t.Error(doc.Children, doc.Warnings)
	}
}

func TestHostile(t *testing.T) {
	bomb := `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>`
	for _, c := range []struct {
		name string
		data []byte
		kind errs.Kind
	}{
		{"entity bomb", build(t, bomb+head+p("&b;")+tail, nil), errs.Invalid},
		{"unknown entity", build(t, head+p("&xxe;")+tail, nil), errs.Invalid},
		{"200,000 deep", build(t, head+strings.Repeat("<w:p>", 200_000), nil), errs.TooLarge},
		{"deep tables", build(t, head+strings.Repeat("<w:tbl><w:tr><w:tc>", 100_000), nil), errs.TooLarge},
		{"cut", build(t, head+p("x")+tail, nil)[:200], errs.Invalid},
		{"no document", build(t, "", map[string]string{"word/document.xml": "", "_rels/.rels": `<Relationships><Relationship Id="a" Type="x/officeDocument" Target="none.xml"/></Relationships>`}), errs.Invalid},
		{"broken XML", build(t, head+"<w:p><w:r>< ", nil), errs.Invalid},
		{"bomb", build(t, head+strings.Repeat(" ", 100<<20)+tail, nil), errs.TooLarge},
	} {
		_, err := New().Parse(t.Context(), parser.Input{Name: "bad.docx", Data: c.data}, parser.Limits{})
		if errs.KindOf(err) != c.kind || !strings.Contains(err.Error(), "bad.docx") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	doc, err := New().Parse(t.Context(), parser.Input{Name: "long.docx", Data: build(t, head+strings.Repeat(p("word"), 1000)+tail, nil)}, parser.Limits{Text: 100})
	if err != nil || len(doc.Text) > 101 || len(doc.Warnings) != 1 {
		t.Error(len(doc.Text), doc.Warnings, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(p("a") + `<w:tbl><w:tr><w:tc>` + p("b") + `</w:tc></w:tr></w:tbl>`))
	f.Add([]byte(`<w:p><w:hyperlink r:id="x"><w:r><w:fldChar w:fldCharType="begin"/><w:instrText>HYPERLINK "u"</w:instrText></w:hyperlink></w:p></w:tbl>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		lim := parser.Limits{Text: 1000}
		doc, err := New().Parse(t.Context(), parser.Input{Name: "f", Data: build(t, head+string(body), nil)}, lim)
		if err == nil {
			if err := doc.Check(lim); err != nil {
				t.Fatal(err)
			}
		}
	})
}
