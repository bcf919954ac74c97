package html

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"github.com/vedette-ti/vedette/internal/parser"
)

func parse(t *testing.T, in parser.Input) parser.Document {
	t.Helper()
	doc, err := New().Parse(t.Context(), in, parser.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Check(parser.Limits{}); err != nil {
		t.Fatal(err)
	}
	return doc
}

func body(t *testing.T, s string) parser.Document {
	return parse(t, parser.Input{Name: "p.html", Data: []byte("<!DOCTYPE html><body>" + s)})
}

// article is a page as blogs of vendors are built.
const article = `<!DOCTYPE html><html lang="en-US"><head><meta charset="utf-8"><title>Silver Fox | Vendor Blog</title>
<meta property="og:title" content="Silver Fox strikes again"><meta name="author" content="A. Nalyst">
<script type="application/ld+json">{"@context":"https://schema.org","@graph":[{"@type":"BlogPosting","headline":"Silver Fox strikes again","datePublished":"2024-05-06T07:08:09+02:00","author":[{"@type":"Person","name":"A. Nalyst"}]}]}</script>
<style>.x{color:red}</style></head><body>
<header class="site-header"><div class="logo">Vendor</div><nav><ul><li><a href="/products">Products</a></li><li><a href="/about">About nav-only.example</a></li></ul></nav></header>
<div class="breadcrumbs"><a href="/">Home</a> / <a href="/blog">Blog</a></div>
<main><article>
<header><h1>Silver Fox strikes again</h1><p class="byline">By A. Nalyst</p></header>
<p>We saw the group use <a href="https://evil-link.example/a?b=c">a new loader</a> against finance teams in several countries.
It talks to <code>evil-c2[.]com</code> and falls back to <b>5.6.7</b>[.]8 when that is down, as the configuration shows.</p>
<h2>Indicators</h2>
<table class="ioc"><thead><tr><th>SHA-256</th><th>Name</th></tr></thead><tbody>
<tr><td>9f86d081884c7d659a2feaa0c55ad015<br>a3bf4f1b2b0b822cd15d6c15b0f00a08</td><td>dropper.exe</td></tr>
<tr><td><a href="/hash/1">60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752</a></td><td>loader<br>second</td></tr></tbody></table>
<pre><code>GET /gate.php HTTP/1.1
Host: evil&shy;-host.example</code></pre>
<ul><li>one.example</li><li>two.example<ul><li>nested.example</li></ul></li></ul>
<div class="share-buttons"><a href="https://social.example/share">Share this</a></div>
<div style="display: none">hidden.example</div>
</article></main>
<aside><h3>Related</h3><a href="/other">Other post about related-only.example</a></aside>
<div class="appendix"><table><tr><td>outside.example</td><td>C2</td></tr></table></div>
<footer>Copyright Vendor footer-only.example</footer>
<script>var c2 = "script-only.example";</script></body></html>`

func TestArticle(t *testing.T) {
	doc := parse(t, parser.Input{Name: "p.html", URL: "https://vendor.example/blog/silver-fox", Data: []byte(article)})
	want := `Silver Fox strikes again

By A. Nalyst

We saw the group use a new loader against finance teams in several countries. It talks to evil-c2[.]com and falls back to 5.6.7[.]8 when that is down, as the configuration shows.

Indicators

SHA-256	Name
9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08	dropper.exe
60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752	loader second

GET /gate.php HTTP/1.1
Host: evil-host.example

one.example
two.example
nested.example

outside.example	C2
`
	if d := cmp.Diff(want, doc.Text); d != "" {
		t.Error(d)
	}
	if doc.Title != "Silver Fox strikes again" || doc.Author != "A. Nalyst" || doc.Lang != "en" || doc.Charset != "utf-8" ||
		!doc.Published.Equal(time.Date(2024, 5, 6, 5, 8, 9, 0, time.UTC)) {
		t.Errorf("%q %q %q %q %v", doc.Title, doc.Author, doc.Lang, doc.Charset, doc.Published)
	}
	var links, sections []string
	for _, l := range doc.Links {
		links = append(links, l.URL+" "+doc.Text[l.Start:l.End])
	}
	if d := cmp.Diff([]string{"https://evil-link.example/a?b=c a new loader",
		"https://vendor.example/hash/1 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"}, links); d != "" {
		t.Error(d)
	}
	for _, s := range doc.Sections {
		if s.Kind != parser.Row && s.Kind != parser.Cell {
			sections = append(sections, fmt.Sprint(s.Kind, s.Level, " ", strings.Fields(doc.Text[s.Start:s.End])[0]))
		}
	}
	if d := cmp.Diff([]string{"heading1 Silver", "heading2 Indicators", "table0 SHA-256", "code0 GET", "list0 one.example", "list0 nested.example", "table0 outside.example"}, sections); d != "" {
		t.Error(d)
	}
}

func TestInline(t *testing.T) {
	for _, c := range []struct{ name, html, want string }{
		{"tags inside a host", "<p>evil<b>.</b><span>com</span> and ev<wbr>il&shy;.net</p>", "evil.com and evil.net\n"},
		{"spaces collapse", "<p>a \n  b<i> c</i> <b>d</b>e</p>", "a b c de\n"},
		{"blocks part words", "<div>a</div><div>b</div><p>c</p>d<br>e", "a\nb\n\nc\n\nd\ne\n"},
		{"custom elements part words", "<x-a>one</x-a><x-a>two</x-a>", "one\ntwo\n"},
		{"hidden", `<p>a</p><p hidden>b</p><span style="visibility: hidden">c</span><noscript>d</noscript><template>e</template><p class="sr-only">f</p><input value="g">`, "a\n"},
		{"pre keeps space", "<pre>a\n  b\n\nc</pre>", "a\n  b\n\nc\n"},
		{"listing with line numbers", `<table><tr><td class="gutter"><pre>1
2</pre></td><td><pre>first
second</pre></td></tr></table>`, "first\nsecond\n"},
		{"layout table", `<table><tr><td><h1>T</h1><p>x</p></td><td><p>y</p></td></tr></table>`, "T\n\nx\n\ny\n"},
		{"colspan", `<table><tr><th colspan="2">IOC</th><th>n</th></tr><tr><td>a</td><td>b</td><td>c</td></tr></table>`, "IOC\t\tn\na\tb\tc\n"},
		{"protected address", `<p>Mail <a class="__cf_email__" data-cfemail="5838361836763a">[email&#160;protected]</a>!</p>`, "Mail `n@n.b!\n"},
		{"script text", `<script>var a="</div>evil.example"</script><p>x</p>`, "x\n"},
		{"menu without a name", `<div><a href=a>Home</a> <a href=b>News</a> <a href=c>Shop</a> <a href=d>Contact us</a></div><p>text</p>`, "text\n"},
		{"list of links that are values", `<ul><li><a href=a>evil.com</a></li><li><a href=b>bad.net</a></li><li><a href=c>x.org</a></li><li><a href=d>y.org</a></li></ul>`, "evil.com\nbad.net\nx.org\ny.org\n"},
		{"no body tag", "just text with 1.2.3.4", "just text with 1.2.3.4\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, body(t, c.html).Text); d != "" {
				t.Error(d)
			}
		})
	}
}

// A long text in an element called "sidebar" is the text of the page all the same.
func TestNamesDoNotDecideAlone(t *testing.T) {
	long := strings.Repeat("The actor moved through the network. ", 100)
	doc := body(t, `<div class="sidebar-layout"><p>`+long+`</p></div><div class="sidebar">short off.example</div>`)
	if !strings.Contains(doc.Text, "The actor") || strings.Contains(doc.Text, "off.example") {
		t.Error(doc.Text)
	}
}

func TestCharsets(t *testing.T) {
	for _, c := range []struct {
		enc                           encoding.Encoding
		meta, media, text, want, lang string
	}{
		{simplifiedchinese.GBK, `<meta charset="gb2312">`, "", "银狐木马通过钓鱼邮件传播，回连 evil-c2[.]com，影响多家单位", "gb18030", "zh"},
		{simplifiedchinese.GBK, "", "", "银狐木马通过钓鱼邮件传播，回连 evil-c2[.]com，影响多家单位", "gb18030", "zh"},
		{simplifiedchinese.GBK, `<meta charset="utf-8">`, "text/html; charset=utf-8", "银狐木马通过钓鱼邮件传播，回连 evil-c2[.]com，影响多家单位", "gb18030", "zh"},
		{traditionalchinese.Big5, `<meta http-equiv="Content-Type" content="text/html; charset=big5">`, "", "駭客利用釣魚郵件散布惡意程式，中繼站為 evil-c2[.]com", "big5", "zh"},
		{japanese.ShiftJIS, "", "text/html; charset=Shift_JIS", "攻撃者はフィッシングメールを送信しマルウェアをダウンロードさせます。", "shift_jis", "ja"},
	} {
		raw, err := c.enc.NewEncoder().String("<html><head>" + c.meta + "<title>x</title></head><body><p>" + c.text + "</p>")
		if err != nil {
			t.Fatal(err)
		}
		doc := parse(t, parser.Input{Name: "p.html", MediaType: c.media, Data: []byte(raw)})
		if doc.Text != c.text+"\n" || doc.Charset != c.want || doc.Lang != c.lang {
			t.Errorf("%s: %q %s %s", c.meta, doc.Text, doc.Charset, doc.Lang)
		}
	}
}

func TestDates(t *testing.T) {
	want := time.Date(2024, 5, 6, 0, 0, 0, 0, time.UTC)
	for _, head := range []string{`<meta property="article:published_time" content="2024-05-06">`, `<meta name="date" content="May 6, 2024">`,
		`</head><time>2024年5月6日</time>`, `<meta name="pubdate" content="2024-05-06 00:00">`} {
		if doc := parse(t, parser.Input{Data: []byte("<html><head>" + head)}); !doc.Published.Equal(want) {
			t.Errorf("%s: %v", head, doc.Published)
		}
	}
	if doc := parse(t, parser.Input{URL: "https://b.example/2024/05/06/title/", Data: []byte("<p>x")}); !doc.Published.Equal(want) {
		t.Error(doc.Published)
	}
	if doc := parse(t, parser.Input{Data: []byte("<html><meta name=date content=soon>")}); !doc.Published.IsZero() {
		t.Error(doc.Published)
	}
}

func TestAccepts(t *testing.T) {
	for data, want := range map[string]int{"<!doctype HTML><html>": 90, "\xEF\xBB\xBF <HTML>": 90, `<?xml version="1.0"?><html xmlns="x">`: 80, "<div>x</div>": 55, "plain": 0, "<rss><channel>": 0} {
		if got := New().Accepts(parser.Input{Name: "x", Data: []byte(data)}); got != want {
			t.Errorf("%q: %d, want %d", data, got, want)
		}
	}
}

func TestHostile(t *testing.T) {
	for name, data := range map[string]string{
		"deep divs":        strings.Repeat("<div>", 5_000_000) + "deep.example",
		"deep tables":      strings.Repeat("<table><tr><td>", 100_000) + "deep.example",
		"deep inline":      strings.Repeat("<b>", 200_000) + "deep.example",
		"open attributes":  "<p " + strings.Repeat("a=1 ", 100_000) + ">deep.example",
		"never closed tag": "deep.example<p " + strings.Repeat("x", 1_000_000),
		"bad base":         `<base href="http://[bad"><a href="http://%zz">deep.example</a>`,
	} {
		start := time.Now()
		doc, err := New().Parse(t.Context(), parser.Input{Name: name, Data: []byte(data)}, parser.Limits{})
		if err != nil || !strings.Contains(doc.Text, "deep.example") {
			t.Errorf("%s: %.50q %v", name, doc.Text, err)
		}
		if d := time.Since(start); d > 20*time.Second {
			t.Errorf("%s took %v", name, d)
		}
	}
	doc, err := New().Parse(t.Context(), parser.Input{Data: []byte("<p>" + strings.Repeat("word ", 100_000))}, parser.Limits{Text: 1000})
	if err != nil || len(doc.Text) > 1001 || len(doc.Warnings) != 1 {
		t.Error(len(doc.Text), doc.Warnings, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(article))
	f.Add([]byte(`<table><tr><td colspan=9>a<table><tr><td>b</table></td></tr></table><pre><textarea>x`))
	f.Fuzz(func(t *testing.T, data []byte) {
		lim := parser.Limits{Text: 2000, Links: 5}
		doc, err := New().Parse(t.Context(), parser.Input{Name: "f", URL: "http://a.example/", Data: data}, lim)
		if err == nil {
			if err := doc.Check(lim); err != nil {
				t.Fatal(err)
			}
		}
	})
}
