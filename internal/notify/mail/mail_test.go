package mail_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	netmail "net/mail"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/fetch"
	"github.com/vedette-ti/vedette/internal/notify"
	"github.com/vedette-ti/vedette/internal/notify/mail"
	"github.com/vedette-ti/vedette/internal/notify/notifytest"
)

// server is a small SMTP server. Its answers to commands can be replaced.
type server struct {
	port               string
	roots              *x509.CertPool
	cert               tls.Certificate
	startTLS, implicit bool
	answers            map[string]string // command → whole reply line

	mu       sync.Mutex
	log      []string // commands, passwords decoded
	data     string
	secured  bool
	authOpen bool // a password came over an open line
}

func start(t *testing.T, change func(*server)) *server {
	t.Helper()
	fake := httptest.NewTLSServer(nil) // lends its certificate, which is for 127.0.0.1
	fake.Close()
	s := &server{cert: fake.TLS.Certificates[0], roots: x509.NewCertPool(), startTLS: true, answers: map[string]string{}}
	s.roots.AddCert(fake.Certificate())
	if change != nil {
		change(s)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	_, s.port, _ = net.SplitHostPort(l.Addr().String())
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go s.talk(conn)
		}
	}()
	return s
}

func (s *server) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, fmt.Sprintf(format, args...))
}

func (s *server) talk(conn net.Conn) {
	defer conn.Close()
	secure := s.implicit
	if s.implicit {
		conn = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{s.cert}})
	}
	br := bufio.NewReader(conn)
	say := func(line string) { fmt.Fprint(conn, line+"\r\n") }
	say("220 test ESMTP")
	for {
		line, err := br.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSpace(line)
		verb := strings.ToUpper(strings.SplitN(line, " ", 2)[0])
		if reply, ok := s.answers[verb]; ok {
			s.note("%s", line)
			say(reply)
			continue
		}
		switch verb {
		case "EHLO":
			if s.startTLS && !secure {
				say("250-test\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN")
			} else {
				say("250-test\r\n250 AUTH PLAIN LOGIN")
			}
		case "STARTTLS":
			say("220 go")
			conn = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{s.cert}})
			br, secure = bufio.NewReader(conn), true
		case "AUTH":
			raw, _ := base64.StdEncoding.DecodeString(line[strings.LastIndexByte(line, ' ')+1:])
			s.note("AUTH %q", raw)
			s.mu.Lock()
			s.authOpen = s.authOpen || !secure
			s.mu.Unlock()
			say("235 welcome")
		case "DATA":
			say("354 go")
			var b strings.Builder
			for {
				l, err := br.ReadString('\n')
				if err != nil || l == ".\r\n" {
					break
				}
				b.WriteString(strings.TrimPrefix(l, "."))
			}
			s.mu.Lock()
			s.data, s.secured = b.String(), secure
			s.mu.Unlock()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			s.note("%s", line)
			say("250 ok")
		}
	}
}

func send(t *testing.T, s *server, more string, secrets map[string]string, m notify.Message) error {
	t.Helper()
	c, err := mail.Kind().New(fmt.Appendf(nil, `{"host":"127.0.0.1","port":%s,"from":"前哨 <vedette@corp.example>","to":["a@corp.example","李 <b@corp.example>"]%s}`, s.port, more))
	if err != nil {
		t.Fatal(err)
	}
	env := notifytest.Env(t, secrets)
	env.TLS = &tls.Config{RootCAs: s.roots}
	return c.Send(t.Context(), env, m)
}

func TestMessage(t *testing.T) {
	for _, security := range []string{"starttls", "tls", "none"} {
		s := start(t, func(s *server) { s.implicit, s.startTLS = security == "tls", security == "starttls" })
		err := send(t, s, fmt.Sprintf(`,"security":%q,"username":"me"`, security), map[string]string{"password": "pw"}, notifytest.Message())
		if err != nil {
			t.Fatalf("%s: %v", security, err)
		}
		want := []string{`AUTH "\x00me\x00pw"`, "MAIL FROM:<vedette@corp.example>", "RCPT TO:<a@corp.example>", "RCPT TO:<b@corp.example>"}
		if security == "none" {
			want = want[1:] // no password over an open line
		}
		var got []string
		for _, l := range s.log {
			if l != "RSET" && l != "NOOP" {
				got = append(got, l)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" || s.authOpen || s.secured != (security != "none") {
			t.Errorf("%s: %s, secured %v", security, diff, s.secured)
		}
		msg, err := netmail.ReadMessage(strings.NewReader(s.data))
		if err != nil {
			t.Fatal(err)
		}
		subject, _ := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
		if subject != "[TLP:GREEN] 命中监视：evil[.]com" || msg.Header.Get("Message-Id") != "<0197-abc@corp.example>" ||
			msg.Header.Get("Auto-Submitted") != "auto-generated" || !strings.HasPrefix(msg.Header.Get("Content-Type"), "text/plain") {
			t.Errorf("%s: %v", security, msg.Header)
		}
		if date, err := msg.Header.Date(); err != nil || !date.Equal(notifytest.Now().Truncate(time.Second)) {
			t.Errorf("date %v, %v", date, err)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(msg.Body))
		text := strings.ReplaceAll(string(body), "\r\n", "\n")
		if err != nil || text != "报告提到 hxxp://evil[.]com/a 和 1[.]2[.]3[.]4。\n来源：vendor\n值：evil[.]com\n\n在前哨中打开: https://vedette.corp.example/observables/7\n" {
			t.Errorf("%s: %q, %v", security, text, err)
		}
	}
}

func TestHeadersCannotBeInjected(t *testing.T) {
	s := start(t, nil)
	m := notifytest.Message()
	m.Title = "x\r\nBcc: victim@corp.example\r\n\r\nbody"
	m.ID = "a>\r\nBcc: c@d"
	m.Body = "line\r\n.\r\nMAIL FROM:<evil@x>\r\n"
	if err := send(t, s, "", nil, m); err != nil {
		t.Fatal(err)
	}
	msg, err := netmail.ReadMessage(strings.NewReader(s.data))
	if err != nil || msg.Header.Get("Bcc") != "" {
		t.Errorf("%v, %v", msg.Header, err)
	}
	for _, l := range s.log {
		if strings.Contains(l, "evil") || strings.Contains(l, "victim") {
			t.Errorf("command %q", l)
		}
	}
}

func TestFailures(t *testing.T) {
	cases := map[string]struct {
		change func(*server)
		more   string
		code   string
		again  bool
	}{
		"greylisting":       {func(s *server) { s.answers["RCPT"] = "450 4.2.0 later" }, "", "mail_later", true},
		"no such user":      {func(s *server) { s.answers["RCPT"] = "550 5.1.1 unknown" }, "", "mail_refused", false},
		"too large":         {func(s *server) { s.answers["DATA"] = "552 5.3.4 too big" }, "", "mail_refused", false},
		"wrong login":       {func(s *server) { s.answers["AUTH"] = "535 5.7.8 bad credentials" }, `,"username":"me"`, "mail_login", false},
		"no encryption":     {func(s *server) { s.startTLS = false }, "", "mail_no_starttls", false},
		"unknown authority": {func(s *server) { s.roots = x509.NewCertPool() }, "", "mail_tls", true},
		"busy":              {func(s *server) { s.answers["EHLO"] = "421 busy"; s.answers["HELO"] = "421 busy" }, "", "mail_failed", true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			err := send(t, start(t, tc.change), tc.more, map[string]string{"password": "s3cret"}, notifytest.Message())
			e, ok := errs.As(err)
			if !ok || e.Code != tc.code || fetch.Retriable(err) != tc.again || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%v", err)
			}
		})
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	gone := &server{port: strconv.Itoa(l.Addr().(*net.TCPAddr).Port), roots: x509.NewCertPool()}
	if err := send(t, gone, "", nil, notifytest.Message()); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("no server: %v", err)
	}
}

func TestBadConfig(t *testing.T) {
	base := func(change string) string {
		doc := map[string]string{"host": `"mail.corp.example"`, "from": `"a@b.example"`, "to": `["c@d.example"]`}
		name, value, _ := strings.Cut(change, "=")
		doc[name] = value
		var parts []string
		for k, v := range doc {
			parts = append(parts, fmt.Sprintf("%q:%s", k, v))
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	for change, field := range map[string]string{
		`host=""`: "host", `host="a b"`: "host", `host="a\r\nb"`: "host", `from="x"`: "from", `to=[]`: "to", `to=["x"]`: "to", `to=["a@b\r\nc: d"]`: "to",
		`port=70000`: "port", `security="ssl"`: "security", `max_tlp="x"`: "max_tlp",
	} {
		_, err := mail.Kind().New([]byte(base(change)))
		if e, ok := errs.As(err); !ok || e.Kind != errs.Invalid || e.Subject != field {
			t.Errorf("%s: %v", change, err)
		}
	}
}
