package account

import (
	"context"
	"crypto/sha256"
	"io"
	"net/netip"
	"slices"
	"time"

	"github.com/vedette-ti/vedette/internal/audit"
	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// NewKey describes an API key to be made.
type NewKey struct {
	User        id.ID // 0: the actor
	Name        string
	Permissions []sharing.Permission // nil: all of the role, now and later
	Addresses   []netip.Prefix       // none: from everywhere
	Expires     time.Time            // zero: never
}

const (
	keyLength    = 40 // as MISP's, so that its clients take it
	keyAlphabet  = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	keyPrefix    = 4
	maxAddresses = 100
	maxKeys      = 200 // live ones per account
)

// errKey is the one answer for a key that does not open: who holds a stolen key learns nothing from it. The
// audit trail tells which it was.
var errKey = errs.New(errs.Unauthenticated, "key_invalid",
	"The API key is not valid, has expired, was revoked, or may not be used from this address.")

// IsKey reports whether text has the form of an API key.
func IsKey(text string) bool {
	if len(text) != keyLength {
		return false
	}
	for i := range len(text) {
		c := text[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

// drawKey returns 40 characters, each from one random byte below 248 = 4·62 (no bias).
func drawKey(random io.Reader) (string, error) {
	out := make([]byte, 0, keyLength)
	var b [64]byte
	for len(out) < keyLength {
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return "", err
		}
		for _, c := range b {
			if c < 248 && len(out) < keyLength {
				out = append(out, keyAlphabet[c%62])
			}
		}
	}
	return string(out), nil
}

func hashKey(key string) []byte {
	sum := sha256.Sum256([]byte(key))
	return sum[:]
}

// CreateKey makes an API key for the actor's own account (needs keys.own), or for one that the actor may act
// on, and returns it in clear, once. A key makes no keys.
func (s *Service) CreateKey(ctx context.Context, a sharing.Actor, n NewKey) (Key, string, error) {
	if n.User == 0 {
		n.User = a.User
	}
	k := Key{User: n.User, Expires: n.Expires, Addresses: slices.Clone(n.Addresses)}
	var err error
	if k.Name, err = cleanName("name", n.Name); err != nil {
		return Key{}, "", err
	}
	if err := s.checkKey(&k, n); err != nil {
		return Key{}, "", err
	}
	text, err := drawKey(s.o.Random)
	if err != nil {
		return Key{}, "", err
	}
	k.Prefix = text[:keyPrefix]
	err = s.do(ctx, a, "key.create", object("account", n.User), func(ctx context.Context) error {
		if err := s.mayMakeKey(ctx, a, n); err != nil {
			return err
		}
		if err := s.o.Store.InsertAPIKey(ctx, hashKey(text), &k); err != nil {
			return err
		}
		if err := s.record(ctx, a, "key.create", object("key", k.ID), "account", k.User, "name", k.Name, "prefix", k.Prefix); err != nil {
			return err
		}
		return s.note(ctx, a, change.Create, "api_key", k.ID, nil, k)
	})
	if err != nil {
		return Key{}, "", err
	}
	return k, text, nil
}

func (s *Service) checkKey(k *Key, n NewKey) error {
	if n.Permissions != nil {
		if err := checkPermissions(n.Permissions); err != nil {
			return err
		}
		k.Permissions = ordered(n.Permissions)
	}
	if len(k.Addresses) > maxAddresses {
		return errs.New(errs.TooLarge, "key_addresses", "A key takes at most {max} networks.", "max", maxAddresses)
	}
	for i, p := range k.Addresses {
		if !p.IsValid() {
			return errs.New(errs.Invalid, "bad_cidr", "{value} is not a network: write it as 10.0.0.0/8.", "value", p.String())
		}
		if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
		}
		k.Addresses[i] = p.Masked()
	}
	if !k.Expires.IsZero() {
		if k.Expires = k.Expires.UTC().Truncate(time.Microsecond); !k.Expires.After(s.now()) {
			return errs.New(errs.Invalid, "key_expires", "The key would have expired already: choose a later time.")
		}
	}
	return nil
}

func (s *Service) mayMakeKey(ctx context.Context, a sharing.Actor, n NewKey) error {
	if err := notByKey(a); err != nil {
		return err
	}
	w, err := s.authority(ctx, a)
	if err != nil {
		return err
	}
	held := w.Permissions
	if n.User == a.User && !w.system {
		if err := w.need(sharing.UseAPIKeys); err != nil {
			return err
		}
	} else {
		r, err := s.mayActOn(ctx, w, n.User)
		if err != nil {
			return err
		}
		held = r.Permissions
	}
	if !subset(n.Permissions, held) {
		return errs.New(errs.Forbidden, "key_exceeds", "A key cannot hold permissions that the account does not have.")
	}
	list, err := s.o.Store.APIKeys(ctx, a.Scope, n.User, 0)
	if err != nil {
		return err
	}
	live := 0
	for _, k := range list {
		if k.Revoked.IsZero() && (k.Expires.IsZero() || k.Expires.After(s.now())) {
			live++
		}
	}
	if live >= maxKeys {
		return errs.New(errs.TooLarge, "key_count", "The account has {max} keys: revoke some first.", "max", maxKeys)
	}
	return nil
}

// Keys lists the keys of an account: the own one, or one that the actor may act on. With user 0 it lists
// all keys of the actor's organisation (needs users.org) or of everybody (needs users.all).
func (s *Service) Keys(ctx context.Context, a sharing.Actor, user id.ID) ([]Key, error) {
	if user != 0 {
		if err := s.ownOrManaged(ctx, a, user); err != nil {
			return nil, err
		}
		return s.o.Store.APIKeys(ctx, a.Scope, user, 0)
	}
	if a.Can(sharing.ManageUsers) {
		return s.o.Store.APIKeys(ctx, a.Scope, 0, 0)
	}
	if err := a.Need(sharing.ManageOrgUser); err != nil {
		return nil, err
	}
	if a.Org == 0 {
		return nil, nil
	}
	return s.o.Store.APIKeys(ctx, a.Scope, 0, a.Org)
}

// RevokeKey ends a key of an account as in Keys. A key may revoke itself.
func (s *Service) RevokeKey(ctx context.Context, a sharing.Actor, n id.ID) error {
	return s.do(ctx, a, "key.revoke", object("key", n), func(ctx context.Context) error {
		before, err := s.o.Store.APIKey(ctx, a.Scope, n)
		if err != nil {
			return err
		}
		if err := s.ownOrManaged(ctx, a, before.User); err != nil {
			if errs.KindOf(err) == errs.NotFound {
				err = noSuch("key", n)
			}
			return err
		}
		if !before.Revoked.IsZero() {
			return nil
		}
		after := before
		after.Revoked = s.now()
		if err := s.o.Store.RevokeAPIKey(ctx, n, after.Revoked); err != nil {
			return err
		}
		if err := s.record(ctx, a, "key.revoke", object("key", n), "account", before.User, "prefix", before.Prefix); err != nil {
			return err
		}
		return s.note(ctx, a, change.Update, "api_key", n, before, after)
	})
}

// ResumeKey returns the actor of an API key: the account's rights, narrowed to the key's.
func (s *Service) ResumeKey(ctx context.Context, text string, c Client) (Key, sharing.Actor, error) {
	if !IsKey(text) {
		return Key{}, sharing.Actor{}, errKey
	}
	k, err := s.o.Store.APIKeyByHash(ctx, hashKey(text))
	if err != nil {
		if errs.KindOf(err) == errs.NotFound {
			err = errKey
		}
		return Key{}, sharing.Actor{}, err
	}
	r, err := s.rights(ctx, k.User)
	if err != nil && errs.KindOf(err) != errs.Unauthenticated {
		return Key{}, sharing.Actor{}, err
	}
	now := s.now()
	if reason := k.refusal(now, c.Address, err != nil || r.Disabled); reason != "" {
		return Key{}, sharing.Actor{}, s.refuseKey(ctx, k, r, reason, c)
	}
	if now.Sub(k.Used) >= touchEvery {
		k.Used, k.UsedAddress = now, addressText(c.Address)
		if err := s.o.Tx.Run(ctx, func(ctx context.Context) error {
			return s.o.Store.TouchAPIKey(ctx, k.ID, now, k.UsedAddress)
		}); err != nil {
			return Key{}, sharing.Actor{}, err
		}
	}
	if k.Permissions != nil {
		r.Permissions = intersect(r.Permissions, k.Permissions)
	}
	a := r.actor(viaKey)
	a.Key = k.ID
	return k, a, nil
}

// refusal says why a key does not open, "" when it does.
func (k Key) refusal(now time.Time, from netip.Addr, disabled bool) string {
	switch {
	case !k.Revoked.IsZero():
		return "revoked"
	case !k.Expires.IsZero() && !now.Before(k.Expires):
		return "expired"
	case disabled:
		return "account disabled"
	case len(k.Addresses) > 0 && !slices.ContainsFunc(k.Addresses, func(p netip.Prefix) bool { return p.Contains(from.Unmap().WithZone("")) }):
		return "address"
	}
	return ""
}

func (s *Service) refuseKey(ctx context.Context, k Key, r Rights, reason string, c Client) error {
	ctx = audit.WithAddress(ctx, addressText(c.Address))
	e := audit.Entry{ActorName: r.Email, Org: r.Org, Via: viaKey, Action: "key.use", Object: object("key", k.ID), Outcome: audit.Denied}
	if err := s.o.Audit.Record(ctx, e.With("reason", reason, "account", k.User)); err != nil {
		return err
	}
	return errKey
}
