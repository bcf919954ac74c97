package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vedette-ti/vedette/internal/app"
	"github.com/vedette-ti/vedette/internal/config"
)

// office is a whole Vedette with its workers, served over HTTP: the tests of administration use nothing else.
type office struct {
	t    *testing.T
	app  *app.App
	srv  *httptest.Server
	root string // a folder that sources may read
	boss *person
}

// person is somebody with a browser, or with a key.
type person struct {
	o    *office
	http *http.Client
	key  string
	id   string
	mail string
}

const goodPassword = "correct horse battery staple 7"

func newOffice(t *testing.T) *office {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a whole server")
	}
	cfg := config.Default()
	cfg.Data = t.TempDir()
	o := &office{t: t, root: t.TempDir()}
	cfg.Sources.Roots = []string{o.root}
	cfg.Egress.Allow = []string{"127.0.0.1"}
	a, err := app.New(t.Context(), app.Options{Config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	o.app = a
	ctx, stop := context.WithCancel(context.Background())
	a.Start(ctx)
	o.srv = httptest.NewServer(a.Handler())
	t.Cleanup(func() {
		o.srv.Close()
		stop()
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return o
}

// opened is an office that is set up.
func opened(t *testing.T) *office {
	t.Helper()
	o := newOffice(t)
	link, err := o.app.SetupLink(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	_, token, _ := strings.Cut(link, "token=")
	o.boss = o.visitor()
	o.boss.mail = "boss@example.org"
	me := o.boss.want(201, "POST", "/setup", object{"token": token, "organisation": "Home", "email": o.boss.mail, "name": "Boss", "password": goodPassword})
	o.boss.id = me.text("id")
	return o
}

func (o *office) visitor() *person {
	jar, err := cookiejar.New(nil)
	if err != nil {
		o.t.Fatal(err)
	}
	return &person{o: o, http: &http.Client{Jar: jar, Timeout: time.Minute}}
}

// hire makes an account and logs it in.
func (o *office) hire(mail, organisation, role string) *person {
	o.t.Helper()
	made := o.boss.want(201, "POST", "/users", object{"email": mail, "name": mail, "organisation": organisation, "role": role})
	p := o.visitor()
	p.mail, p.id = mail, made.object("item").text("id")
	p.want(204, "POST", "/links/redeem", object{"token": made.object("link").text("token"), "password": goodPassword})
	p.want(200, "POST", "/session", object{"email": mail, "password": goodPassword})
	return p
}

// Roles as package account numbers them.
const (
	roleOrgAdmin  = "2"
	roleAnalyst   = "3"
	rolePublisher = "4"
	roleReader    = "6"
)

// foreign makes another organisation and returns its id.
func (o *office) foreign() string {
	o.t.Helper()
	return o.boss.want(201, "POST", "/organisations", object{"name": "Elsewhere"}).text("id")
}

// object is a JSON object.
type object map[string]any

func (m object) text(name string) string {
	s, _ := m[name].(string)
	return s
}

func (m object) number(name string) int {
	f, _ := m[name].(float64)
	return int(f)
}

func (m object) object(name string) object {
	v, _ := m[name].(map[string]any)
	return v
}

func (m object) items() []object { return m.list("items") }

func (m object) list(name string) []object {
	list, _ := m[name].([]any)
	out := make([]object, len(list))
	for i, v := range list {
		out[i], _ = v.(map[string]any)
	}
	return out
}

// reply is an answer.
type reply struct {
	status int
	header http.Header
	raw    []byte
	body   object
}

// send makes a request. body may be nil, an object (JSON) or a string (as it is).
func (p *person) send(method, path string, body any) reply {
	p.o.t.Helper()
	var r io.Reader
	media := ""
	switch b := body.(type) {
	case nil:
	case string:
		r, media = strings.NewReader(b), "application/octet-stream"
	case []byte:
		r, media = bytes.NewReader(b), "application/octet-stream"
	default:
		text, err := json.Marshal(b)
		if err != nil {
			p.o.t.Fatal(err)
		}
		r, media = bytes.NewReader(text), "application/json"
	}
	if !strings.HasPrefix(path, "/export/") || strings.HasPrefix(path, "/export/count") || strings.HasPrefix(path, "/export/why") || strings.HasPrefix(path, "/export/formats") {
		path = "/api/v1" + path
	}
	req, err := http.NewRequestWithContext(p.o.t.Context(), method, p.o.srv.URL+path, r)
	if err != nil {
		p.o.t.Fatal(err)
	}
	if media != "" {
		req.Header.Set("Content-Type", media)
	}
	if p.key != "" {
		req.Header.Set("Authorization", "Bearer "+p.key)
	}
	resp, err := p.http.Do(req)
	if err != nil {
		p.o.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	out := reply{status: resp.StatusCode, header: resp.Header}
	if out.raw, err = io.ReadAll(resp.Body); err != nil {
		p.o.t.Fatalf("%s %s: %v", method, path, err)
	}
	_ = json.Unmarshal(out.raw, &out.body)
	return out
}

// want sends and checks the status.
func (p *person) want(status int, method, path string, body any) object {
	p.o.t.Helper()
	got := p.send(method, path, body)
	if got.status != status {
		p.o.t.Fatalf("%s %s: %d %.600s, want %d", method, path, got.status, got.raw, status)
	}
	return got.body
}

// refused sends and checks status and code of the problem.
func (p *person) refused(status int, code, method, path string, body any) object {
	p.o.t.Helper()
	got := p.send(method, path, body)
	if got.status != status || got.body.text("code") != code || !strings.HasPrefix(got.header.Get("Content-Type"), "application/problem+json") {
		p.o.t.Fatalf("%s %s: %d %s %.600s, want %d %s", method, path, got.status, got.header.Get("Content-Type"), got.raw, status, code)
	}
	return got.body
}

// eventually asks until ok says yes.
func (p *person) eventually(what, path string, ok func(object) bool) object {
	p.o.t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for {
		got := p.want(200, "GET", path, nil)
		if ok(got) {
			return got
		}
		if time.Now().After(deadline) {
			p.o.t.Fatalf("%s: not yet after a minute: %v", what, got)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func q(kv ...string) string {
	v := url.Values{}
	for i := 0; i < len(kv); i += 2 {
		v.Set(kv[i], kv[i+1])
	}
	return "?" + v.Encode()
}

func names(list []object) string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = x.text("name")
	}
	return strings.Join(out, ",")
}

// receiver is a server that remembers what it is sent.
type receiver struct {
	*httptest.Server
	got chan received
}

type received struct {
	header http.Header
	path   string
	body   string
}

func newReceiver(t *testing.T, status int, answer string) *receiver {
	t.Helper()
	r := &receiver{got: make(chan received, 100)}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		b, _ := io.ReadAll(req.Body)
		select {
		case r.got <- received{header: req.Header, path: req.URL.Path, body: string(b)}:
		default:
		}
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, answer)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) next(t *testing.T) received {
	t.Helper()
	select {
	case x := <-r.got:
		return x
	case <-time.After(60 * time.Second):
		t.Fatal("nothing came")
		return received{}
	}
}

func (o *office) file(parts ...string) string {
	return filepath.Join(append([]string{o.root}, parts...)...)
}
