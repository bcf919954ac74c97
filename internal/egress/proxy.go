package egress

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"time"

	socks "golang.org/x/net/proxy"

	"github.com/vedette-ti/vedette/internal/errs"
)

// proxy is one parsed proxy URL. A nil *proxy means a direct connection.
type proxy struct {
	url  *url.URL
	addr string // host:port
	// names tells that the proxy resolves names: HTTP proxies and socks5h.
	names bool
	// private tells that names must not be looked up here at all (socks5h: Tor).
	private bool
}

// route sends names with an ending through a proxy.
type route struct {
	suffix string // ".onion"
	proxy  *proxy
}

func (p *proxy) http() bool { return p != nil && (p.url.Scheme == "http" || p.url.Scheme == "https") }

func parseProxy(raw string) (*proxy, error) {
	if raw == "" {
		return nil, nil //nolint:nilnil // nil is the direct way
	}
	u, err := url.Parse(raw)
	bad := func() (*proxy, error) {
		return nil, errs.New(errs.Invalid, "bad_proxy",
			"The proxy address cannot be used; write it as http://host:port, https://host:port, socks5://host:port or socks5h://host:port.")
	}
	if err != nil || u.Hostname() == "" || (u.Path != "" && u.Path != "/") || u.RawQuery != "" {
		return bad()
	}
	ports := map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}
	port, ok := ports[u.Scheme]
	if !ok {
		return bad()
	}
	if u.Port() != "" {
		port = u.Port()
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return bad()
	}
	return &proxy{
		url: u, addr: net.JoinHostPort(u.Hostname(), port),
		names: u.Scheme != "socks5", private: u.Scheme == "socks5h",
	}, nil
}

func parseRoutes(m map[string]string) ([]route, error) {
	routes := make([]route, 0, len(m))
	for suffix, raw := range m {
		p, err := parseProxy(raw)
		if err != nil {
			return nil, err
		}
		name := strings.ToLower(strings.Trim(suffix, ".*"))
		if p == nil || !plainName(name) {
			return nil, errs.New(errs.Invalid, "bad_route",
				"The route for {suffix} needs an ending like .onion and a proxy like socks5h://127.0.0.1:9050.", "suffix", shown(suffix))
		}
		routes = append(routes, route{suffix: "." + name, proxy: p})
	}
	sort.Slice(routes, func(i, k int) bool { // the longest ending wins
		if len(routes[i].suffix) != len(routes[k].suffix) {
			return len(routes[i].suffix) > len(routes[k].suffix)
		}
		return routes[i].suffix < routes[k].suffix
	})
	return routes, nil
}

// needsRoute names the networks that are only reached through a proxy of their own. Such names are
// never given to DNS (RFC 7686 §2).
func needsRoute(name string) (string, bool) {
	switch {
	case strings.HasSuffix(name, ".onion"):
		return "a Tor address", true
	case strings.HasSuffix(name, ".i2p"):
		return "an I2P address", true
	}
	return "", false
}

// route picks the proxy for a target, nil for a direct connection.
func (c *Client) route(p Policy, t target, port uint16) *proxy {
	for _, r := range c.routes {
		if strings.HasSuffix("."+t.name, r.suffix) {
			return r.proxy
		}
	}
	if p == Operator || c.proxy == nil {
		return nil
	}
	if _, need := needsRoute(t.name); need && !c.proxy.private {
		return nil // resolve refuses it; only socks5h can be trusted not to ask DNS
	}
	text := strconv.Itoa(int(port))
	if open, _ := c.noProxy.host(t.name, text); open {
		return nil
	}
	if t.addr.IsValid() {
		if open, _, _ := c.noProxy.address(t.addr.Unmap(), text); open {
			return nil
		}
	}
	return c.proxy
}

// screen judges a target that a proxy will resolve. What can be seen from here is refused here:
// bad ports, special addresses, names of private networks, and, for HTTP proxies, names that lead
// to such addresses. A name this machine cannot resolve is left to the proxy's own rules.
func (c *Client) screen(ctx context.Context, p Policy, px *proxy, t target, port uint16) error {
	if p == Operator {
		return nil
	}
	if t.addr.IsValid() {
		_, err := c.resolve(ctx, p, t, port)
		return err
	}
	if err := c.checkPort(p, t, port); err != nil {
		return err
	}
	open, _ := c.allow.host(t.name, strconv.Itoa(int(port)))
	if open {
		return nil
	}
	if what, local := localName(t.name); local {
		return errs.New(errs.Forbidden, "address_blocked",
			"{host} is {what}; add it to egress.allow if this host is yours.", "host", t.String(), "what", what)
	}
	if _, hidden := needsRoute(t.name); hidden || px.private {
		return nil // such names are never given to DNS
	}
	lookup, cancel := context.WithTimeout(ctx, min(c.opt.Connect, 3*time.Second))
	defer cancel()
	addrs, err := c.opt.Resolver.LookupNetIP(lookup, "ip", t.name)
	if err != nil {
		return ctx.Err()
	}
	return c.checkAddrs(p, t, addrs, port)
}

// dialThrough opens a tunnel.
func (c *Client) dialThrough(ctx context.Context, p Policy, px *proxy, t target, port uint16) (net.Conn, error) {
	host := t.String()
	if px.names {
		if err := c.screen(ctx, p, px, t, port); err != nil {
			return nil, err
		}
	} else {
		addrs, err := c.resolve(ctx, p, t, port)
		if err != nil {
			return nil, err
		}
		host = addrs[0].Unmap().String()
	}
	address := net.JoinHostPort(host, strconv.Itoa(int(port)))
	ctx, cancel := context.WithTimeout(ctx, 3*c.opt.Connect)
	defer cancel()
	if px.http() {
		return c.tunnel(ctx, px, t, address)
	}
	var auth *socks.Auth
	if u := px.url.User; u != nil {
		password, _ := u.Password()
		auth = &socks.Auth{User: u.Username(), Password: password}
	}
	d, err := socks.SOCKS5("tcp", px.addr, auth, proxyDialer{c})
	if err != nil {
		return nil, err
	}
	conn, err := d.(socks.ContextDialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, proxyError(ctx, px, t, err)
	}
	return conn, nil
}

// proxyDialer connects to proxies, which the operator chose.
type proxyDialer struct{ c *Client }

func (d proxyDialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

func (d proxyDialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return (&net.Dialer{Timeout: d.c.opt.Connect}).DialContext(ctx, network, address)
}

func proxyError(ctx context.Context, px *proxy, t target, err error) error {
	if ctx.Err() == context.Canceled {
		return context.Canceled
	}
	if _, ok := errs.As(err); ok {
		return err
	}
	return errs.Wrap(err, errs.Unavailable, "proxy_failed",
		"The proxy {proxy} gave no connection to {host}; it is tried again later.", "proxy", px.addr, "host", t.String())
}

// tunnel asks an HTTP proxy for a connection (RFC 9110 §9.3.6).
func (c *Client) tunnel(ctx context.Context, px *proxy, t target, address string) (net.Conn, error) {
	conn, err := proxyDialer{c}.DialContext(ctx, "tcp", px.addr)
	if err != nil {
		return nil, proxyError(ctx, px, t, err)
	}
	raw := conn
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	defer stop()
	if px.url.Scheme == "https" {
		conn = tls.Client(raw, &tls.Config{ServerName: px.url.Hostname(), MinVersion: tls.VersionTLS12, RootCAs: c.roots})
	}
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: address}, Host: address, Header: http.Header{}}
	if basic := px.basic(); basic != "" {
		req.Header.Set("Proxy-Authorization", basic)
	}
	if err := req.Write(conn); err != nil {
		conn.Close()
		return nil, proxyError(ctx, px, t, err)
	}
	const longestHead = 64 << 10
	head := &io.LimitedReader{R: conn, N: longestHead}
	br := bufio.NewReader(head)
	resp, err := http.ReadResponse(br, req)
	if err != nil {
		conn.Close()
		return nil, proxyError(ctx, px, t, err)
	}
	if resp.StatusCode != http.StatusOK {
		conn.Close()
		return nil, errs.New(errs.Unavailable, "proxy_refused",
			"The proxy {proxy} refuses {host} ({status}); check its rules and credentials.", "proxy", px.addr, "host", t.String(), "status", resp.StatusCode)
	}
	early := make([]byte, br.Buffered())
	if _, err := io.ReadFull(br, early); err != nil {
		conn.Close()
		return nil, proxyError(ctx, px, t, err)
	}
	return &earlyConn{Conn: conn, early: early}, nil
}

func (p *proxy) basic() string {
	if p.url.User == nil {
		return ""
	}
	password, _ := p.url.User.Password()
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(p.url.User.Username()+":"+password))
}

// earlyConn gives back the bytes that arrived together with the proxy's answer.
type earlyConn struct {
	net.Conn
	early []byte
}

func (c *earlyConn) Read(b []byte) (int, error) {
	if len(c.early) > 0 {
		n := copy(b, c.early)
		c.early = c.early[n:]
		return n, nil
	}
	return c.Conn.Read(b)
}

// proxyKey carries the chosen HTTP proxy of a plain http:// request to its transport.
type proxyKey struct{}

func proxyOfContext(r *http.Request) (*url.URL, error) {
	if p, ok := r.Context().Value(proxyKey{}).(*proxy); ok {
		return p.url, nil
	}
	return nil, errs.New(errs.Internal, "no_proxy", "A proxied request lost its proxy.")
}

// dialProxyOnly serves the transport for plain http:// through an HTTP proxy; the transport asks it
// for nothing but proxies.
func (c *Client) dialProxyOnly(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := proxyDialer{c}.DialContext(ctx, network, address)
	if err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "proxy_failed", "The proxy {proxy} does not answer; it is tried again later.", "proxy", shown(address))
	}
	return conn, nil
}
