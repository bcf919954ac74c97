package egress

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/fetch"
)

// Doer sends HTTP requests under one policy. Its errors are *errs.Error (or a cancelled context)
// and never repeat a whole URL.
type Doer struct{ http *http.Client }

// HTTP returns the client for a policy. Redirects are followed for GET and HEAD only; each is
// judged anew, and whatever could be a credential is dropped when scheme, host or port change.
func (c *Client) HTTP(p Policy) *Doer {
	return &Doer{http: &http.Client{Transport: c.policies[p], CheckRedirect: c.redirect, Timeout: c.opt.Timeout}}
}

// Do sends a request. The answer's body is unpacked and bounded; the caller closes it.
func (d *Doer) Do(req *http.Request) (*http.Response, error) {
	resp, err := d.http.Do(req)
	if err == nil {
		return resp, nil
	}
	if resp != nil {
		resp.Body.Close()
	}
	return nil, connectError(req.Context(), req.URL.Host, unwrapURL(err))
}

// Client returns the same as an *http.Client, for libraries that insist on one.
func (d *Doer) Client() *http.Client { return d.http }

// transport carries requests of one policy.
type transport struct {
	client *Client
	policy Policy
	direct *http.Transport // direct, SOCKS, and CONNECT for https
	plain  *http.Transport // http:// through an HTTP proxy
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	c := t.client
	if t.policy == Operator && crossed(req) {
		return c.policies[Untrusted].RoundTrip(req)
	}
	to, port, err := c.admit(t.policy, req.URL)
	if err != nil {
		closeBody(req)
		return nil, err
	}
	ctx, cancel := context.WithCancel(req.Context())
	release := func() {}
	if t.policy == Untrusted {
		if release, err = c.polite.acquire(ctx, to.String()); err != nil {
			closeBody(req)
			cancel()
			return nil, err
		}
	}
	done := func() {
		release()
		cancel()
	}
	out := req.Clone(ctx)
	if out.Header.Get("User-Agent") == "" {
		out.Header.Set("User-Agent", c.opt.UserAgent)
	}
	unpack := out.Header.Get("Accept-Encoding") == "" && out.Header.Get("Range") == "" && out.Method != http.MethodHead
	if unpack {
		out.Header.Set("Accept-Encoding", "gzip")
	}
	next := t.direct
	if px := c.route(t.policy, to, port); px.http() && req.URL.Scheme == "http" {
		if err := c.screen(ctx, t.policy, px, to, port); err != nil {
			closeBody(req)
			done()
			return nil, err
		}
		next = t.plain
		out = out.WithContext(context.WithValue(ctx, proxyKey{}, px))
	}
	resp, err := next.RoundTrip(out)
	if err != nil {
		done()
		return nil, connectError(req.Context(), to.String(), err)
	}
	resp.Request = req
	if wait, ok := fetch.RetryAfter(resp.Header, c.opt.Clock()); ok && t.policy == Untrusted {
		c.polite.hold(to.String(), resp.StatusCode, wait)
	}
	return c.bound(resp, to, unpack, cancel, done)
}

// admit checks what can be told from the URL alone.
func (c *Client) admit(p Policy, u *url.URL) (target, uint16, error) {
	port := uint64(443)
	switch u.Scheme {
	case "https":
	case "http":
		port = 80
	default:
		return target{}, 0, errs.New(errs.Invalid, "bad_scheme", "Only http and https addresses are fetched, not {scheme}.", "scheme", shown(u.Scheme))
	}
	if u.User != nil && p == Untrusted {
		return target{}, 0, errs.New(errs.Invalid, "url_credentials",
			"The address of {host} holds a user name; enter name and password in the fields for credentials instead.", "host", shown(u.Hostname()))
	}
	to, err := parseHost(u.Hostname())
	if err != nil {
		return target{}, 0, err
	}
	if text := u.Port(); text != "" {
		if port, err = strconv.ParseUint(text, 10, 16); err != nil || port == 0 {
			return target{}, 0, errs.New(errs.Invalid, "bad_port", "{port} is not a port; ports are 1 to 65535.", "port", shown(text))
		}
	}
	return to, uint16(port), c.checkPort(p, to, uint16(port))
}

// redirect is the CheckRedirect of all clients.
func (c *Client) redirect(req *http.Request, via []*http.Request) error {
	first := via[0]
	if first.Method != http.MethodGet && first.Method != http.MethodHead {
		return http.ErrUseLastResponse // a POST that silently becomes a GET helps nobody
	}
	if len(via) > c.opt.Redirects {
		return errs.New(errs.Invalid, "too_many_redirects", "{host} redirects more than {count} times; enter the final address.",
			"host", first.URL.Host, "count", max(c.opt.Redirects, 0))
	}
	req.Header.Del("Referer") // the page before may have a token in its address
	for _, hop := range append(via[1:], req) {
		if !sameOrigin(first.URL, hop.URL) {
			keepHarmless(req.Header)
			break
		}
	}
	return nil
}

// keepHarmless drops every header that could carry a credential, known or not.
func keepHarmless(h http.Header) {
	for name := range h {
		switch name {
		case "Accept", "Accept-Language", "Accept-Encoding", "User-Agent", "Range", "If-None-Match", "If-Modified-Since":
		default:
			delete(h, name)
		}
	}
}

// sameOrigin tells whether b may get what was meant for a: same scheme, host and port, or the step
// from http to https on the same host and their usual ports.
func sameOrigin(a, b *url.URL) bool {
	if !strings.EqualFold(a.Hostname(), b.Hostname()) {
		return false
	}
	upgrade := a.Scheme == "http" && b.Scheme == "https" && portOf(a) == "80" && portOf(b) == "443"
	return upgrade || a.Scheme == b.Scheme && portOf(a) == portOf(b)
}

func portOf(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if u.Scheme == "https" {
		return "443"
	}
	return "80"
}

// crossed tells whether a request is a redirect away from the origin that the operator named.
func crossed(req *http.Request) bool {
	for r := req; r.Response != nil && r.Response.Request != nil; r = r.Response.Request {
		if !sameOrigin(r.Response.Request.URL, req.URL) {
			return true
		}
	}
	return false
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		req.Body.Close()
	}
}
