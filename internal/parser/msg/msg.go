// Package msg reads Outlook messages (MS-OXMSG): headers, plain body, recipients, dates. HTML and
// RTF bodies and attachments become children; a message inside a message is read in place. It owns
// its small reader of compound files, and no other format that is kept in them.
package msg

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/vedette-ti/vedette/internal/parser"
	"github.com/vedette-ti/vedette/internal/parser/charset"
)

// Parser reads MSG.
type Parser struct{}

// New returns the parser.
func New() Parser { return Parser{} }

// Name implements parser.Parser.
func (Parser) Name() string { return "msg" }

// Risky implements parser.Risky.
func (Parser) Risky() bool { return true }

// propStream is what every message has, in UTF-16 as the directory spells it.
const propStream = "__properties_version1.0"

// Accepts implements parser.Parser.
func (Parser) Accepts(in parser.Input) int {
	if !bytes.HasPrefix(in.Data, []byte(cfbMagic)) {
		if in.Ext() == "msg" {
			return 40 // to say that it is broken
		}
		return 0
	}
	var name []byte
	for _, u := range utf16.Encode([]rune(propStream)) {
		name = binary.LittleEndian.AppendUint16(name, u)
	}
	switch {
	case bytes.Contains(in.Data, name):
		return 95
	case in.Ext() == "msg":
		return 48
	}
	return 0
}

// Property ids (MS-OXPROPS).
const (
	pSubject        = 0x0037
	pSubmitTime     = 0x0039
	pHeaders        = 0x007D
	pSenderName     = 0x0C1A
	pSenderAddress  = 0x0C1F
	pDeliveryTime   = 0x0E06
	pDisplayCc      = 0x0E03
	pDisplayTo      = 0x0E04
	pBody           = 0x1000
	pRTF            = 0x1009
	pHTML           = 0x1013
	pMessageID      = 0x1035
	pDisplayName    = 0x3001
	pAddress        = 0x3003
	pAttachData     = 0x3701
	pAttachFile     = 0x3704
	pAttachLongFile = 0x3707
	pAttachMIME     = 0x370E
	pSMTPAddress    = 0x39FE
	pSenderSMTP     = 0x5D01
	pInternetCPID   = 0x3FDE
	pMessageCPID    = 0x3FFD
)

// maxEmbedded bounds messages inside messages.
const maxEmbedded = 10

// Parse implements parser.Parser.
func (Parser) Parse(ctx context.Context, in parser.Input, lim parser.Limits) (parser.Document, error) {
	lim = lim.WithDefaults()
	if int64(len(in.Data)) > lim.Bytes {
		return parser.Document{}, parser.TooLarge(in.Name, "bytes", lim.Bytes)
	}
	c, err := openCompound(in.Data, lim.Expanded)
	if err != nil {
		return parser.Document{}, parser.Broken(in.Name, "an Outlook message", err)
	}
	if c.root.children[propStream] == nil {
		return parser.Document{}, parser.Broken(in.Name, "an Outlook message", nil)
	}
	m := &reader{ctx: ctx, lim: lim, c: c, b: parser.NewBuilder(lim), left: lim.Expanded}
	top := m.message(c.root, 32, 0)
	doc := m.b.Document()
	doc.Children = m.children
	doc.Title, doc.Author, doc.Published = top.subject, top.from, top.sent
	doc.Charset, doc.Lang = top.charset, parser.Language(doc.Text)
	doc.Meta = map[string]string{}
	for k, v := range map[string]string{"headers": top.headers, "message-id": top.id} {
		if v != "" {
			doc.Meta[k] = v
		}
	}
	return doc, ctx.Err()
}

type reader struct {
	ctx      context.Context
	lim      parser.Limits
	c        *compound
	b        *parser.Builder
	left     int64
	children []parser.Child
}

// facts are what a message says of itself.
type facts struct {
	subject, from, headers, id, charset string
	sent                                time.Time
}

// object is a storage with properties: a message, a recipient or an attachment.
type object struct {
	r     *reader
	dir   *entry
	fixed map[uint32][]byte // by tag: eight bytes
	page  string            // charset of strings that are not Unicode
}

// open reads the fixed properties of a storage; skip is the header of their stream.
func (r *reader) open(dir *entry, skip int, page string) object {
	o := object{r: r, dir: dir, fixed: map[uint32][]byte{}, page: page}
	b, err := r.c.read(dir.children[propStream])
	if err != nil {
		r.b.Warn(dir.name, "some properties could not be read")
	}
	for i := skip; i+16 <= len(b) && len(o.fixed) < 5000; i += 16 {
		o.fixed[binary.LittleEndian.Uint32(b[i:])] = b[i+8 : i+16]
	}
	return o
}

// raw reads a property kept in a stream of its own, in one of the types.
func (o object) raw(id int, types ...string) ([]byte, string) {
	for _, t := range types {
		e := o.dir.children[fmt.Sprintf("__substg1.0_%04X%s", id, t)]
		if e == nil || e.storage {
			continue
		}
		b, err := o.r.c.read(e)
		if err != nil {
			o.r.b.Warn(e.name, "a property could not be read: "+err.Error())
			continue
		}
		return b, t
	}
	return nil, ""
}

// text reads a string property in Unicode or the message's code page.
func (o object) text(id int) string {
	b, t := o.raw(id, "001F", "001E")
	if t == "001F" {
		units := make([]uint16, len(b)/2)
		for i := range units {
			units[i] = binary.LittleEndian.Uint16(b[2*i:])
		}
		return strings.TrimRight(parser.Clean(string(utf16.Decode(units))), "\x00")
	}
	s, _ := charset.ToUTF8(b, o.page)
	return strings.TrimRight(parser.Clean(string(s)), "\x00")
}

// number reads a 32-bit property.
func (o object) number(id uint32) int {
	if v := o.fixed[id<<16|0x0003]; v != nil {
		return int(int32(binary.LittleEndian.Uint32(v)))
	}
	return 0
}

// time reads a date: hundreds of nanoseconds since 1601.
func (o object) time(id uint32) time.Time {
	v := o.fixed[id<<16|0x0040]
	if v == nil {
		return time.Time{}
	}
	ticks := binary.LittleEndian.Uint64(v)
	const epoch = 116444736000000000 // 1970
	if ticks < epoch || ticks > epoch+1<<57 {
		return time.Time{}
	}
	return time.UnixMicro(int64((ticks - epoch) / 10)).UTC()
}

// message writes one message and what is inside it.
func (r *reader) message(dir *entry, skip, depth int) facts {
	o := r.open(dir, skip, "")
	o.page = codepage(o.number(pMessageCPID), o.number(pInternetCPID))
	f := facts{subject: parser.Flat(o.text(pSubject)), headers: clip(o.text(pHeaders)), id: parser.Flat(o.text(pMessageID)), charset: o.page}
	f.from = address(o.text(pSenderName), first(o.text(pSenderSMTP), o.text(pSenderAddress)))
	if f.sent = o.time(pSubmitTime); f.sent.IsZero() {
		f.sent = o.time(pDeliveryTime)
	}
	r.b.Blank()
	r.b.Begin(parser.Header, "", depth)
	r.line("From", f.from)
	to := r.recipients(dir, o.page)
	r.line("To", first(strings.Join(to, ", "), o.text(pDisplayTo)))
	r.line("Cc", o.text(pDisplayCc))
	r.line("Subject", f.subject)
	if !f.sent.IsZero() {
		r.line("Date", f.sent.Format(time.RFC1123Z))
	}
	for line := range strings.SplitSeq(f.headers, "\n") { // the sender's own address, where it is told
		if name, v, ok := strings.Cut(line, ":"); ok && strings.EqualFold(name, "X-Originating-IP") {
			r.line("X-Originating-IP", strings.TrimSpace(v))
		}
	}
	r.b.End()
	r.b.Blank()
	r.bodies(o)
	for _, e := range dir.order {
		if e.storage && strings.HasPrefix(e.name, "__attach_version1.0_") && r.ctx.Err() == nil {
			r.attachment(e, o.page, depth)
		}
	}
	return f
}

func (r *reader) line(name, value string) {
	if value = parser.Flat(value); value != "" {
		r.b.Write(name + ": " + value + "\n")
	}
}

func (r *reader) recipients(dir *entry, page string) (out []string) {
	for _, e := range dir.order {
		if !e.storage || !strings.HasPrefix(e.name, "__recip_version1.0_") || len(out) >= 1000 {
			continue
		}
		o := r.open(e, 8, page)
		if a := address(o.text(pDisplayName), first(o.text(pSMTPAddress), o.text(pAddress))); a != "" {
			out = append(out, a)
		}
	}
	return out
}

// address writes a name with its address. Addresses of a directory ("/O=…") say nothing outside.
func address(name, addr string) string {
	name, addr = parser.Flat(name), parser.Flat(addr)
	if strings.HasPrefix(strings.ToUpper(addr), "/O=") {
		addr = ""
	}
	switch {
	case addr == "" || strings.EqualFold(name, addr):
		return first(name, addr)
	case name == "":
		return addr
	}
	return name + " <" + addr + ">"
}

// bodies writes the plain body and keeps the others as children.
func (r *reader) bodies(o object) {
	body := o.text(pBody)
	r.b.Write(body)
	r.b.Break()
	if h, t := o.raw(pHTML, "0102", "001F", "001E"); len(h) > 0 {
		media := "text/html"
		if cs := codepage(o.number(pInternetCPID)); cs != "" && t != "001F" {
			media += "; charset=" + cs
		}
		r.keep("message.html", media, h)
		return
	}
	if strings.TrimSpace(body) != "" {
		return
	}
	if packed, _ := o.raw(pRTF, "0102"); len(packed) > 0 {
		if plain, err := decompress(packed, r.left); err == nil {
			r.keep("message.rtf", "application/rtf", plain)
		} else {
			r.b.Warn("body", "the packed RTF could not be read: "+err.Error())
		}
	}
}

// attachment keeps a file, or reads an embedded message in place.
func (r *reader) attachment(dir *entry, page string, depth int) {
	o := r.open(dir, 8, page)
	if inner := dir.children[fmt.Sprintf("__substg1.0_%04X000D", pAttachData)]; inner != nil && inner.storage {
		switch {
		case inner.children[propStream] == nil:
			r.b.Warn(dir.name, "an embedded object was not read")
		case depth >= maxEmbedded:
			r.b.Warn(dir.name, "messages are nested too deep; the inner ones were left out")
		default:
			r.b.Blank()
			r.b.Begin(parser.Quote, "", depth)
			r.message(inner, 24, depth+1)
			r.b.End()
			r.b.Break()
		}
		return
	}
	name := first(o.text(pAttachLongFile), o.text(pAttachFile), o.text(pDisplayName), "attachment.bin")
	data, _ := o.raw(pAttachData, "0102")
	if data == nil {
		return
	}
	r.keep(name, parser.Flat(o.text(pAttachMIME)), data)
}

func (r *reader) keep(name, media string, data []byte) {
	name = strings.Map(func(c rune) rune {
		if c < ' ' || c == '/' || c == '\\' {
			return '_'
		}
		return c
	}, parser.Flat(name))
	switch {
	case len(r.children) >= r.lim.Children:
		r.b.Warn(name, "too many attachments; it was left out")
	case int64(len(data)) > r.left:
		r.b.Warn(name, "the attachments are too large together; it was left out")
	default:
		r.left -= int64(len(data))
		r.children = append(r.children, parser.Child{Name: first(name, "unnamed"), MediaType: media, Data: data})
	}
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

func clip(s string) string {
	const limit = 16 << 10
	if len(s) > limit {
		return parser.Clean(s[:limit])
	}
	return s
}

// codepage names the first Windows code page that is stated as charset does.
func codepage(pages ...int) string {
	for _, n := range pages {
		switch n {
		case 936, 54936:
			return "gb18030"
		case 950:
			return "big5"
		case 932:
			return "shift_jis"
		case 949:
			return "euc-kr"
		case 65001:
			return "utf-8"
		case 20866:
			return "koi8-r"
		case 28591:
			return "iso-8859-1"
		case 50220:
			return "iso-2022-jp"
		case 51932:
			return "euc-jp"
		}
		if n >= 1250 && n <= 1258 || n == 874 {
			return fmt.Sprintf("windows-%d", n)
		}
	}
	return ""
}
