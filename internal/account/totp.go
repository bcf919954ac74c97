package account

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"github.com/vedette-ti/vedette/internal/audit"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// TOTPSecret is what an authenticator app needs (RFC 6238, SHA-1, 6 digits, 30 s: what all apps speak).
type TOTPSecret struct {
	Secret string `json:"secret"` // base32
	URL    string `json:"url"`    // otpauth:, for the QR code
}

const (
	period        = 30 // seconds
	recoveryCodes = 10
	totpSize      = 20 // bytes, RFC 4226, 4
)

func totpContext(user id.ID) string { return "totp:" + user.String() }

var errTOTPOn = errs.New(errs.Conflict, "totp_on", "A second factor is already set up: remove it first.")

// BeginTOTP makes a secret for the session's account. It counts only once ConfirmTOTP has seen a code of it.
// The password must have been given lately (Verified), so that who finds an open console cannot lock its
// owner out.
func (s *Service) BeginTOTP(ctx context.Context, session Session) (TOTPSecret, error) {
	if err := s.Verified(session); err != nil {
		return TOTPSecret{}, err
	}
	cred, err := s.o.Store.Credentials(ctx, session.User)
	if err != nil {
		return TOTPSecret{}, err
	}
	if cred.TOTPOn {
		return TOTPSecret{}, errTOTPOn
	}
	var raw [totpSize]byte
	if _, err := io.ReadFull(s.o.Random, raw[:]); err != nil {
		return TOTPSecret{}, err
	}
	sealed, err := s.o.Box.Seal(raw[:], totpContext(session.User))
	if err != nil {
		return TOTPSecret{}, err
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: s.o.Product, AccountName: cred.Email, Secret: raw[:]})
	if err != nil {
		return TOTPSecret{}, err
	}
	err = s.o.Tx.Run(ctx, func(ctx context.Context) error {
		now, err := s.o.Store.Credentials(ctx, session.User)
		if err != nil {
			return err
		}
		if now.TOTPOn {
			return errTOTPOn
		}
		return s.o.Store.SetTOTP(ctx, session.User, sealed, false, nil)
	})
	return TOTPSecret{Secret: key.Secret(), URL: key.URL()}, err
}

// ConfirmTOTP switches the second factor on after a first right code, ends the account's other sessions and
// returns the recovery codes, which are shown once. The session gets a new token.
func (s *Service) ConfirmTOTP(ctx context.Context, session Session, code string, c Client) (Login, []string, error) {
	ctx = audit.WithAddress(ctx, addressText(c.Address))
	cred, err := s.o.Store.Credentials(ctx, session.User)
	if err != nil {
		return Login{}, nil, err
	}
	if cred.TOTPOn {
		return Login{}, nil, errTOTPOn
	}
	if cred.TOTP == nil {
		return Login{}, nil, errs.New(errs.Conflict, "totp_not_begun", "Set the second factor up first.")
	}
	codes, hashes, err := s.newRecoveryCodes()
	if err != nil {
		return Login{}, nil, err
	}
	login, err := s.rotate(ctx, cred, session, "totp.on", func(ctx context.Context) error {
		step, err := s.matchStep(cred, code)
		if err != nil {
			return err
		}
		if step == 0 {
			return errCodeWrong
		}
		if err := s.o.Store.SetTOTP(ctx, cred.User, cred.TOTP, true, hashes); err != nil {
			return err
		}
		if _, err := s.o.Store.UseTOTPStep(ctx, cred.User, step); err != nil {
			return err
		}
		_, err = s.o.Store.DeleteSessions(ctx, cred.User, session.ID)
		return err
	})
	if err != nil {
		return Login{}, nil, err
	}
	return login, codes, nil
}

// DisableTOTP removes the second factor of the own account after proving password and code.
func (s *Service) DisableTOTP(ctx context.Context, session Session, password, code string, c Client) (Login, error) {
	ctx = audit.WithAddress(ctx, addressText(c.Address))
	cred, _, err := s.proveAgain(ctx, session.User, password, code, c)
	if err != nil {
		return Login{}, err
	}
	return s.rotate(ctx, cred, session, "totp.off", func(ctx context.Context) error {
		return s.o.Store.SetTOTP(ctx, cred.User, nil, false, nil)
	})
}

// RenewRecoveryCodes replaces the recovery codes after proving password and code.
func (s *Service) RenewRecoveryCodes(ctx context.Context, session Session, password, code string, c Client) (Login, []string, error) {
	ctx = audit.WithAddress(ctx, addressText(c.Address))
	cred, _, err := s.proveAgain(ctx, session.User, password, code, c)
	if err != nil {
		return Login{}, nil, err
	}
	if !cred.TOTPOn {
		return Login{}, nil, errs.New(errs.Conflict, "totp_not_begun", "Set the second factor up first.")
	}
	codes, hashes, err := s.newRecoveryCodes()
	if err != nil {
		return Login{}, nil, err
	}
	login, err := s.rotate(ctx, cred, session, "totp.recovery", func(ctx context.Context) error {
		return s.o.Store.SetTOTP(ctx, cred.User, cred.TOTP, true, hashes)
	})
	return login, codes, err
}

// ResetTOTP removes the second factor of an account that the actor may act on, for somebody who lost it.
func (s *Service) ResetTOTP(ctx context.Context, a sharing.Actor, user id.ID) error {
	return s.do(ctx, a, "totp.reset", object("account", user), func(ctx context.Context) error {
		if err := notByKey(a); err != nil {
			return err
		}
		w, err := s.authority(ctx, a)
		if err != nil {
			return err
		}
		if user == a.User {
			return errs.New(errs.Forbidden, "totp_own", "Remove your own second factor in your profile, with a code.")
		}
		if _, err := s.mayActOn(ctx, w, user); err != nil {
			return err
		}
		if err := s.o.Store.SetTOTP(ctx, user, nil, false, nil); err != nil {
			return err
		}
		if _, err := s.o.Store.DeleteSessions(ctx, user, 0); err != nil {
			return err
		}
		return s.record(ctx, a, "totp.reset", object("account", user))
	})
}

// checkCode takes a TOTP code or a recovery code, each once.
func (s *Service) checkCode(ctx context.Context, c Credentials, code string) (ok bool, err error) {
	code = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(code))
	if len(code) == 6 {
		step, err := s.matchStep(c, code)
		if err != nil || step == 0 {
			return false, err
		}
		err = s.o.Tx.Run(ctx, func(ctx context.Context) error {
			ok, err = s.o.Store.UseTOTPStep(ctx, c.User, step)
			return err
		})
		return ok, err
	}
	hash := hashToken(code)
	known := false
	for _, h := range c.Recovery {
		known = known || subtle.ConstantTimeCompare(h, hash) == 1
	}
	if !known {
		return false, nil
	}
	err = s.o.Tx.Run(ctx, func(ctx context.Context) error {
		if ok, err = s.o.Store.UseRecovery(ctx, c.User, hash); err != nil || !ok {
			return err
		}
		return s.record(ctx, c.actor(), "totp.recovery_used", object("account", c.User), "left", len(c.Recovery)-1)
	})
	return ok, err
}

// matchStep returns the time step that a code belongs to: this one or a neighbour (RFC 6238, 5.2), else 0.
func (s *Service) matchStep(c Credentials, code string) (int64, error) {
	raw, err := s.o.Box.Open(c.TOTP, totpContext(c.User))
	if err != nil {
		return 0, err
	}
	secret := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw)
	now := s.now().Unix() / period
	found := int64(0)
	for _, step := range []int64{now - 1, now, now + 1} {
		want, err := totp.GenerateCodeCustom(secret, time.Unix(step*period, 0), totp.ValidateOpts{
			Period: period, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1,
		})
		if err != nil {
			return 0, err
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			found = step
		}
	}
	return found, nil
}

// newRecoveryCodes returns codes of 80 random bits, written as four groups, and their digests. So long a
// random code needs no slow hash.
func (s *Service) newRecoveryCodes() (codes []string, hashes [][]byte, err error) {
	for range recoveryCodes {
		var raw [10]byte
		if _, err := io.ReadFull(s.o.Random, raw[:]); err != nil {
			return nil, nil, err
		}
		text := base32.StdEncoding.EncodeToString(raw[:]) // 16 letters and digits
		sum := sha256.Sum256([]byte(text))
		codes = append(codes, text[:4]+"-"+text[4:8]+"-"+text[8:12]+"-"+text[12:])
		hashes = append(hashes, sum[:])
	}
	if bytes.Equal(hashes[0], hashes[1]) {
		return nil, nil, errors.New("account: the random source repeats itself")
	}
	return codes, hashes, nil
}
