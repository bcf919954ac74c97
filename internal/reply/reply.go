// Package reply owns the remembered answers of requests that carry an idempotency key: the same key with the
// same request gets the first answer again, and nothing is done twice. Answers are kept a day, encrypted,
// since some show a secret once. It owns no protocol: dialects say what a request's key and fingerprint are.
package reply

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/secret"
)

// Limits.
const (
	// Keep is how long an answer is remembered.
	Keep = 24 * time.Hour
	// MaxKey bounds a client's key in bytes.
	MaxKey = 200
	// MaxBody bounds a kept answer; of a longer one only the fact is kept.
	MaxBody = 1 << 20
	// running is how long the first request may take before nobody can say what became of it.
	running = 15 * time.Minute
)

// Answer is what is given again.
type Answer struct {
	Status int               `json:"status"`
	Header map[string]string `json:"header,omitempty"`
	Body   []byte            `json:"body,omitempty"`
}

// Row is a stored answer. Sealed is empty while the first request runs, and when its answer was too long.
type Row struct {
	Key, Print []byte
	At         time.Time
	Done       bool
	Sealed     []byte
}

// Store keeps rows. Each method is one transaction.
type Store interface {
	// Reserve inserts the row, or returns the one that is there (fresh false). It removes rows older than before.
	Reserve(ctx context.Context, r Row, before time.Time) (held Row, fresh bool, err error)
	// Settle stores the answer of a reserved row.
	Settle(ctx context.Context, key, sealed []byte) error
	// Release removes a row whose request had no effect.
	Release(ctx context.Context, key []byte) error
}

// Service remembers answers.
type Service struct {
	store Store
	box   *secret.Box
	clock func() time.Time
}

// New makes a service.
func New(store Store, box *secret.Box, clock func() time.Time) (*Service, error) {
	if store == nil || box == nil {
		return nil, errors.New("reply: a part is missing")
	}
	if clock == nil {
		clock = time.Now
	}
	return &Service{store: store, box: box, clock: clock}, nil
}

// Ticket is a request that may go on.
type Ticket struct {
	s   *Service
	key []byte
}

// Begin asks whether a request may go on. Who names the asker: keys of two askers never meet. It returns a
// ticket for a new request, or the answer of the first one. Errors: errs.Invalid for a bad key, errs.Conflict
// when the key belongs to another request, to one that still runs, or to one whose answer is not known.
func (s *Service) Begin(ctx context.Context, who, key string, print [32]byte) (*Ticket, *Answer, error) {
	if len(key) > MaxKey {
		return nil, nil, errs.New(errs.Invalid, "idempotency_key", "An Idempotency-Key has at most {limit} characters.", "limit", MaxKey).At("Idempotency-Key")
	}
	sum := sha256.Sum256([]byte(who + "\x00" + key))
	now := s.clock()
	t := &Ticket{s: s, key: sum[:]}
	mark, err := s.box.MAC(purpose, print[:]) // a bare hash of a body with a password would help to guess it
	if err != nil {
		return nil, nil, err
	}
	held, fresh, err := s.store.Reserve(ctx, Row{Key: t.key, Print: mark, At: now}, now.Add(-Keep))
	if err == nil && !fresh {
		if same, known, e := s.box.CheckMAC(purpose, print[:], held.Print); e != nil || known && !same {
			err = errReused
		}
	}
	switch {
	case err != nil:
		return nil, nil, err
	case fresh:
		return t, nil, nil
	case !held.Done && now.Sub(held.At) < running:
		return nil, nil, errs.New(errs.Conflict, "idempotency_running", "The first request with this Idempotency-Key is still running: ask again in a moment.")
	case !held.Done:
		return nil, nil, errs.New(errs.Conflict, "idempotency_lost", "The first request with this Idempotency-Key was cut off and may have had its effect: look, then send it with a fresh key if it had none.")
	case len(held.Sealed) == 0:
		return nil, nil, errs.New(errs.Conflict, "idempotency_done", "This was done by the first request; its answer was too long to be kept.")
	}
	a, err := s.open(t.key, held.Sealed)
	return nil, a, err
}

const purpose = "idempotency"

var errReused = errs.New(errs.Conflict, "idempotency_reused", "This Idempotency-Key was used for another request: take a fresh one.")

func (s *Service) open(key, sealed []byte) (*Answer, error) {
	b, err := s.box.Open(sealed, seal(key))
	if err != nil {
		return nil, err
	}
	var a Answer
	return &a, jsonx.Unmarshal(b, &a)
}

func seal(key []byte) string { return "reply:" + hex.EncodeToString(key) }

// Keep remembers the answer of a request that had its effect or was refused for good.
func (t *Ticket) Keep(ctx context.Context, a Answer) error {
	var sealed []byte
	if len(a.Body) <= MaxBody {
		b, err := jsonx.Marshal(a)
		if err != nil {
			return err
		}
		if sealed, err = t.s.box.Seal(b, seal(t.key)); err != nil {
			return err
		}
	}
	return t.s.store.Settle(ctx, t.key, sealed)
}

// Drop forgets a request that had no effect and may be sent again.
func (t *Ticket) Drop(ctx context.Context) error { return t.s.store.Release(ctx, t.key) }
