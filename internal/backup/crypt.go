package backup

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"

	"filippo.io/age"

	"github.com/vedette-ti/vedette/internal/errs"
)

// Lock says for whom an archive is encrypted: a passphrase or recipients (age1…), not both.
type Lock struct {
	Passphrase string
	Recipients []string
}

// MinPassphrase is the shortest passphrase taken, in characters: archives hold the key file and are attacked
// at leisure.
const MinPassphrase = 12

// Encrypt returns a writer that encrypts by age. Closing it ends the archive and leaves w open.
func Encrypt(w io.Writer, l Lock) (io.WriteCloser, error) {
	to, err := l.recipients()
	if err != nil {
		return nil, err
	}
	return age.Encrypt(w, to...)
}

// Validate tells what is wrong with a lock before anything is written.
func (l Lock) Validate() error {
	_, err := l.recipients()
	return err
}

func (l Lock) recipients() ([]age.Recipient, error) {
	switch {
	case l.Passphrase != "" && len(l.Recipients) > 0:
		return nil, errs.New(errs.Invalid, "backup_lock_both", "Encrypt a backup with a passphrase or for recipients, not both.")
	case l.Passphrase != "":
		if n := len([]rune(l.Passphrase)); n < MinPassphrase {
			return nil, errs.New(errs.Invalid, "passphrase_short", "The passphrase has {count} characters; take at least {min}: a backup holds every key and secret.", "count", n, "min", MinPassphrase)
		}
		r, err := age.NewScryptRecipient(l.Passphrase)
		return []age.Recipient{r}, err
	case len(l.Recipients) == 0:
		return nil, errs.New(errs.Invalid, "backup_unlocked", "A backup holds every key and secret: give a passphrase or recipients, or ask for a plain one.")
	}
	var out []age.Recipient
	for _, s := range l.Recipients {
		list, err := age.ParseRecipients(strings.NewReader(s))
		if err != nil {
			return nil, errs.Wrap(err, errs.Invalid, "bad_recipient", "{value} is no recipient of age: it begins with age1.", "value", clip(s))
		}
		out = append(out, list...)
	}
	return out, nil
}

func clip(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "…"
	}
	return s
}

// Unlock opens archives: by a passphrase or by identities, lines of an age key file (AGE-SECRET-KEY-1…).
type Unlock struct {
	Passphrase string
	Identities string
}

// maxWork bounds what a foreign file can make us compute for its passphrase: 2^20 costs about 1 GiB and a
// few seconds; age writes 2^18.
const maxWork = 20

// Decrypt returns the bare archive. Encrypted tells whether it was encrypted; a bare one needs no key.
func Decrypt(r io.Reader, u Unlock) (bare io.Reader, encrypted bool, err error) {
	in := bufio.NewReaderSize(r, 1<<16)
	head, err := in.Peek(len("age-encryption.org/"))
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return in, false, nil
	case err != nil && !errors.Is(err, io.EOF):
		return nil, false, err
	case string(head) != "age-encryption.org/":
		return nil, false, notBackup(errors.New("neither age nor gzip"))
	}
	ids, err := u.identities()
	if err != nil {
		return nil, true, err
	}
	bare, err = age.Decrypt(in, ids...)
	var none *age.NoIdentityMatchError
	switch {
	case errors.As(err, &none) && u.Passphrase != "":
		return nil, true, errs.Wrap(err, errs.Invalid, "backup_passphrase_wrong", "The passphrase does not open this backup.")
	case errors.As(err, &none):
		return nil, true, errs.Wrap(err, errs.Invalid, "backup_identity_wrong", "None of the identities opens this backup.")
	case err != nil:
		return nil, true, errs.Wrap(err, errs.Invalid, "backup_damaged", "The backup is damaged at {place}: {reason}.", "place", "its beginning", "reason", "the encryption's head cannot be read")
	}
	return bare, true, nil
}

func (u Unlock) identities() ([]age.Identity, error) {
	if u.Passphrase != "" {
		id, err := age.NewScryptIdentity(u.Passphrase)
		if err != nil {
			return nil, err
		}
		id.SetMaxWorkFactor(maxWork)
		return []age.Identity{id}, nil
	}
	if u.Identities == "" {
		return nil, errs.New(errs.Invalid, "backup_locked", "The backup is encrypted: give its passphrase or an identity.")
	}
	ids, err := age.ParseIdentities(strings.NewReader(u.Identities))
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "bad_identity", "The identity file cannot be read: it holds lines that begin with AGE-SECRET-KEY-1.")
	}
	return ids, nil
}
