package audit

import (
	"context"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
)

// End is one end of the chain: a link and its hash. The zero End is the beginning.
type End struct {
	Link int64  `json:"link"`
	Hash []byte `json:"hash"`
}

// String returns "link:hash", the form in which an operator may keep it elsewhere.
func (e End) String() string { return strconv.FormatInt(e.Link, 10) + ":" + hex.EncodeToString(e.Hash) }

// ParseEnd reads what String wrote.
func ParseEnd(s string) (End, error) {
	link, digest, ok := strings.Cut(s, ":")
	n, err := strconv.ParseInt(link, 10, 64)
	h, err2 := hex.DecodeString(digest)
	if !ok || err != nil || err2 != nil || n < 0 {
		return End{}, errs.New(errs.Invalid, "bad_audit_head", "{value} is not a head of the audit trail: write link:hash as shown by audit head.", "value", clip(s))
	}
	return End{Link: n, Hash: h}, nil
}

// Settings that hold the ends: the newest link, and the newest purged one.
const (
	headSetting  = "audit_head"
	floorSetting = "audit_floor"
	macPurpose   = "audit chain"
	batch        = 500
)

func (s *Service) end(ctx context.Context, name string) (End, error) {
	text, err := s.o.Store.Setting(ctx, name)
	if errs.KindOf(err) == errs.NotFound {
		return End{}, nil
	}
	if err != nil {
		return End{}, err
	}
	body, digest, _ := cutLast(text)
	mac, err := hex.DecodeString(digest)
	if err != nil {
		return End{}, errChain(0, "the stored end of the chain is not one")
	}
	fits, _, err := s.o.Box.CheckMAC(name, []byte(body), mac)
	if err != nil {
		return End{}, err
	}
	if !fits {
		return End{}, errChain(0, "the stored end of the chain was not written by this installation")
	}
	return ParseEnd(body)
}

// setEnd stores an end with a digest of its own, so that it cannot be moved from outside.
func (s *Service) setEnd(ctx context.Context, name string, e End) error {
	mac, err := s.o.Box.MAC(name, []byte(e.String()))
	if err != nil {
		return err
	}
	return s.o.Store.SetSetting(ctx, name, e.String()+":"+hex.EncodeToString(mac))
}

func cutLast(s string) (before, after string, found bool) {
	if i := strings.LastIndexByte(s, ':'); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

// Head returns the newest link. Kept elsewhere, it shows a cut-off end.
func (s *Service) Head(ctx context.Context) (End, error) { return s.end(ctx, headSetting) }

// Chain links at most one batch of entries and says how many; call it until it returns 0. Any number of
// processes may call it.
func (s *Service) Chain(ctx context.Context) (int, error) {
	waiting, err := s.o.Store.UnlinkedAudits(ctx, 1)
	if err != nil || len(waiting) == 0 {
		return 0, err
	}
	linked := 0
	err = s.o.Tx.Run(ctx, func(ctx context.Context) error {
		linked = 0
		if err := s.o.Store.LockAuditChain(ctx); err != nil {
			return err
		}
		head, err := s.end(ctx, headSetting)
		if err != nil {
			return err
		}
		entries, err := s.o.Store.UnlinkedAudits(ctx, batch)
		if err != nil || len(entries) == 0 {
			return err
		}
		for i := range entries {
			e := &entries[i]
			e.Link, e.Prev = head.Link+1, head.Hash
			if e.Hash, err = s.o.Box.MAC(macPurpose, encode(*e)); err != nil {
				return err
			}
			head = End{Link: e.Link, Hash: e.Hash}
		}
		if err := s.o.Store.SetAuditLinks(ctx, entries); err != nil {
			return err
		}
		linked = len(entries)
		return s.setEnd(ctx, headSetting, head)
	})
	return linked, err
}

// Run links entries until ctx ends, looking every second.
func (s *Service) Run(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		n, err := s.Chain(ctx)
		if err != nil && ctx.Err() == nil {
			s.o.Log.ErrorContext(ctx, "audit chain not extended", slog.Any("error", err))
		}
		if n == batch && err == nil {
			continue
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Verification is the result of Verify.
type Verification struct {
	Checked int64 `json:"checked"` // links looked at
	First   int64 `json:"first"`   // the oldest one kept
	Head    End   `json:"head"`
	// Pending entries are written but not linked yet.
	Pending bool `json:"pending"`
	// Broken is the first link that does not hold, nil when all do.
	Broken *errs.Error `json:"-"`
}

// Verify reads the whole chain and reports the first link that does not hold. Known is a head kept
// elsewhere (zero: none); a chain that does not pass through it was cut off or made anew.
func (s *Service) Verify(ctx context.Context, known End) (Verification, error) {
	head, err := s.end(ctx, headSetting)
	if err != nil {
		return broken(err)
	}
	floor, err := s.end(ctx, floorSetting)
	if err != nil {
		return broken(err)
	}
	v := Verification{Head: head, First: floor.Link + 1}
	last := floor
	for v.Broken == nil && last.Link < head.Link { // links made meanwhile are left for the next time
		entries, err := s.o.Store.AuditLinks(ctx, last.Link, batch)
		if err != nil {
			return v, err
		}
		if len(entries) == 0 {
			break
		}
		for _, e := range entries {
			if v.Broken, err = s.check(e, last); v.Broken != nil || err != nil {
				return v, err
			}
			if known.Link == e.Link && !same(known.Hash, e.Hash) {
				v.Broken = errChain(e.Link, "it is not the link that was noted elsewhere")
				return v, nil
			}
			last = End{Link: e.Link, Hash: e.Hash}
			v.Checked++
		}
	}
	switch {
	case last.Link < head.Link:
		v.Broken = errChain(last.Link+1, "the newest entries are missing")
	case known.Link > last.Link:
		v.Broken = errChain(last.Link+1, "the chain ends before the link that was noted elsewhere")
	case last.Link == head.Link && !same(last.Hash, head.Hash):
		v.Broken = errChain(last.Link, "it is not the stored end of the chain")
	}
	waiting, err := s.o.Store.UnlinkedAudits(ctx, 1)
	v.Pending = len(waiting) > 0
	return v, err
}

func broken(err error) (Verification, error) {
	if e, ok := errs.As(err); ok && e.Code == chainBroken {
		return Verification{Broken: e}, nil
	}
	return Verification{}, err
}

func (s *Service) check(e Entry, last End) (*errs.Error, error) {
	if e.Link != last.Link+1 {
		return errChain(last.Link+1, "the entry is missing"), nil
	}
	if !same(e.Prev, last.Hash) {
		return errChain(e.Link, "it does not follow the entry before it"), nil
	}
	fits, known, err := s.o.Box.CheckMAC(macPurpose, encode(e), e.Hash)
	if err != nil || fits {
		return nil, err
	}
	if !known {
		return errChain(e.Link, "the key that sealed it is not in the key file"), nil
	}
	return errChain(e.Link, "its content was changed"), nil
}

// Purge deletes linked entries older than before, by retention, and remembers where the chain now begins.
func (s *Service) Purge(ctx context.Context, before time.Time) (int64, error) {
	var purged int64
	err := s.o.Tx.Run(ctx, func(ctx context.Context) error {
		purged = 0
		if err := s.o.Store.LockAuditChain(ctx); err != nil {
			return err
		}
		floor, err := s.end(ctx, floorSetting)
		if err != nil {
			return err
		}
		last := floor
		for done := false; !done; {
			entries, err := s.o.Store.AuditLinks(ctx, last.Link, batch)
			if err != nil {
				return err
			}
			done = len(entries) == 0
			for _, e := range entries {
				if !e.At.Before(before) {
					done = true
					break
				}
				last = End{Link: e.Link, Hash: e.Hash}
			}
		}
		if last.Link == floor.Link {
			return nil
		}
		if purged, err = s.o.Store.PurgeAuditLinks(ctx, last.Link); err != nil {
			return err
		}
		return s.setEnd(ctx, floorSetting, last)
	})
	return purged, err
}

// encode is the hashed form of an entry: each field with its length, in this order, for ever.
func encode(e Entry) []byte {
	b := make([]byte, 0, 256+len(e.Detail))
	number := func(n int64) { b = binary.BigEndian.AppendUint64(b, uint64(n)) } //nolint:gosec // any 64 bits
	text := func(s string) {
		number(int64(len(s)))
		b = append(b, s...)
	}
	number(e.Link)
	number(e.Seq)
	number(e.At.UnixMicro())
	number(int64(e.Actor))
	number(int64(e.Org))
	for _, s := range []string{e.ActorName, e.Via, e.Address, e.Action, e.Object, e.Outcome, string(e.Detail), string(e.Prev)} {
		text(s)
	}
	return b
}

func same(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }
