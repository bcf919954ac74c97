package rest

import (
	"context"
	"net/http"

	"github.com/vedette-ti/vedette/internal/account"
	"github.com/vedette-ti/vedette/internal/auth"
)

// sessionRoutes are set-up, links, login and logout.
func (s *Server) sessionRoutes() {
	open, in := Rule{Public: true}, Rule{Unready: true}
	register(s, op{Method: "GET", Path: "/setup", ID: "setup-state", Tag: "session", Summary: "Is set-up needed?", Rule: open}, s.setupState)
	register(s, op{Method: "POST", Path: "/setup", ID: "setup", Tag: "session", Summary: "Make the first administrator", Rule: open, Status: http.StatusCreated, Doc: "The token is in the link that the first start prints. Logs in."}, s.setup)
	register(s, op{Method: "POST", Path: "/links/look", ID: "look-at-link", Tag: "session", Summary: "What a link is for", Rule: open, Doc: "Looks at an invitation or reset link without using it."}, s.lookAtLink)
	register(s, op{Method: "POST", Path: "/links/redeem", ID: "redeem-link", Tag: "session", Summary: "Set a password by a link", Rule: open, Doc: "Uses an invitation or reset link. Log in afterwards."}, s.redeemLink)
	register(s, op{Method: "POST", Path: "/session", ID: "log-in", Tag: "session", Summary: "Log in", Rule: open, Doc: "An account with a second factor answers totp_required when the password is right and the code is missing."}, s.logIn)
	register(s, op{Method: "DELETE", Path: "/session", ID: "log-out", Tag: "session", Summary: "Log out", Rule: open, Status: http.StatusNoContent, Doc: "Without a session it only clears the cookie."}, s.logOut)
	register(s, op{Method: "POST", Path: "/reauthenticate", ID: "reauthenticate", Tag: "session", Summary: "Give the password again", Rule: in, Doc: "Operations that change credentials or reach ask for a password of the last 15 minutes (verify_required).", Repeatable: true}, s.reauthenticate)
}

type setupStateOut struct {
	Needed bool `json:"needed"`
}

func (s *Server) setupState(ctx context.Context, _ *empty) (*body[setupStateOut], error) {
	needed, err := s.o.Accounts.NeedsSetup(ctx)
	return answer(setupStateOut{Needed: needed}), err
}

// setup is the form behind the set-up link.
type setup struct {
	Token        string `json:"token" maxLength:"100" doc:"From the set-up link."`
	Organisation string `json:"organisation,omitempty" maxLength:"300" example:"Example Corp"`
	Email        string `json:"email" maxLength:"320" example:"ana@example.org"`
	Name         string `json:"name" maxLength:"300" example:"Ana"`
	Password     string `json:"password" maxLength:"1024"`
	Locale       string `json:"locale,omitempty" enum:"en,zh"`
}

type setupIn struct {
	request
	Body setup
}

func (s *Server) setup(ctx context.Context, in *setupIn) (*withCookie[me], error) {
	if err := s.o.Auth.LimitLogin(in.http); err != nil {
		return nil, err
	}
	b := in.Body
	l, err := s.o.Accounts.CompleteSetup(ctx, account.Setup{
		Token: b.Token, Organisation: b.Organisation, Email: b.Email, Name: b.Name, Password: b.Password, Locale: b.Locale, Client: s.o.Auth.Client(in.http),
	})
	if err != nil {
		return nil, err
	}
	return s.loggedIn(ctx, l)
}

// loggedIn answers a login with the cookie and who it is now.
func (s *Server) loggedIn(ctx context.Context, l account.Login) (*withCookie[me], error) {
	out, err := s.meOf(ctx, l.Session.User, &l.Session)
	if err != nil {
		return nil, err
	}
	return &withCookie[me]{SetCookie: s.cookieOf(l), Body: out}, nil
}

// login is the login form.
type login struct {
	Email    string `json:"email" maxLength:"320" example:"ana@example.org"`
	Password string `json:"password" maxLength:"1024"`
	Code     string `json:"code,omitempty" maxLength:"40" doc:"Of the authenticator app, or a recovery code."`
}

type loginIn struct {
	request
	Body login
}

func (s *Server) logIn(ctx context.Context, in *loginIn) (*withCookie[me], error) {
	if err := s.o.Auth.LimitLogin(in.http); err != nil {
		return nil, err
	}
	l, err := s.o.Accounts.Login(ctx, account.LoginRequest{Email: in.Body.Email, Password: in.Body.Password, Code: in.Body.Code, Client: s.o.Auth.Client(in.http)})
	if err != nil {
		return nil, err
	}
	return s.loggedIn(ctx, l)
}

func (s *Server) logOut(ctx context.Context, _ *empty) (*cookieOnly, error) {
	who := auth.IdentityFrom(ctx)
	if who.Session != nil {
		if err := s.o.Accounts.Logout(ctx, who.Actor, *who.Session); err != nil {
			return nil, err
		}
	}
	return &cookieOnly{SetCookie: s.clearedCookie()}, nil
}

// proof is a password given again.
type proof struct {
	Password string `json:"password" maxLength:"1024"`
	Code     string `json:"code,omitempty" maxLength:"40" doc:"Where a second factor is set up."`
}

type proofIn struct {
	request
	Body proof
}

func (s *Server) reauthenticate(ctx context.Context, in *proofIn) (*cookieOnly, error) {
	now, err := session(ctx)
	if err != nil {
		return nil, err
	}
	l, err := s.o.Accounts.Reverify(ctx, now, in.Body.Password, in.Body.Code, s.o.Auth.Client(in.http))
	if err != nil {
		return nil, err
	}
	return &cookieOnly{SetCookie: s.cookieOf(l)}, nil
}

type linkIn struct {
	request
	Body struct {
		Token string `json:"token" maxLength:"100"`
	}
}

type linkOut struct {
	Purpose string `json:"purpose" enum:"setup,invite,reset"`
	Email   string `json:"email,omitempty"`
}

func (s *Server) lookAtLink(ctx context.Context, in *linkIn) (*body[linkOut], error) {
	if err := s.o.Auth.LimitLogin(in.http); err != nil {
		return nil, err
	}
	purpose, email, err := s.o.Accounts.LinkInfo(ctx, in.Body.Token)
	return answer(linkOut{Purpose: purpose, Email: email}), err
}

type redeemIn struct {
	request
	Body struct {
		Token    string `json:"token" maxLength:"100"`
		Password string `json:"password" maxLength:"1024"`
	}
}

func (s *Server) redeemLink(ctx context.Context, in *redeemIn) (*empty, error) {
	if err := s.o.Auth.LimitLogin(in.http); err != nil {
		return nil, err
	}
	return nil, s.o.Accounts.RedeemLink(ctx, in.Body.Token, in.Body.Password, s.o.Auth.Client(in.http))
}
