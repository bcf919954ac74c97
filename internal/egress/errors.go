package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"syscall"

	"github.com/vedette-ti/vedette/internal/errs"
)

func notFound(t target) error {
	return errs.New(errs.Unavailable, "host_not_found",
		"The name {host} does not resolve; check its spelling and this machine's DNS.", "host", t.String())
}

// connectError turns what the network said into an error for people. Cancelling is not an error
// of the network and is returned as it is, like errors that are already meant for people.
func connectError(ctx context.Context, host string, err error) error {
	if e, ok := errs.As(err); ok {
		return e
	}
	if errors.Is(err, context.Canceled) && errors.Is(context.Cause(ctx), context.Canceled) {
		return context.Canceled
	}
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return errs.Wrap(dns, errs.Unavailable, "host_not_found",
			"The name {host} does not resolve; check its spelling and this machine's DNS.", "host", host)
	}
	var timeout net.Error
	switch {
	case dns != nil:
		return errs.Wrap(dns, errs.Unavailable, "dns_failed", "This machine's DNS did not answer for {host}; it is tried again later.", "host", host)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return errs.Wrap(err, errs.Unavailable, "host_timeout", "{host} did not answer in time; it is tried again later.", "host", host)
	case errors.Is(err, syscall.ECONNREFUSED):
		return errs.Wrap(err, errs.Unavailable, "connection_refused", "{host} refuses connections on this port.", "host", host)
	}
	if reason, ok := tlsReason(err); ok {
		return errs.Wrap(err, errs.Unavailable, "tls_failed",
			"The certificate of {host} is not trusted: {reason}. Add its authority to egress.ca_file if the host is yours.", "host", host, "reason", reason)
	}
	return errs.Wrap(err, errs.Unavailable, "connection_failed", "The connection to {host} failed; it is tried again later.", "host", host)
}

func tlsReason(err error) (string, bool) {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	var verify *tls.CertificateVerificationError
	switch {
	case errors.As(err, &unknown):
		return "it is signed by an unknown authority", true
	case errors.As(err, &name):
		return "it belongs to another name", true
	case errors.As(err, &invalid):
		if invalid.Reason == x509.Expired {
			return "it has expired or is not valid yet", true
		}
		return "it is not valid for this use", true
	case errors.As(err, &record):
		return "the port does not speak TLS", true
	case errors.As(err, &verify):
		return "it could not be verified", true
	}
	return "", false
}

// unwrapURL drops the *url.Error around a client's error: its text repeats the whole URL, which may hold a token.
func unwrapURL(err error) error {
	var ue *url.Error
	if errors.As(err, &ue) {
		return ue.Err
	}
	return err
}
