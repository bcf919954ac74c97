// Package notify owns how Vedette tells people outside the console that something happened: the
// message, the contract of a channel (one folder per kind, listed in notify/all), and what every
// channel does to a message before it leaves (defanging, TLP ceiling, lengths). It owns no decision
// about whom to tell, no queue and no retries: an error says whether trying again can help.
package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/fetch"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/marking"
)

// Message is one piece of news, as plain text; no markup is understood anywhere in it.
type Message struct {
	// ID is the same in every try to deliver the same news, so that receivers can tell.
	ID    string
	Event string // what happened, snake_case with dots: "watch.match"
	Time  time.Time
	Title string
	Body  string
	// URL leads into the console; the only live link of a message.
	URL    string
	Fields []Field
	TLP    marking.TLP
	Lang   string // "zh" or "en" (also when empty): the language of the words that channels add
}

// Field is one named value of a message.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Env is what a channel may use of the outside world; app injects it.
type Env struct {
	HTTP  fetch.Doer // untrusted policy: channels' addresses are entered by users
	Dial  func(ctx context.Context, network, address string) (net.Conn, error)
	TLS   *tls.Config // for protocols over Dial; nil means the system's roots
	Clock func() time.Time
	Log   *slog.Logger
	// Secret returns a decrypted credential by the field's name, "" when not set.
	Secret func(name string) string
}

// Filled returns e with defaults for what may be nil.
func (e Env) Filled() Env {
	if e.Clock == nil {
		e.Clock = time.Now
	}
	if e.Log == nil {
		e.Log = slog.New(slog.DiscardHandler)
	}
	if e.Secret == nil {
		e.Secret = func(string) string { return "" }
	}
	return e
}

// Channel delivers messages. Send returns nil only when the receiver took the message. Errors for
// which fetch.Retriable holds may be tried again, after fetch.Wait.
type Channel interface {
	Send(ctx context.Context, env Env, m Message) error
}

// Kind describes one family member.
type Kind struct {
	Name   string       `json:"name"`
	Label  feed.Text    `json:"label"`
	Help   feed.Text    `json:"help"`
	Fields []feed.Field `json:"fields"`
	// At most Count messages in Per reach the receiver; more are refused by it for a while. Zero
	// means no known limit. Use Merge to stay below.
	Count int           `json:"count,omitempty"`
	Per   time.Duration `json:"per,omitempty"`
	// New validates a configuration document; errors are errs.Invalid at the field's name.
	New func(config []byte) (Channel, error) `json:"-"`
}

// Outgoing is a message made fit to leave: within the channel's TLP ceiling and defanged. Only
// Prepare makes one, so that no channel can forget.
type Outgoing struct{ Message }

// Prepare makes a message fit to leave over a channel with this ceiling. Above it only the fact
// leaves, not the content. A message without marking counts as TLP:AMBER.
func Prepare(m Message, ceiling marking.TLP) Outgoing {
	level := m.TLP
	if level == marking.TLPUnset {
		level = marking.TLPAmber
	}
	if level > ceiling {
		m.Title = pick(m.Lang, "Content withheld (TLP:", "内容未发送（TLP:") + strings.ToUpper(level.String()) + pick(m.Lang, ")", "）")
		m.Body = pick(m.Lang, "Open it in Vedette; its marking does not let it leave over this channel.", "请在前哨中查看；其标记不允许通过此渠道发送。")
		m.Fields = nil
	}
	m.Title = Defang(feed.Clean(m.Title, longestTitle))
	m.Body = Defang(cleanBody(m.Body))
	fields := make([]Field, 0, min(len(m.Fields), mostFields))
	for _, f := range m.Fields[:min(len(m.Fields), mostFields)] {
		fields = append(fields, Field{Name: feed.Clean(f.Name, longestTitle), Value: Defang(feed.Clean(f.Value, longestValue))})
	}
	m.Fields = fields
	return Outgoing{m}
}

const (
	longestTitle = 300
	longestValue = 4000
	longestBody  = 256 << 10
	mostFields   = 100
)

func cleanBody(s string) string {
	if len(s) > longestBody {
		s = s[:longestBody]
	}
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\r\n", "\n"), "�")
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}

func pick(lang, en, zh string) string {
	if lang == "zh" {
		return zh
	}
	return en
}

// Heading is the title with the marking in front.
func (o Outgoing) Heading() string {
	if o.TLP == marking.TLPUnset {
		return o.Title
	}
	return "[TLP:" + strings.ToUpper(o.TLP.String()) + "] " + o.Title
}

// LinkText names the link into the console.
func (o Outgoing) LinkText() string { return pick(o.Lang, "Open in Vedette", "在前哨中打开") }

// Text is body and fields as plain text, at most limit bytes, cut at a character's border.
func (o Outgoing) Text(limit int) string {
	var b strings.Builder
	b.WriteString(strings.TrimSpace(o.Body))
	for _, f := range o.Fields {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(f.Name + pick(o.Lang, ": ", "：") + f.Value)
	}
	return Truncate(b.String(), limit, pick(o.Lang, "… (shortened)", "……（已截断）"))
}

// Truncate cuts s to limit bytes at a character's border, ending it with mark when something was cut.
func Truncate(s string, limit int, mark string) string {
	if len(s) <= limit {
		return s
	}
	if len(mark) > limit {
		mark = ""
	}
	cut := limit - len(mark)
	for cut > 0 && s[cut]&0xC0 == 0x80 {
		cut--
	}
	return s[:cut] + mark
}

// Merge makes one message of several, for channels that take few. The strictest marking counts.
func Merge(list []Message) Message {
	if len(list) == 1 {
		return list[0]
	}
	var out Message
	for i, m := range list {
		if i == 0 {
			out = Message{ID: m.ID, Event: m.Event, Time: m.Time, URL: m.URL, Lang: m.Lang}
		}
		level := m.TLP
		if level == marking.TLPUnset {
			level = marking.TLPAmber // see Prepare
		}
		out.TLP = max(out.TLP, level)
		line := strings.TrimSpace(m.Title)
		if text := strings.TrimSpace(m.Body); text != "" {
			line += "\n" + text
		}
		for _, f := range m.Fields {
			line += "\n" + f.Name + pick(m.Lang, ": ", "：") + f.Value
		}
		if i > 0 {
			out.Body += "\n\n"
		}
		out.Body += line
	}
	out.Title = strings.ReplaceAll(pick(out.Lang, "{n} notifications", "{n} 条通知"), "{n}", strconv.Itoa(len(list)))
	return out
}

// Post sends a JSON document and returns the receiver's answer (at most 64 KiB) when its status is
// 2xx. Redirects are not followed.
func Post(ctx context.Context, env Env, address string, header http.Header, doc []byte) ([]byte, error) {
	if env.HTTP == nil {
		return nil, errs.New(errs.Unavailable, "no_egress", "No way out to the network is configured.")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(doc))
	if err != nil {
		return nil, fetch.BadURL(address, err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	resp, err := env.HTTP.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return nil, fetch.Status(resp, env.Clock())
	}
	const longestAnswer = 64 << 10
	return fetch.Body(resp, longestAnswer)
}

// PostChat sends a document to a chat service, which answers status 200 with a code in the body;
// code names the member that holds it. refused turns a code other than 0 into an error.
func PostChat(ctx context.Context, env Env, address string, doc any, code, message string, refused func(code int64, message string) error) error {
	b, err := jsonx.Marshal(doc)
	if err != nil {
		return err
	}
	answer, err := Post(ctx, env, address, nil, b)
	if err != nil {
		return err
	}
	var fields map[string]jsonx.Raw
	var n int64
	if jsonx.UnmarshalLenient(answer, &fields) != nil || jsonx.UnmarshalLenient(fields[code], &n) != nil {
		return errs.New(errs.Invalid, "chat_answer", "The address did not answer like this chat service; check that it is the robot's address.")
	}
	if n == 0 {
		return nil
	}
	var text string
	_ = jsonx.UnmarshalLenient(fields[message], &text) // only for the message
	return refused(n, feed.Clean(text, 200))
}

// Limited is the error for a service's rate limit; wait is how long it stays closed.
func Limited(service string, code int64, wait time.Duration) error {
	return errs.New(errs.RateLimited, "chat_rate_limited", "{service} takes no more messages for the moment ({code}); it is tried again later.",
		"service", service, "code", code, "retry_after", int64(wait/time.Second))
}

// Refused is the error for another code of a chat service.
func Refused(kind errs.Kind, service string, code int64, text, advice string) error {
	return errs.New(kind, "chat_refused", "{service} refuses the message ({code} {text}): {advice}", "service", service, "code", code, "text", text, "advice", advice)
}

// Ceiling is the TLP ceiling of a channel's configuration, embedded in each.
type Ceiling struct {
	MaxTLP string `json:"max_tlp,omitempty"`
}

// Level returns the ceiling; TLP:AMBER where nothing is configured.
func (c Ceiling) Level() (marking.TLP, error) {
	if c.MaxTLP == "" {
		return marking.TLPAmber, nil
	}
	level, ok := marking.ParseTLP(c.MaxTLP)
	if !ok {
		return 0, feed.BadField("max_tlp", "is not a TLP level: clear, green, amber, amber+strict or red")
	}
	return level, nil
}

// CeilingField is the form field of Ceiling.
func CeilingField() feed.Field {
	return feed.Field{
		Name: "max_tlp", Type: feed.Choice, Default: "amber", Choices: []string{"clear", "green", "amber", "amber+strict", "red"},
		Label: feed.Text{EN: "Highest TLP", ZH: "最高 TLP"},
		Help:  feed.Text{EN: "Above it only the fact is sent, not the content.", ZH: "超过该级别只通知有事件发生，不发送内容。"},
	}
}
