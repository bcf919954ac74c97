// Package eml reads Internet mail (RFC 5322, MIME) as it is met: broken boundaries, wrong charsets,
// unencoded headers. The text is the headers that matter and the plain body; an HTML body, attached
// files and attached mails become children. It owns no judgement of headers, and no mailbox access.
package eml

import (
	"bytes"
	"context"
	"fmt"
	"net/mail"
	"strings"

	"github.com/vedette-ti/vedette/internal/parser"
	"github.com/vedette-ti/vedette/internal/parser/charset"
)

// Parser reads mail.
type Parser struct{}

// New returns the parser.
func New() Parser { return Parser{} }

// Name implements parser.Parser.
func (Parser) Name() string { return "eml" }

// Risky implements parser.Risky.
func (Parser) Risky() bool { return true }

// known headers, two of which at the start make a mail.
const known = " received from to cc subject date message-id mime-version return-path delivered-to reply-to sender dkim-signature " +
	"content-type authentication-results arc-seal arc-message-signature arc-authentication-results x-received received-spf x-mailer "

// Accepts implements parser.Parser.
func (Parser) Accepts(in parser.Input) int {
	head := in.Data[:min(len(in.Data), 16<<10)]
	if mbox(head) {
		_, head, _ = bytes.Cut(head, []byte("\n"))
	}
	hits := 0
	for line := range bytes.Lines(head) {
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		if line[0] == ' ' || line[0] == '\t' {
			continue
		}
		name, _, ok := bytes.Cut(line, []byte(":"))
		if !ok || bytes.ContainsAny(name, " \t<{[") {
			hits = 0
			break
		}
		if strings.Contains(known, " "+strings.ToLower(string(name))+" ") {
			hits++
		}
	}
	media, _ := in.Media()
	switch ext := in.Ext(); {
	case hits >= 2:
		return 75
	case ext == "eml" || ext == "mbox" || ext == "mht" || ext == "mhtml":
		return 48
	case media == "message/rfc822" || media == "application/mbox":
		return 47
	}
	return 0
}

// mbox tells that data begins with the separator of a mailbox file.
func mbox(data []byte) bool { return bytes.HasPrefix(data, []byte("From ")) }

// Parse implements parser.Parser.
func (Parser) Parse(ctx context.Context, in parser.Input, lim parser.Limits) (parser.Document, error) {
	lim = lim.WithDefaults()
	if int64(len(in.Data)) > lim.Bytes {
		return parser.Document{}, parser.TooLarge(in.Name, "bytes", lim.Bytes)
	}
	data := in.Data
	if mbox(data) {
		if doc, many := mailbox(data, lim); many {
			return doc, nil
		}
		_, data, _ = bytes.Cut(data, []byte("\n"))
	}
	m := &message{ctx: ctx, lim: lim, b: parser.NewBuilder(lim), left: lim.Expanded}
	h, body := splitHeader(data)
	if len(h) == 0 {
		return parser.Document{}, parser.Broken(in.Name, "mail", nil)
	}
	m.head(h)
	m.part(h, body, 0)
	doc := m.b.Document()
	doc.Children = m.children
	doc.Title, doc.Author = h.text("Subject"), h.text("From")
	if t, err := mail.ParseDate(h.first("Date")); err == nil {
		doc.Published = t.UTC()
	}
	doc.Meta = meta(h)
	doc.Charset = m.charset
	doc.Lang = parser.Language(doc.Text)
	return doc, ctx.Err()
}

// mailbox splits a file of several mails into children.
func mailbox(data []byte, lim parser.Limits) (parser.Document, bool) {
	b := parser.NewBuilder(lim)
	var children []parser.Child
	for n := 1; len(data) > 0; n++ {
		end := bytes.Index(data[1:], []byte("\nFrom "))
		one := data
		if end >= 0 {
			one, data = data[:end+2], data[end+2:]
		} else {
			data = nil
		}
		if len(children) >= lim.Children {
			b.Warn("", "the mailbox has too many mails; the rest was left out")
			break
		}
		children = append(children, parser.Child{Name: fmt.Sprintf("message-%d.eml", n), MediaType: "message/rfc822", Data: one})
	}
	doc := b.Document()
	doc.Children = children
	return doc, len(children) > 1
}

// shown are the headers that become text; the others are kept as meta data, because they name
// relays and scanners more often than anything of the sender.
func shown() []string {
	return []string{"From", "Sender", "Reply-To", "Return-Path", "To", "Cc", "Subject", "Date", "X-Originating-IP", "X-Sender-IP"}
}

func meta(h header) map[string]string {
	out := map[string]string{}
	for _, f := range h {
		name := strings.ToLower(f.name)
		v := parser.Clean(decodeWords(f.value))
		if old := out[name]; old != "" {
			v = old + "\n" + v
		}
		if len(v) <= 16<<10 && len(out) < 200 {
			out[name] = v
		}
	}
	return out
}

// message is a mail being read.
type message struct {
	ctx      context.Context
	lim      parser.Limits
	b        *parser.Builder
	left     int64 // bytes that children may still hold
	children []parser.Child
	charset  string
	parts    int
	full     bool
}

// head writes the headers that are text.
func (m *message) head(h header) {
	m.b.Begin(parser.Header, "", 0)
	for _, name := range shown() {
		for _, v := range h.all(name) {
			m.b.Write(name + ": " + parser.Flat(decodeWords(v)) + "\n")
		}
	}
	m.b.End()
	m.b.Blank()
}

// maxParts bounds the parts looked at, text among them; Limits.Children bounds those kept.
const maxParts = 20_000

// part reads one MIME part.
func (m *message) part(h header, body []byte, depth int) {
	if m.full || m.ctx.Err() != nil {
		return
	}
	if m.parts++; m.parts > maxParts {
		m.stop("the mail has too many parts; the rest was left out")
		return
	}
	media, params := parseParams(h.first("Content-Type"))
	disposition, dparams := parseParams(h.first("Content-Disposition"))
	name := fileName(params, dparams)
	if strings.HasPrefix(media, "multipart/") && params["boundary"] != "" {
		if depth >= min(m.lim.Depth, 30) {
			m.stop("its parts are nested too deep; the rest was left out")
			return
		}
		for part := range parts(body, params["boundary"]) {
			ph, pb := splitHeader(part)
			m.part(ph, pb, depth+1)
		}
		return
	}
	data := decodeBody(body, h.first("Content-Transfer-Encoding"))
	switch {
	case media == "message/rfc822" || media == "message/global":
		inner, _ := splitHeader(data)
		if name == "" {
			name = clipName(first(inner.text("Subject"), "message")) + ".eml"
		}
		m.keep(name, "message/rfc822", data)
	case disposition != "attachment" && name == "" && (media == "" || media == "text/plain" || strings.HasPrefix(media, "message/")):
		text, cs := charset.ToUTF8(data, params["charset"])
		if m.charset == "" {
			m.charset = cs
		}
		m.b.Blank()
		m.b.Write(string(text))
	case media == "text/html" && disposition != "attachment":
		m.keep(first(name, "message.html"), h.first("Content-Type"), data)
	default:
		m.keep(first(name, unnamed(media)), media, data)
	}
}

func (m *message) stop(reason string) {
	m.full = true
	m.b.Warn("", reason)
}

// keep adds a child within limits.
func (m *message) keep(name, media string, data []byte) {
	switch {
	case len(m.children) >= m.lim.Children:
		m.stop(fmt.Sprintf("the mail has more than %d attachments; the rest was left out", m.lim.Children))
	case int64(len(data)) > m.left:
		m.stop("the attachments are too large together; the rest was left out")
	default:
		m.left -= int64(len(data))
		m.children = append(m.children, parser.Child{Name: clipName(name), MediaType: parser.Clean(media), Data: data})
	}
}

func unnamed(media string) string {
	_, sub, _ := strings.Cut(media, "/")
	switch sub = strings.TrimPrefix(sub, "x-"); sub {
	case "", "octet-stream":
		return "attachment.bin"
	case "plain":
		return "attachment.txt"
	}
	return "attachment." + clipName(sub)
}

// clipName makes a file name of any string.
func clipName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == '/' || r == '\\' || r == 0x7F {
			return '_'
		}
		return r
	}, parser.Clean(s))
	s = strings.Trim(s, " .")
	if r := []rune(s); len(r) > 150 {
		s = string(r[len(r)-150:])
	}
	return first(s, "unnamed")
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
