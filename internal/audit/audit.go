// Package audit owns the audit trail: who did what to what, with which outcome, from where; and the hash
// chain that shows later tampering. An entry is written in the transaction of the act where there is one.
// The trail is about acts (logins, refusals, administration, exports, the machine's own scopes); the content
// of edits is in the change log (package change).
//
// Writers do not chain: one consumer links entries afterwards (Chain), so that writers never wait for each
// other. The chain shows that a linked entry was changed, removed or inserted. It cannot show that the
// newest links were cut off together with the stored head; keep Head elsewhere to see that too.
package audit

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/secret"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/tx"
)

// Outcomes of an act.
const (
	OK     = "ok"
	Denied = "denied" // refused by a rule
	Failed = "failed" // allowed, but it did not work
)

// Entry is one act.
type Entry struct {
	Seq       int64     `json:"seq"`
	At        time.Time `json:"at"`
	Actor     id.ID     `json:"actor,omitzero"` // 0 for the system and for the unknown
	ActorName string    `json:"actor_name"`
	Org       id.ID     `json:"org,omitzero"`
	Via       string    `json:"via"` // "session", "key", "cli", "source", "system", "" before login
	Address   string    `json:"address,omitempty"`
	Action    string    `json:"action"`           // dotted, the noun first: "login", "account.create"
	Object    string    `json:"object,omitempty"` // what it was about: "account 12"
	Outcome   string    `json:"outcome"`
	Detail    jsonx.Raw `json:"detail,omitempty"`
	Link      int64     `json:"link,omitzero"` // place in the chain, 0 until linked
	Prev      []byte    `json:"-"`
	Hash      []byte    `json:"-"`
}

// By fills in who from an actor.
func By(a sharing.Actor, action, object, outcome string) Entry {
	return Entry{Actor: a.User, ActorName: a.Name, Org: a.Org, Via: a.Via, Action: action, Object: object, Outcome: outcome}
}

// With returns the entry with details, key by value. Keep them small and free of intelligence.
func (e Entry) With(kv ...any) Entry {
	m := make(map[string]any, len(kv)/2)
	for i := 0; i+1 < len(kv); i += 2 {
		if name, ok := kv[i].(string); ok {
			m[name] = kv[i+1]
		}
	}
	raw, err := jsonx.Marshal(m)
	if err != nil {
		raw = jsonx.Raw(`{"detail":"unprintable"}`)
	}
	e.Detail = raw
	return e
}

// Filter narrows List. Zero fields do not.
type Filter struct {
	Actor   id.ID
	Org     id.ID
	Action  string // this action or those below it: "account" finds "account.create"
	Outcome string
	Object  string // exact
	From    time.Time
	Until   time.Time // exclusive
}

// Store is what the store gives. Implementations join the transaction of ctx.
type Store interface {
	// AppendAudit writes an entry, in a transaction of its own when ctx has none.
	AppendAudit(ctx context.Context, e Entry) error
	// Audits lists entries below the sequence number before (0: from the newest), newest first. Every scope
	// but the denying one sees all that the filter lets through: the Service sets the filter's bounds.
	Audits(ctx context.Context, s sharing.Scope, f Filter, before int64, limit int) ([]Entry, error)
	// LockAuditChain keeps every other consumer out until the end of the transaction of ctx.
	LockAuditChain(ctx context.Context) error
	// UnlinkedAudits returns committed entries that have no place in the chain, oldest first.
	UnlinkedAudits(ctx context.Context, limit int) ([]Entry, error)
	// SetAuditLinks stores Link, Prev and Hash of entries, found by Seq.
	SetAuditLinks(ctx context.Context, entries []Entry) error
	// AuditLinks returns linked entries above a link, in the order of the chain.
	AuditLinks(ctx context.Context, after int64, limit int) ([]Entry, error)
	// PurgeAuditLinks deletes linked entries up to and including a link and says how many.
	PurgeAuditLinks(ctx context.Context, upTo int64) (int64, error)
	// Setting and SetSetting keep the chain's ends.
	Setting(ctx context.Context, name string) (string, error)
	SetSetting(ctx context.Context, name, value string) error
}

// Options of a Service. Store, Tx and Box are required.
type Options struct {
	Store Store
	Tx    tx.Runner
	// Box keys the chain, so that who can write to the store but has not the key file cannot mend it.
	Box *secret.Box
	// Redactor takes registered secret values out of what is written.
	Redactor *secret.Redactor
	Clock    func() time.Time
	Log      *slog.Logger
}

// Service is the only writer of the trail. It is safe for concurrent use.
type Service struct {
	o Options
}

// New makes the service.
func New(o Options) (*Service, error) {
	if o.Store == nil || o.Tx == nil || o.Box == nil {
		return nil, errors.New("audit: store, transactions and key box are required")
	}
	if o.Redactor == nil {
		o.Redactor = &secret.Redactor{}
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{o: o}, nil
}

// maxText bounds every text of an entry, in bytes: agents and names come from outside.
const maxText = 1024

// Record writes an entry. Address is taken from ctx (WithAddress) when empty, At from the clock.
func (s *Service) Record(ctx context.Context, e Entry) error {
	if e.Action == "" || e.Outcome == "" {
		return errors.New("audit: an entry needs an action and an outcome")
	}
	e.At = s.o.Clock().UTC().Truncate(time.Microsecond)
	if e.Address == "" {
		e.Address = Address(ctx)
	}
	for _, text := range []*string{&e.ActorName, &e.Address, &e.Action, &e.Object} {
		*text = clip(s.o.Redactor.Replace(*text))
	}
	if len(e.Detail) > 0 {
		e.Detail = s.redactDetail(e.Detail)
	}
	return s.o.Store.AppendAudit(ctx, e)
}

// redactDetail replaces secrets inside the JSON text. Mark needs no escaping, so the JSON stays whole.
func (s *Service) redactDetail(d jsonx.Raw) jsonx.Raw {
	const most = 16 << 10
	clean := jsonx.Raw(s.o.Redactor.Replace(string(d)))
	if len(clean) > most || !clean.IsValid() {
		return jsonx.Raw(`{"detail":"left out"}`)
	}
	return clean
}

// System opens a scope that sees every row for the machine's own work, and writes that down with its reason.
func (s *Service) System(ctx context.Context, reason string, org id.ID) (sharing.Actor, error) {
	a := sharing.SystemActor(reason, org)
	if a.Scope.Denies() {
		return sharing.Actor{}, errors.New("audit: a system scope needs a reason")
	}
	return a, s.Record(ctx, By(a, "system.scope", "", OK).With("reason", reason))
}

// List returns entries newest first and the cursor of the next page, 0 at the end. It needs audit.read;
// who does not manage all users sees the own organisation's entries only.
func (s *Service) List(ctx context.Context, a sharing.Actor, f Filter, before int64, limit int) ([]Entry, int64, error) {
	if err := a.Need(sharing.ReadAudit); err != nil {
		return nil, 0, err
	}
	if !a.Can(sharing.ManageUsers) {
		if f.Org != 0 && f.Org != a.Org {
			return nil, 0, nil
		}
		f.Org = a.Org
	}
	if limit <= 0 || limit > 500 {
		limit = 100
	}
	list, err := s.o.Store.Audits(ctx, a.Scope, f, before, limit+1)
	if err != nil || len(list) <= limit {
		return list, 0, err
	}
	return list[:limit], list[limit-1].Seq, nil
}

type addressKey struct{}

// WithAddress says from where the acts of ctx come, for Record.
func WithAddress(ctx context.Context, address string) context.Context {
	return context.WithValue(ctx, addressKey{}, address)
}

// Address returns what WithAddress set, else "".
func Address(ctx context.Context) string {
	s, _ := ctx.Value(addressKey{}).(string)
	return s
}

func clip(s string) string {
	if len(s) <= maxText {
		return s
	}
	for i := maxText; i > maxText-4; i-- {
		if s[i]&0xc0 != 0x80 { // not inside a character
			return s[:i]
		}
	}
	return s[:maxText]
}

const chainBroken = "audit_chain_broken"

// errChain is what a broken chain says, for doctor and the console.
func errChain(link int64, reason string) *errs.Error {
	return errs.New(errs.Invalid, chainBroken,
		"The audit trail was changed outside Vedette at link {link}: {reason}. Compare with a backup.", "link", link, "reason", reason)
}
