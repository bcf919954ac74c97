package storetest

import (
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/vedette-ti/vedette/internal/account"
	"github.com/vedette-ti/vedette/internal/audit"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/secret"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/store/sqldb"
)

// people is a store with its account and audit services and a clock that tests move.
type people struct {
	db     *sqldb.DB
	svc    *account.Service
	audits *audit.Service
	box    *secret.Box
	sys    sharing.Actor

	mu  sync.Mutex
	now time.Time
}

func newPeople(t *testing.T, open Factory) *people {
	t.Helper()
	p := &people{db: open(t), now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), sys: sharing.SystemActor("test", account.HostOrganisation)}
	var err error
	p.box, err = secret.Ephemeral()
	must(t, err)
	p.audits, err = audit.New(audit.Options{Store: p.db, Tx: p.db, Box: p.box, Clock: p.clock})
	must(t, err)
	p.svc = p.service(t)
	must(t, p.svc.Prepare(t.Context()))
	return p
}

// service makes a further service on the same store, as another process would.
func (p *people) service(t *testing.T) *account.Service {
	t.Helper()
	svc, err := account.New(account.Options{
		Store: p.db, Tx: p.db, Changes: p.db, Audit: p.audits, Box: p.box, Clock: p.clock,
		Hash: account.HashOptions{MemoryKiB: 64, Passes: 1, Waiting: 1000},
	})
	must(t, err)
	return svc
}

func (p *people) clock() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

func (p *people) pass(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = p.now.Add(d)
}

// org makes a local organisation.
func (p *people) org(t *testing.T, name string) id.ID {
	t.Helper()
	o, err := p.svc.CreateOrganisation(t.Context(), p.sys, account.Organisation{Name: name, Local: true})
	must(t, err)
	return o.ID
}

const goodPassword = "green kettle orbit"

// user makes an account that can log in.
func (p *people) user(t *testing.T, email string, org, role id.ID) account.User {
	t.Helper()
	u, err := p.svc.CreateUser(t.Context(), p.sys, account.NewUser{Email: email, Org: org, Role: role, Password: goodPassword})
	must(t, err)
	return u
}

// actor makes an account and returns it as an actor.
func (p *people) actor(t *testing.T, email string, org, role id.ID) sharing.Actor {
	t.Helper()
	a, err := p.svc.ActorFor(t.Context(), p.user(t, email, org, role).ID, "session")
	must(t, err)
	return a
}

func from(address string) account.Client {
	return account.Client{Address: netip.MustParseAddr(address), Agent: "test"}
}

// login logs in from an address of its own.
func (p *people) login(t *testing.T, email string) account.Login {
	t.Helper()
	l, err := p.svc.Login(t.Context(), account.LoginRequest{Email: email, Password: goodPassword, Client: from("192.0.2.1")})
	must(t, err)
	return l
}

// wantCode fails unless err has the code ("" for none).
func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	got := ""
	if e, ok := errs.As(err); ok {
		got = e.Code
	} else if err != nil {
		got = err.Error()
	}
	if got != code {
		t.Fatalf("error code %q (%v), want %q", got, err, code)
	}
}

// audited counts entries of an action with an outcome.
func (p *people) audited(t *testing.T, action, outcome string) int {
	t.Helper()
	list, err := p.db.Audits(t.Context(), p.sys.Scope, audit.Filter{Action: action, Outcome: outcome}, 0, 1000)
	must(t, err)
	return len(list)
}
