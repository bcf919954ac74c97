package sqldb

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"time"

	"github.com/vedette-ti/vedette/internal/account"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/sharing"
)

func (db *DB) credentials(ctx context.Context, cond string, arg any) (account.Credentials, error) {
	var c account.Credentials
	var password, recovery sql.NullString
	err := db.row(ctx, `SELECT a.id, a.org_id, a.email, a.name, a.password, a.totp, a.totp_on, a.recovery, a.disabled OR o.deleted, a.must_change
		FROM account a JOIN organisation o ON o.id = a.org_id WHERE NOT a.deleted AND `+cond, arg).
		Scan(&c.User, &c.Org, &c.Email, &c.Name, &password, &c.TOTP, &c.TOTPOn, &recovery, &c.Disabled, &c.MustChange)
	if err != nil {
		return c, err
	}
	c.Password = password.String
	c.Recovery, err = parseHashes(recovery.String)
	return c, err
}

// Credentials implements account.CredentialStore.
func (db *DB) Credentials(ctx context.Context, n id.ID) (account.Credentials, error) {
	c, err := db.credentials(ctx, "a.id = ?", int64(n))
	return c, missing(err, "account", n)
}

// CredentialsByEmail implements account.CredentialStore.
func (db *DB) CredentialsByEmail(ctx context.Context, email string) (account.Credentials, error) {
	c, err := db.credentials(ctx, "a.email_key = ?", account.Fold(email))
	return c, missingNamed(err, "account", "")
}

// SetPassword implements account.CredentialStore.
func (db *DB) SetPassword(ctx context.Context, n id.ID, phc string, mustChange bool) error {
	return db.oneRow(ctx, "account", n, "UPDATE account SET password = ?, password_at = ?, must_change = ? WHERE id = ? AND NOT deleted", phc, db.now(), mustChange, int64(n))
}

// oneRow runs a write that must meet its row.
func (db *DB) oneRow(ctx context.Context, kind string, n id.ID, query string, args ...any) error {
	rows, err := db.exec(ctx, query, args...)
	if err == nil && rows == 0 {
		err = missing(sql.ErrNoRows, kind, n)
	}
	return err
}

// SetTOTP implements account.CredentialStore.
func (db *DB) SetTOTP(ctx context.Context, n id.ID, sealed []byte, on bool, recovery [][]byte) error {
	if sealed == nil {
		return db.oneRow(ctx, "account", n, "UPDATE account SET totp = NULL, totp_on = FALSE, totp_step = 0, recovery = NULL WHERE id = ?", int64(n))
	}
	text, err := hashesText(recovery)
	if err != nil {
		return err
	}
	return db.oneRow(ctx, "account", n, "UPDATE account SET totp = ?, totp_on = ?, recovery = ? WHERE id = ? AND NOT deleted", sealed, on, text, int64(n))
}

// Digests of recovery codes are a JSON list of hexadecimal strings.
func hashesText(hashes [][]byte) (any, error) {
	if len(hashes) == 0 {
		return nil, nil //nolint:nilnil // NULL
	}
	list := make([]string, len(hashes))
	for i, h := range hashes {
		list[i] = hex.EncodeToString(h)
	}
	return jsonText(list)
}

func parseHashes(text string) ([][]byte, error) {
	if text == "" {
		return nil, nil
	}
	var list []string
	if err := jsonx.Unmarshal([]byte(text), &list); err != nil {
		return nil, err
	}
	out := make([][]byte, len(list))
	for i, s := range list {
		b, err := hex.DecodeString(s)
		if err != nil {
			return nil, err
		}
		out[i] = b
	}
	return out, nil
}

// UseTOTPStep implements account.CredentialStore.
func (db *DB) UseTOTPStep(ctx context.Context, n id.ID, step int64) (bool, error) {
	rows, err := db.exec(ctx, "UPDATE account SET totp_step = ? WHERE id = ? AND totp_step < ?", step, int64(n), step)
	return rows > 0, err
}

// UseRecovery implements account.CredentialStore. Of two who use a code at once the slower one meets
// another list and is refused.
func (db *DB) UseRecovery(ctx context.Context, n id.ID, hash []byte) (bool, error) {
	var old sql.NullString
	if err := db.row(ctx, "SELECT recovery FROM account WHERE id = ?", int64(n)).Scan(&old); err != nil {
		return false, missing(err, "account", n)
	}
	list, err := parseHashes(old.String)
	if err != nil {
		return false, err
	}
	var rest [][]byte
	for _, h := range list {
		if !bytes.Equal(h, hash) {
			rest = append(rest, h)
		}
	}
	if len(rest) == len(list) {
		return false, nil
	}
	text, err := hashesText(rest)
	if err != nil {
		return false, err
	}
	rows, err := db.exec(ctx, "UPDATE account SET recovery = ? WHERE id = ? AND recovery = ?", text, int64(n), old.String)
	return rows > 0, err
}

// InsertLoginLink implements account.CredentialStore.
func (db *DB) InsertLoginLink(ctx context.Context, hash []byte, l account.Link) error {
	cond, args := "account_id IS NULL", []any{l.Purpose}
	if l.User != 0 {
		cond, args = "account_id = ?", []any{l.Purpose, int64(l.User)}
	}
	if _, err := db.exec(ctx, "DELETE FROM setup_link WHERE purpose = ? AND "+cond, args...); err != nil {
		return err
	}
	_, err := db.exec(ctx, "INSERT INTO setup_link(hash, purpose, account_id, created, expires) VALUES(?,?,?,?,?)",
		hash, l.Purpose, idOrNull(l.User), micro(l.Created), micro(l.Expires))
	return err
}

// LoginLink implements account.CredentialStore.
func (db *DB) LoginLink(ctx context.Context, hash []byte) (account.Link, error) {
	var l account.Link
	var user sql.NullInt64
	var created, expires int64
	err := db.row(ctx, "SELECT purpose, account_id, created, expires FROM setup_link WHERE hash = ?", hash).Scan(&l.Purpose, &user, &created, &expires)
	l.User, l.Created, l.Expires = nullID(user), fromMicro(created), fromMicro(expires)
	return l, missingNamed(err, "link", "")
}

// TakeLoginLink implements account.CredentialStore.
func (db *DB) TakeLoginLink(ctx context.Context, hash []byte) error {
	rows, err := db.exec(ctx, "DELETE FROM setup_link WHERE hash = ?", hash)
	if err == nil && rows == 0 {
		err = missingNamed(sql.ErrNoRows, "link", "")
	}
	return err
}

// LoginAttempt implements account.CredentialStore.
func (db *DB) LoginAttempt(ctx context.Context, key string) (account.Attempt, error) {
	var a account.Attempt
	if _, ok := ctx.Value(txKey{}).(*txState); ok {
		if err := db.d.Lock(ctx, db.q(ctx), "attempt "+key); err != nil {
			return a, err
		}
	}
	var since, until int64
	err := db.row(ctx, "SELECT failures, since, until FROM login_attempt WHERE key = ?", key).Scan(&a.Failures, &since, &until)
	if errors.Is(err, sql.ErrNoRows) {
		return a, nil
	}
	a.Since, a.Until = fromMicro(since), fromMicro(until)
	return a, err
}

// SetLoginAttempt implements account.CredentialStore.
func (db *DB) SetLoginAttempt(ctx context.Context, key string, a account.Attempt) error {
	if err := db.d.Lock(ctx, db.q(ctx), "attempt "+key); err != nil {
		return err
	}
	if a.Failures == 0 {
		_, err := db.exec(ctx, "DELETE FROM login_attempt WHERE key = ?", key)
		return err
	}
	_, err := db.exec(ctx, `INSERT INTO login_attempt(key, failures, since, until) VALUES(?,?,?,?)
		ON CONFLICT(key) DO UPDATE SET failures = excluded.failures, since = excluded.since, until = excluded.until`,
		key, a.Failures, micro(a.Since), micro(a.Until))
	return err
}

// PurgeLogins implements account.CredentialStore.
func (db *DB) PurgeLogins(ctx context.Context, now, before time.Time) error {
	for query, at := range map[string]int64{
		"DELETE FROM session WHERE expires <= ?":     micro(now),
		"DELETE FROM setup_link WHERE expires <= ?":  micro(now),
		"DELETE FROM login_attempt WHERE since <= ?": micro(before),
	} {
		if _, err := db.exec(ctx, query, at); err != nil {
			return err
		}
	}
	return nil
}

// InsertSession implements account.SessionStore.
func (db *DB) InsertSession(ctx context.Context, hash []byte, s *account.Session, keep int) error {
	n, err := db.newIDs(ctx, 1)
	if err != nil {
		return err
	}
	s.ID = n
	if _, err := db.exec(ctx, "INSERT INTO session(hash, id, account_id, created, seen, verified, expires, address, agent) VALUES(?,?,?,?,?,?,?,?,?)",
		hash, int64(n), int64(s.User), micro(s.Created), micro(s.Seen), micro(s.Verified), micro(s.Expires), s.Address, s.Agent); err != nil {
		return err
	}
	if _, err := db.exec(ctx, "DELETE FROM session WHERE account_id = ? AND id NOT IN (SELECT id FROM session WHERE account_id = ? ORDER BY seen DESC, id DESC LIMIT ?)",
		int64(s.User), int64(s.User), keep); err != nil {
		return err
	}
	return db.oneRow(ctx, "account", s.User, "UPDATE account SET last_login = ? WHERE id = ?", micro(s.Created), int64(s.User))
}

const sessionColumns = "id, account_id, created, seen, verified, expires, address, agent"

func scanSession(scan func(...any) error) (account.Session, error) {
	var s account.Session
	var created, seen, verified, expires int64
	err := scan(&s.ID, &s.User, &created, &seen, &verified, &expires, &s.Address, &s.Agent)
	s.Created, s.Seen, s.Verified, s.Expires = fromMicro(created), fromMicro(seen), fromMicro(verified), fromMicro(expires)
	return s, err
}

// SessionByHash implements account.SessionStore.
func (db *DB) SessionByHash(ctx context.Context, hash []byte) (account.Session, error) {
	s, err := scanSession(db.row(ctx, "SELECT "+sessionColumns+" FROM session WHERE hash = ?", hash).Scan)
	return s, missingNamed(err, "session", "")
}

// Sessions implements account.SessionStore.
func (db *DB) Sessions(ctx context.Context, s sharing.Scope, user id.ID) ([]account.Session, error) {
	if s.Denies() {
		return nil, nil
	}
	var out []account.Session
	err := db.each(ctx, "SELECT "+sessionColumns+" FROM session WHERE account_id = ? ORDER BY seen DESC, id DESC", []any{int64(user)}, func(rows *sql.Rows) error {
		one, err := scanSession(rows.Scan)
		out = append(out, one)
		return err
	})
	return out, err
}

// TouchSession implements account.SessionStore.
func (db *DB) TouchSession(ctx context.Context, n id.ID, seen time.Time, address string) error {
	_, err := db.exec(ctx, "UPDATE session SET seen = ?, address = ? WHERE id = ? AND seen < ?", micro(seen), address, int64(n), micro(seen))
	return err
}

// RotateSession implements account.SessionStore.
func (db *DB) RotateSession(ctx context.Context, n id.ID, hash []byte, verified time.Time) error {
	return db.oneRow(ctx, "session", n, "UPDATE session SET hash = ?, verified = ?, seen = ? WHERE id = ?", hash, micro(verified), micro(verified), int64(n))
}

// DeleteSession implements account.SessionStore.
func (db *DB) DeleteSession(ctx context.Context, n id.ID) error {
	return db.oneRow(ctx, "session", n, "DELETE FROM session WHERE id = ?", int64(n))
}

// DeleteSessions implements account.SessionStore.
func (db *DB) DeleteSessions(ctx context.Context, user, except id.ID) (int64, error) {
	return db.exec(ctx, "DELETE FROM session WHERE account_id = ? AND id <> ?", int64(user), int64(except))
}
