package account

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/vedette-ti/vedette/internal/errs"
)

// HashOptions are argon2id's parameters. The zero value takes OWASP's 19 MiB, 2 passes, 1 lane.
type HashOptions struct {
	MemoryKiB uint32
	Passes    uint32
	Lanes     uint8
	// Parallel hashes run at once, Waiting ones queue; more are refused. Defaults 2 and 32.
	Parallel, Waiting int
}

const (
	saltSize = 16
	hashSize = 32
	// Bounds of parameters accepted in stored hashes: a foreign row must not take the memory.
	maxMemoryKiB = 256 << 10
	maxPasses    = 16
	maxLanes     = 8
	// maxPassword bounds what is hashed, in bytes.
	maxPassword = 1024
)

// hasher makes and checks PHC strings with few hashes at once.
type hasher struct {
	o      HashOptions
	random io.Reader
	slots  chan struct{} // running
	places chan struct{} // running or waiting
	dummy  string        // checked for unknown accounts, so that they take as long as known ones
}

func newHasher(o HashOptions, random io.Reader) (*hasher, error) {
	if o.MemoryKiB == 0 {
		o.MemoryKiB = 19 << 10
	}
	if o.Passes == 0 {
		o.Passes = 2
	}
	if o.Lanes == 0 {
		o.Lanes = 1
	}
	if o.Parallel <= 0 {
		o.Parallel = 2
	}
	if o.Waiting <= 0 {
		o.Waiting = 32
	}
	if o.MemoryKiB > maxMemoryKiB || o.Passes > maxPasses || o.Lanes > maxLanes || o.MemoryKiB < 8*uint32(o.Lanes) {
		return nil, errors.New("account: argon2id parameters out of bounds")
	}
	h := &hasher{o: o, random: random, slots: make(chan struct{}, o.Parallel), places: make(chan struct{}, o.Parallel+o.Waiting)}
	// The dummy's digest is random, so that no password fits it.
	p := phc{o: o, salt: make([]byte, saltSize), digest: make([]byte, hashSize)}
	for _, b := range [][]byte{p.salt, p.digest} {
		if _, err := io.ReadFull(random, b); err != nil {
			return nil, err
		}
	}
	h.dummy = p.String()
	return h, nil
}

// phc is a parsed PHC string: $argon2id$v=19$m=19456,t=2,p=1$salt$digest (unpadded base64).
type phc struct {
	o            HashOptions
	salt, digest []byte
}

func (p phc) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.o.MemoryKiB, p.o.Passes, p.o.Lanes,
		base64.RawStdEncoding.EncodeToString(p.salt), base64.RawStdEncoding.EncodeToString(p.digest))
}

var errPHC = errors.New("account: not an argon2id PHC string")

func parsePHC(s string) (phc, error) {
	parts := strings.Split(s, "$")
	var p phc
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, errPHC
	}
	n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.o.MemoryKiB, &p.o.Passes, &p.o.Lanes)
	if err != nil || n != 3 || p.o.MemoryKiB > maxMemoryKiB || p.o.Passes == 0 || p.o.Passes > maxPasses ||
		p.o.Lanes == 0 || p.o.Lanes > maxLanes || p.o.MemoryKiB < 8*uint32(p.o.Lanes) {
		return p, errPHC
	}
	enc := base64.RawStdEncoding.Strict()
	if p.salt, err = enc.DecodeString(parts[4]); err != nil || len(p.salt) < 8 || len(p.salt) > 64 {
		return p, errPHC
	}
	if p.digest, err = enc.DecodeString(parts[5]); err != nil || len(p.digest) < 16 || len(p.digest) > 64 {
		return p, errPHC
	}
	return p, nil
}

// prepared is the form in which a password is hashed: NFKC, so that two keyboards give the same bytes
// (NIST SP 800-63B, 5.1.1.2).
func prepared(password string) []byte { return norm.NFKC.Bytes([]byte(password)) }

// errBusy tells people to come again when too many passwords are being checked.
var errBusy = errs.New(errs.RateLimited, "login_busy", "Too many logins at the moment: try again in a few seconds.")

// acquire takes a place and then a slot.
func (h *hasher) acquire(ctx context.Context) (release func(), err error) {
	select {
	case h.places <- struct{}{}:
	default:
		return nil, errBusy
	}
	select {
	case h.slots <- struct{}{}:
		return func() { <-h.slots; <-h.places }, nil
	case <-ctx.Done():
		<-h.places
		return nil, ctx.Err()
	}
}

func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	p := phc{o: h.o, salt: make([]byte, saltSize)}
	if _, err := io.ReadFull(h.random, p.salt); err != nil {
		return "", err
	}
	release, err := h.acquire(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	p.digest = argon2.IDKey(prepared(password), p.salt, p.o.Passes, p.o.MemoryKiB, p.o.Lanes, hashSize)
	return p.String(), nil
}

// verify compares a password with a stored hash, "" for an account that has none or does not exist. outdated
// means that the hash fits but was made with other parameters.
func (h *hasher) verify(ctx context.Context, stored, password string) (fits, outdated bool, err error) {
	known := stored != ""
	if !known {
		stored = h.dummy
	}
	p, err := parsePHC(stored)
	if err != nil {
		return false, false, err
	}
	release, err := h.acquire(ctx)
	if err != nil {
		return false, false, err
	}
	defer release()
	digest := argon2.IDKey(prepared(password), p.salt, p.o.Passes, p.o.MemoryKiB, p.o.Lanes, uint32(len(p.digest))) //nolint:gosec // at most 64
	fits = subtle.ConstantTimeCompare(digest, p.digest) == 1 && known
	same := p.o.MemoryKiB == h.o.MemoryKiB && p.o.Passes == h.o.Passes && p.o.Lanes == h.o.Lanes
	return fits, fits && !same, nil
}
