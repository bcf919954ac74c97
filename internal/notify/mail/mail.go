// Package mail owns the channel that sends messages by SMTP, as plain text. The server is the
// operator's choice, so that it is reached through Env.Dial, not through the rules for users' addresses.
package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	netmail "net/mail"
	"net/textproto"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/notify"
)

// Kind describes the family member.
func Kind() notify.Kind {
	return notify.Kind{
		Name:  "mail",
		Label: feed.Text{EN: "E-mail", ZH: "电子邮件"},
		Help:  feed.Text{EN: "Sends plain text mail through an SMTP server.", ZH: "通过 SMTP 服务器发送纯文本邮件。"},
		Fields: []feed.Field{
			{Name: "host", Type: feed.String, Required: true, Label: feed.Text{EN: "Server", ZH: "服务器"}},
			{Name: "port", Type: feed.Integer, Label: feed.Text{EN: "Port", ZH: "端口"},
				Help: feed.Text{EN: "Empty: 587 with STARTTLS, 465 with TLS, 25 without encryption.", ZH: "留空：STARTTLS 为 587，TLS 为 465，不加密为 25。"}},
			{Name: "security", Type: feed.Choice, Default: "starttls", Choices: []string{"starttls", "tls", "none"}, Label: feed.Text{EN: "Encryption", ZH: "加密方式"},
				Help: feed.Text{EN: "Without encryption no password is sent.", ZH: "不加密时不会发送密码。"}},
			{Name: "username", Type: feed.String, Label: feed.Text{EN: "User name", ZH: "用户名"}},
			{Name: "password", Type: feed.Secret, Label: feed.Text{EN: "Password", ZH: "密码"}},
			{Name: "from", Type: feed.String, Required: true, Label: feed.Text{EN: "From", ZH: "发件人"}},
			{Name: "to", Type: feed.Lines, Required: true, Label: feed.Text{EN: "To", ZH: "收件人"}, Help: feed.Text{EN: "One address a line.", ZH: "每行一个地址。"}},
			notify.CeilingField(),
		},
		New: func(config []byte) (notify.Channel, error) { return build(config) },
	}
}

type config struct {
	Host     string   `json:"host"`
	Port     int      `json:"port"`
	Security string   `json:"security"`
	Username string   `json:"username"`
	From     string   `json:"from"`
	To       []string `json:"to"`
	notify.Ceiling
}

const (
	mostRecipients = 100
	longestText    = 200 << 10
	patience       = 30 * time.Second
)

func build(doc []byte) (*mailer, error) {
	var c config
	if err := feed.Decode(doc, &c); err != nil {
		return nil, err
	}
	c.Host = strings.TrimSpace(c.Host)
	if c.Host == "" || strings.ContainsAny(c.Host, " /@\r\n") {
		return nil, feed.BadField("host", "must be the name or address of a mail server")
	}
	ports := map[string]int{"": 587, "starttls": 587, "tls": 465, "none": 25}
	usual, ok := ports[c.Security]
	if !ok {
		return nil, feed.BadField("security", "must be starttls, tls or none")
	}
	if c.Port == 0 {
		c.Port = usual
	}
	if c.Port < 1 || c.Port > 65535 {
		return nil, feed.BadField("port", "must lie between 1 and 65535")
	}
	m := &mailer{config: c}
	if _, err := netmail.ParseAddress(c.From); err != nil {
		return nil, feed.BadField("from", "is not a mail address; write name@host or Name <name@host>")
	}
	for _, to := range c.To {
		if strings.TrimSpace(to) == "" {
			continue
		}
		a, err := netmail.ParseAddress(to)
		if err != nil {
			return nil, feed.BadField("to", "has a line that is not a mail address")
		}
		m.to = append(m.to, a.String())
	}
	if len(m.to) == 0 || len(m.to) > mostRecipients {
		return nil, feed.BadField("to", "must have 1 to 100 addresses")
	}
	var err error
	m.ceiling, err = c.Level()
	return m, err
}

type mailer struct {
	config
	to      []string
	ceiling marking.TLP
}

// Send implements notify.Channel.
func (s *mailer) Send(ctx context.Context, env notify.Env, m notify.Message) error {
	env = env.Filled()
	if env.Dial == nil {
		return errs.New(errs.Unavailable, "no_egress", "No way out to the network is configured.")
	}
	msg, err := s.compose(env, notify.Prepare(m, s.ceiling))
	if err != nil {
		return err
	}
	client, err := s.client(env)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	return s.explain(ctx, client.DialAndSendWithContext(ctx, msg))
}

func (s *mailer) compose(env notify.Env, o notify.Outgoing) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithEncoding(gomail.EncodingQP))
	if err := msg.From(s.From); err != nil {
		return nil, feed.BadField("from", "is not a mail address")
	}
	if err := msg.To(s.to...); err != nil {
		return nil, feed.BadField("to", "has a line that is not a mail address")
	}
	msg.Subject(o.Heading())
	msg.SetDateWithValue(env.Clock())
	if o.ID == "" {
		msg.SetMessageID()
	} else {
		msg.SetMessageIDWithValue(messageID(o.ID, s.From))
	}
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no absence notes, please
	msg.SetGenHeader("X-Mailer", "Vedette")
	text := o.Text(longestText)
	if o.URL != "" {
		text += "\n\n" + o.LinkText() + ": " + o.URL
	}
	msg.SetBodyString(gomail.TypeTextPlain, text+"\n")
	return msg, nil
}

// messageID keeps what RFC 5322 allows in the left part of an identifier.
func messageID(id, from string) string {
	id = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '-'
	}, feed.Clean(id, 100))
	_, host, _ := strings.Cut(strings.TrimSuffix(from, ">"), "@")
	return id + "@" + host
}

func (s *mailer) client(env notify.Env) (*gomail.Client, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if env.TLS != nil {
		conf = env.TLS.Clone()
	}
	conf.ServerName = s.Host
	opts := []gomail.Option{gomail.WithPort(s.Port), gomail.WithTimeout(patience), gomail.WithTLSConfig(conf)}
	dial := env.Dial
	switch s.Security {
	case "tls":
		opts = append(opts, gomail.WithSSL())
		dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := env.Dial(ctx, network, address)
			if err != nil {
				return nil, err
			}
			t := tls.Client(conn, conf)
			if err := t.HandshakeContext(ctx); err != nil {
				conn.Close()
				return nil, err
			}
			return t, nil
		}
	case "none":
		opts = append(opts, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	opts = append(opts, gomail.WithDialContextFunc(dial))
	if password := env.Secret("password"); s.Username != "" && password != "" && s.Security != "none" {
		// The library refuses PLAIN and LOGIN itself when the connection is not encrypted.
		opts = append(opts, gomail.WithUsername(s.Username), gomail.WithPassword(password), gomail.WithOpportunisticSMTPAuth(
			gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin, gomail.SMTPAuthCramMD5))
	}
	c, err := gomail.NewClient(s.Host, opts...)
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "bad_mail_config", "The mail server's settings cannot be used.")
	}
	return c, nil
}

// explain turns what the library says into an error for people. What the server calls temporary
// (4xx) and failed connections may be tried again.
func (s *mailer) explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errs.As(err); ok {
		return e
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	var send *gomail.SendError
	if errors.As(err, &send) {
		if send.IsTemp() || send.ErrorCode() == 0 {
			return errs.Wrap(err, errs.Unavailable, "mail_later", "The mail server {host} does not take the message for the moment; it is tried again later.", "host", s.Host)
		}
		return errs.Wrap(err, errs.Invalid, "mail_refused", "The mail server {host} refuses the message ({code}); check sender and recipients.",
			"host", s.Host, "code", send.ErrorCode())
	}
	var cert *tls.CertificateVerificationError
	var reply *textproto.Error
	switch {
	case errors.As(err, &cert):
		return errs.Wrap(err, errs.Unavailable, "mail_tls", "The certificate of the mail server {host} is not trusted.", "host", s.Host)
	case errors.As(err, &reply) && reply.Code >= 500, strings.Contains(err.Error(), "support SMTP AUTH"):
		return errs.Wrap(err, errs.Unauthenticated, "mail_login", "The mail server {host} refuses the login; check user name and password.", "host", s.Host)
	case strings.Contains(err.Error(), "does not support STARTTLS"):
		return errs.Wrap(err, errs.Invalid, "mail_no_starttls", "The mail server {host} offers no encryption on this port; check port and encryption.", "host", s.Host)
	}
	return errs.Wrap(err, errs.Unavailable, "mail_failed", "The mail server {host} cannot be reached or broke off; it is tried again later.", "host", s.Host)
}
