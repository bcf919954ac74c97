package fetch

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
)

// longestWait is the most a server may ask for; more is treated as this.
const longestWait = 24 * time.Hour

// RetryAfter reads Retry-After in either form (RFC 9110 §10.2.3): how long to wait from now, at
// most a day. It is false when the field is absent, unreadable or past.
func RetryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return 0, false
	}
	var wait time.Duration
	if sec, err := strconv.ParseInt(v, 10, 64); err == nil {
		if sec > int64(longestWait/time.Second) {
			return longestWait, true
		}
		wait = time.Duration(sec) * time.Second
	} else if t, err := http.ParseTime(v); err == nil {
		wait = t.Sub(now)
	}
	if wait <= 0 {
		return 0, false
	}
	return min(wait, longestWait), true
}

// Status turns an answer that is not a success into an error. RateLimited and Unavailable ones
// carry the parameter retry_after (whole seconds) when the server named a wait.
func Status(resp *http.Response, now time.Time) error {
	kind, code, message := statusText(resp.StatusCode)
	wait, ok := RetryAfter(resp.Header, now)
	if resp.StatusCode == http.StatusForbidden && (ok || spent(resp.Header)) { // GitHub and others say so by 403
		kind, code, message = statusText(http.StatusTooManyRequests)
	}
	if reset, err := strconv.ParseInt(resp.Header.Get("X-RateLimit-Reset"), 10, 64); !ok && err == nil && spent(resp.Header) {
		wait = min(time.Unix(reset, 0).Sub(now), longestWait)
		ok = wait > 0
	}
	e := errs.New(kind, code, message, "host", hostOf(resp), "status", resp.StatusCode)
	if ok {
		e.Params["retry_after"] = int64((wait + time.Second - 1) / time.Second)
	}
	return e
}

// spent tells that a quota, as many services state it, is used up.
func spent(h http.Header) bool { return h.Get("X-RateLimit-Remaining") == "0" }

// Wait returns the wait that an error of this package or of egress carries, 0 when none.
func Wait(err error) time.Duration {
	if e, ok := errs.As(err); ok {
		if sec, ok := e.Params["retry_after"].(int64); ok {
			return time.Duration(sec) * time.Second
		}
	}
	return 0
}

// Retriable tells whether the same request may succeed later without a change of configuration.
func Retriable(err error) bool {
	k := errs.KindOf(err)
	return k == errs.Unavailable || k == errs.RateLimited
}

func statusText(status int) (errs.Kind, string, string) {
	switch {
	case status == http.StatusUnauthorized || status == http.StatusProxyAuthRequired:
		return errs.Unauthenticated, "remote_login",
			"{host} asks for a login ({status}); check the credentials of this source."
	case status == http.StatusForbidden || status == http.StatusUnavailableForLegalReasons:
		return errs.Forbidden, "remote_forbidden",
			"{host} refuses access ({status}); check the credentials, or whether it blocks automated readers."
	case status == http.StatusNotFound || status == http.StatusGone:
		return errs.NotFound, "remote_not_found", "{host} has no such page ({status}); check the address."
	case status == http.StatusTooManyRequests:
		return errs.RateLimited, "remote_rate_limited", "{host} asks to slow down ({status}); it is tried again later."
	case status == http.StatusRequestEntityTooLarge:
		return errs.TooLarge, "remote_too_large", "{host} says that the request is too large ({status})."
	case status == http.StatusRequestTimeout || status >= 500:
		return errs.Unavailable, "remote_failing", "{host} is failing ({status}); it is tried again later."
	case status >= 300 && status < 400:
		return errs.Invalid, "remote_redirect", "{host} redirects ({status}) without an address that can be followed; enter the final address."
	case status >= 200 && status < 300:
		return errs.Invalid, "remote_no_content", "{host} answered without a document ({status}); check the address."
	}
	return errs.Invalid, "remote_refused", "{host} does not accept the request ({status}); check the address and the credentials."
}
