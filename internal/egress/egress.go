// Package egress owns every connection that leaves Vedette: the one dialer, the one HTTP client,
// proxies, and the rules that keep hostile addresses (SSRF) out. Two policies exist: untrusted, for
// whatever a source, a user or a remote page named, and operator, for the databases, brokers and
// mail servers of the configuration file. It owns no retries, no schedules and no meaning of answers.
//
// How a name is held to its checked address: the host is brought to one spelling, resolved once,
// every address of the answer is judged, and only those very addresses are dialled; the socket's
// control hook compares once more just before connect(2). Each redirect runs the whole gauntlet again.
package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
)

// Policy says whose choice an address is.
type Policy uint8

const (
	// Untrusted is for addresses from sources, users and pages: public addresses only, except what
	// Options.Allow opens.
	Untrusted Policy = iota
	// Operator is for addresses of the configuration: any address is fine. A redirect to another
	// host is no longer the operator's choice and falls back to Untrusted.
	Operator
)

// Resolver answers names. *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Options configure a Client. The zero value is usable: public addresses only, no proxy.
type Options struct {
	// Allow opens private addresses to untrusted requests: networks, addresses, host names or
	// *.names, each with an optional port ("10.0.0.0/8", "misp.corp.example:8443").
	Allow []string
	// Proxy carries all untrusted requests: http://, https:// (CONNECT), socks5:// (names resolved
	// and checked here) or socks5h:// (names resolved by the proxy), with user:password@ if needed.
	Proxy string
	// NoProxy lists what goes out directly, written as in Allow.
	NoProxy []string
	// Routes send names with an ending through a proxy of their own, whatever the policy, e.g.
	// {".onion": "socks5h://127.0.0.1:9050"}. Names in .onion and .i2p go nowhere without one.
	Routes map[string]string

	UserAgent string        // "" means Vedette
	Timeout   time.Duration // of a whole request with its body; 0 means 10 min
	Connect   time.Duration // of one connection attempt; 0 means 10 s
	Idle      time.Duration // without a byte of the answer; 0 means 30 s
	MaxBody   int64         // bytes of an answer, packed and unpacked; 0 means 512 MiB
	MaxRatio  int64         // unpacked : packed, judged after the first MiB; 0 means 200
	Redirects int           // followed at most; 0 means 5, negative none

	PerHost int     // requests at once to one untrusted host; 0 means 4
	Rate    float64 // requests a second to one untrusted host; 0 means 10
	Burst   int     // requests before Rate bites; 0 means 20

	// CAs are further certificate authorities in PEM.
	CAs []byte

	Resolver Resolver         // nil means the system's
	Clock    func() time.Time // nil means time.Now
	Log      *slog.Logger     // nil discards
}

// Client is the way out. It is safe for concurrent use.
type Client struct {
	opt      Options
	table    *addressTable
	allow    allowList
	noProxy  allowList
	proxy    *proxy
	routes   []route
	roots    *x509.CertPool
	polite   *polite
	policies [2]*transport
	// observe sees every address just before it is connected to and may veto; nil except in tests.
	observe func(netip.AddrPort) error
}

// New checks the options and returns a client.
func New(o Options) (*Client, error) {
	if err := o.defaults(); err != nil {
		return nil, err
	}
	c := &Client{opt: o, table: newAddressTable(), polite: newPolite(o.PerHost, o.Rate, o.Burst, o.Clock)}
	var err error
	if c.allow, err = parseAllow(o.Allow); err != nil {
		return nil, err
	}
	if c.noProxy, err = parseAllow(o.NoProxy); err != nil {
		return nil, err
	}
	if c.proxy, err = parseProxy(o.Proxy); err != nil {
		return nil, err
	}
	if c.routes, err = parseRoutes(o.Routes); err != nil {
		return nil, err
	}
	if len(o.CAs) > 0 {
		if c.roots, err = x509.SystemCertPool(); err != nil {
			c.roots = x509.NewCertPool()
		}
		if !c.roots.AppendCertsFromPEM(o.CAs) {
			return nil, errs.New(errs.Invalid, "bad_ca", "The extra certificate authorities hold no PEM certificate.")
		}
	}
	c.wire()
	return c, nil
}

// Via returns a client whose untrusted requests all go through another proxy (one source over Tor,
// say). Limits per host are shared with c.
func (c *Client) Via(proxyURL string) (*Client, error) {
	p, err := parseProxy(proxyURL)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return c, nil
	}
	d := *c
	d.proxy, d.noProxy = p, nil
	d.wire()
	return &d, nil
}

// Close drops idle connections.
func (c *Client) Close() {
	for _, t := range c.policies {
		t.direct.CloseIdleConnections()
		t.plain.CloseIdleConnections()
	}
}

// DialContext returns the dial function for drivers that bring their own protocol.
func (c *Client) DialContext(p Policy) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		return c.dial(ctx, p, network, address)
	}
}

// wire builds the two transports. They share no connection pool: a connection that the operator's
// policy opened to a private address must never serve an untrusted request.
func (c *Client) wire() {
	for p := range c.policies {
		policy := Policy(p) //nolint:gosec // two policies
		c.policies[p] = &transport{
			client: c, policy: policy,
			direct: c.httpTransport(c.DialContext(policy)),
			plain:  c.httpTransport(c.dialProxyOnly),
		}
		c.policies[p].plain.Proxy = proxyOfContext
	}
}

func (c *Client) httpTransport(dial func(context.Context, string, string) (net.Conn, error)) *http.Transport {
	return &http.Transport{
		DialContext:            dial,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.roots},
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // body.go unpacks, so that both sizes are bounded
		MaxIdleConns:           64,
		MaxIdleConnsPerHost:    c.opt.PerHost,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    c.opt.Connect,
		ResponseHeaderTimeout:  c.opt.Idle,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: 256 << 10,
	}
}

func (o *Options) defaults() error {
	orDuration := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	orDuration(&o.Timeout, 10*time.Minute)
	orDuration(&o.Connect, 10*time.Second)
	orDuration(&o.Idle, 30*time.Second)
	if o.MaxBody == 0 {
		o.MaxBody = 512 << 20
	}
	if o.MaxRatio == 0 {
		o.MaxRatio = 200
	}
	if o.Redirects == 0 {
		o.Redirects = 5
	}
	if o.PerHost == 0 {
		o.PerHost = 4
	}
	if o.Rate == 0 {
		o.Rate = 10
	}
	if o.Burst == 0 {
		o.Burst = 20
	}
	if o.UserAgent == "" {
		o.UserAgent = "Vedette"
	}
	if o.Resolver == nil {
		o.Resolver = net.DefaultResolver
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Timeout < 0 || o.Connect < 0 || o.Idle < 0 || o.MaxBody < 0 || o.MaxRatio < 0 || o.PerHost < 0 || o.Rate < 0 || o.Burst < 0 {
		return errs.New(errs.Invalid, "bad_egress", "The egress limits must not be negative.")
	}
	return nil
}
