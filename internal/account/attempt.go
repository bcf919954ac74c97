package account

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
)

// limit is how failures of one kind of key slow attempts down: after free failures each further one doubles
// the wait from one second up to most. Failures are forgotten after quiet without one.
type limit struct {
	free        int64
	most, quiet time.Duration
}

// An account waits at most five minutes, so that nobody can lock somebody else out for long; an address,
// which may try many accounts, waits longer.
func accountLimit() limit { return limit{free: 5, most: 5 * time.Minute, quiet: 24 * time.Hour} }
func addressLimit() limit { return limit{free: 20, most: 30 * time.Minute, quiet: 2 * time.Hour} }

// wait is how long after failure number n no attempt is taken.
func (l limit) wait(n int64) time.Duration {
	if n <= l.free {
		return 0
	}
	shift := min(n-l.free-1, 30)
	return min(time.Second<<shift, l.most)
}

// attempts are the keys that one login counts against.
type attempt struct {
	account, address string
}

// attemptOf makes the keys. They are digests: what is typed into the e-mail field may be a password, and
// the table must not hold it. IPv6 addresses count by /64, which is one customer.
func attemptOf(email string, address netip.Addr) attempt {
	a := attempt{account: "account:" + digest(Fold(email))}
	if address.IsValid() {
		a.address = "address:" + AddressKey(address)
	}
	return a
}

// AddressKey is the form in which limits count a client address: IPv4 as it is, IPv6 by its /64.
func AddressKey(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:16])
}

func (a attempt) keys() map[string]limit {
	m := map[string]limit{a.account: accountLimit()}
	if a.address != "" {
		m[a.address] = addressLimit()
	}
	return m
}

// reserve counts an attempt as a failure before it is tried, so that a hundred at once do not all pass
// before the first fails. settle or release take it back. It refuses while a key waits.
func (s *Service) reserve(ctx context.Context, a attempt) error {
	return s.o.Tx.Run(ctx, func(ctx context.Context) error {
		now := s.now()
		keys := a.keys()
		rows := map[string]Attempt{}
		for _, key := range []string{a.account, a.address} { // always in this order: no deadlock
			if key == "" {
				continue
			}
			row, err := s.o.Store.LoginAttempt(ctx, key)
			if err != nil {
				return err
			}
			if row.Failures > 0 && now.Sub(row.Since) > keys[key].quiet {
				row = Attempt{}
			}
			if now.Before(row.Until) {
				seconds := int64(row.Until.Sub(now)/time.Second) + 1
				return errs.New(errs.RateLimited, "login_wait",
					"Too many failed attempts: try again in {seconds} seconds.", "seconds", seconds)
			}
			rows[key] = row
		}
		for key, row := range rows {
			row.Failures++
			row.Since = now
			row.Until = now.Add(keys[key].wait(row.Failures))
			if err := s.o.Store.SetLoginAttempt(ctx, key, row); err != nil {
				return err
			}
		}
		return nil
	})
}

// settle takes a reservation back after a success. The account begins anew; the address keeps its other
// failures, so that an attacker's own account does not clear them.
func (s *Service) settle(ctx context.Context, a attempt) error {
	if err := s.o.Store.SetLoginAttempt(ctx, a.account, Attempt{}); err != nil {
		return err
	}
	return s.giveBack(ctx, a.address)
}

// release takes a reservation back when nothing was tried or nothing was wrong.
func (s *Service) release(ctx context.Context, a attempt) error {
	return s.o.Tx.Run(ctx, func(ctx context.Context) error {
		if err := s.giveBack(ctx, a.account); err != nil {
			return err
		}
		return s.giveBack(ctx, a.address)
	})
}

func (s *Service) giveBack(ctx context.Context, key string) error {
	if key == "" {
		return nil
	}
	row, err := s.o.Store.LoginAttempt(ctx, key)
	if err != nil || row.Failures == 0 {
		return err
	}
	row.Failures--
	row.Until = time.Time{}
	return s.o.Store.SetLoginAttempt(ctx, key, row)
}
