package egress

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"syscall"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
)

// headStart is how long an address may try alone before the next one joins (RFC 8305 §5).
const headStart = 250 * time.Millisecond

// dial opens a connection under a policy, through the proxy that the target's route names.
func (c *Client) dial(ctx context.Context, p Policy, network, address string) (net.Conn, error) {
	if p == Operator && network == "unix" {
		return (&net.Dialer{Timeout: c.opt.Connect}).DialContext(ctx, network, address)
	}
	if network != "tcp" && network != "tcp4" && network != "tcp6" {
		return nil, errs.New(errs.Unsupported, "bad_network", "Connections of type {network} are not made.", "network", network)
	}
	t, port, err := splitTarget(address)
	if err != nil {
		return nil, err
	}
	if px := c.route(p, t, port); px != nil {
		return c.dialThrough(ctx, p, px, t, port)
	}
	addrs, err := c.resolve(ctx, p, t, port)
	if err != nil {
		return nil, err
	}
	return c.race(ctx, p, t, network, addrs, port)
}

func splitTarget(address string) (target, uint16, error) {
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return target{}, 0, errs.Wrap(err, errs.Invalid, "bad_address", "{address} is not an address with a port.", "address", shown(address))
	}
	t, err := parseHost(host)
	if err != nil {
		return target{}, 0, err
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil || port == 0 {
		return target{}, 0, errs.New(errs.Invalid, "bad_port", "{port} is not a port; ports are 1 to 65535.", "port", shown(portText))
	}
	return t, uint16(port), nil
}

// String returns the host as shown to people.
func (t target) String() string {
	if t.addr.IsValid() {
		return t.addr.String()
	}
	return t.name
}

// resolve returns the addresses that may be dialled. One bad address among good ones refuses the
// whole name: answers that mix public and private addresses are how rebinding starts.
func (c *Client) resolve(ctx context.Context, p Policy, t target, port uint16) ([]netip.Addr, error) {
	if what, need := needsRoute(t.name); need {
		return nil, errs.New(errs.Forbidden, "no_route", "{host} is {what}; set a proxy for it in egress.routes.", "host", t.String(), "what", what)
	}
	if err := c.checkPort(p, t, port); err != nil {
		return nil, err
	}
	addrs := []netip.Addr{t.addr}
	if !t.addr.IsValid() {
		lookup, cancel := context.WithTimeout(ctx, c.opt.Connect)
		defer cancel()
		var err error
		if addrs, err = c.opt.Resolver.LookupNetIP(lookup, "ip", t.name); err != nil {
			return nil, connectError(ctx, t.String(), err)
		}
		if len(addrs) == 0 {
			return nil, notFound(t)
		}
	}
	if err := c.checkAddrs(p, t, addrs, port); err != nil {
		return nil, err
	}
	return addrs, nil
}

// checkPort refuses ports on which an HTTP request would speak to another service.
func (c *Client) checkPort(p Policy, t target, port uint16) error {
	if p == Operator || !badPort(uint64(port)) {
		return nil
	}
	text := strconv.Itoa(int(port))
	_, exact := c.allow.host(t.name, text)
	if t.addr.IsValid() {
		_, _, exact = c.allow.address(t.addr.Unmap(), text)
	}
	if exact {
		return nil
	}
	return errs.New(errs.Forbidden, "port_blocked",
		"Port {port} of {host} serves no web pages and is not contacted; add {host}:{port} to egress.allow if this service is yours.",
		"host", t.String(), "port", port)
}

func (c *Client) checkAddrs(p Policy, t target, addrs []netip.Addr, port uint16) error {
	if p == Operator {
		return nil
	}
	text := strconv.Itoa(int(port))
	hostOpen, _ := c.allow.host(t.name, text)
	for _, a := range addrs {
		v := c.table.classify(a)
		if v.what == "" {
			continue
		}
		open, single, _ := c.allow.address(a.Unmap(), text)
		if v.metadata && single || !v.metadata && (open || hostOpen) {
			continue
		}
		return blocked(t, a, v.what)
	}
	return nil
}

func blocked(t target, a netip.Addr, what string) error {
	if t.addr.IsValid() {
		return errs.New(errs.Forbidden, "address_blocked",
			"{address} is {what}; add it to egress.allow if this address is yours.", "address", a.String(), "what", what)
	}
	return errs.New(errs.Forbidden, "address_blocked",
		"{host} leads to {address}, {what}; add {host} to egress.allow if this host is yours.", "host", t.String(), "address", a.String(), "what", what)
}

// race connects to the addresses in order, each with a head start, and keeps the first that answers.
func (c *Client) race(ctx context.Context, p Policy, t target, network string, addrs []netip.Addr, port uint16) (net.Conn, error) {
	type result struct {
		conn net.Conn
		err  error
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	addrs = interleave(addrs)
	results := make(chan result, len(addrs))
	started, failed := 0, 0
	var first error
	start := func() {
		a := addrs[started]
		started++
		go func() {
			conn, err := c.connect(ctx, p, t, network, netip.AddrPortFrom(a, port))
			results <- result{conn, err}
		}()
	}
	start()
	next := time.NewTicker(headStart)
	defer next.Stop()
	for {
		select {
		case <-next.C:
			if started < len(addrs) {
				start()
			}
		case r := <-results:
			if r.err == nil {
				go func(rest int) { // later winners are closed
					for range rest {
						if late := <-results; late.conn != nil {
							late.conn.Close()
						}
					}
				}(started - failed - 1)
				return r.conn, nil
			}
			if first == nil {
				first = r.err
			}
			failed++
			if failed == len(addrs) {
				return nil, connectError(ctx, t.String(), first)
			}
			if failed == started {
				start()
			}
		}
	}
}

// interleave alternates IPv6 and IPv4, first family as given, at most 8 in all.
func interleave(addrs []netip.Addr) []netip.Addr {
	const most = 8
	var six, four, out []netip.Addr
	for _, a := range addrs {
		if a.Unmap().Is4() {
			four = append(four, a)
		} else {
			six = append(six, a)
		}
	}
	a, b := six, four
	if len(addrs) > 0 && addrs[0].Unmap().Is4() {
		a, b = four, six
	}
	for i := 0; (i < len(a) || i < len(b)) && len(out) < most; i++ {
		if i < len(a) {
			out = append(out, a[i])
		}
		if i < len(b) {
			out = append(out, b[i])
		}
	}
	return out
}

// connect makes one attempt. The control hook sees the address the kernel will get and compares.
func (c *Client) connect(ctx context.Context, p Policy, t target, network string, to netip.AddrPort) (net.Conn, error) {
	d := net.Dialer{
		Timeout:   c.opt.Connect,
		KeepAlive: 30 * time.Second,
		ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
			got, err := netip.ParseAddrPort(address)
			if err != nil {
				return err
			}
			same := got.Port() == to.Port() && got.Addr().Unmap().WithZone("") == to.Addr().Unmap().WithZone("")
			if !same {
				return errs.New(errs.Forbidden, "address_changed", "The address of {host} changed after it was checked.", "host", t.String())
			}
			if err := c.checkAddrs(p, t, []netip.Addr{got.Addr()}, to.Port()); err != nil {
				return err
			}
			if c.observe != nil {
				return c.observe(got)
			}
			return nil
		},
	}
	return d.DialContext(ctx, network, to.String())
}
