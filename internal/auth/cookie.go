package auth

import (
	"net/http"
	"time"

	"github.com/vedette-ti/vedette/internal/account"
)

// Cookie names. The prefix __Host- makes browsers refuse a cookie that is not Secure, not for "/" or set by
// another host (RFC 6265bis, 4.1.3.2); it cannot be had without TLS, which only loopback may do without.
const (
	secureCookie = "__Host-vedette"
	plainCookie  = "vedette"
)

func (a *Authenticator) cookieName() string {
	if a.secure {
		return secureCookie
	}
	return plainCookie
}

// token returns the session token of a request, "" for none. Two cookies of the name are none: one of them
// was planted.
func (a *Authenticator) token(r *http.Request) string {
	if c := r.CookiesNamed(a.cookieName()); len(c) == 1 {
		return c[0].Value
	}
	return ""
}

// SetSession gives the browser the cookie of a login. SameSite=Strict does not hinder links from mail: the
// console's page needs no cookie, and what it then asks for is same-site.
func (a *Authenticator) SetSession(w http.ResponseWriter, l account.Login) {
	age := int(l.Session.Expires.Sub(a.o.Clock()) / time.Second)
	if age < 1 {
		age = -1
	}
	http.SetCookie(w, a.cookie(l.Token, age))
	w.Header().Set("Cache-Control", "no-store")
}

// ClearSession takes the cookie back.
func (a *Authenticator) ClearSession(w http.ResponseWriter) {
	http.SetCookie(w, a.cookie("", -1))
	w.Header().Set("Cache-Control", "no-store")
}

func (a *Authenticator) cookie(value string, age int) *http.Cookie {
	return &http.Cookie{
		Name: a.cookieName(), Value: value, Path: "/", MaxAge: age,
		Secure: a.secure, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
}
