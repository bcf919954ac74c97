package sqldb

import (
	"context"
	"database/sql"
	"time"

	"github.com/vedette-ti/vedette/internal/account"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// InsertAPIKey implements account.KeyStore.
func (db *DB) InsertAPIKey(ctx context.Context, hash []byte, k *account.Key) error {
	n, err := db.newIDs(ctx, 1)
	if err != nil {
		return err
	}
	now := db.now()
	k.ID, k.Created, k.Version = n, fromMicro(now), 1
	var perms, addresses any
	if k.Permissions != nil { // an empty list is not NULL: it allows nothing
		if perms, err = jsonText(k.Permissions); err != nil {
			return err
		}
	}
	if len(k.Addresses) > 0 {
		if addresses, err = jsonText(k.Addresses); err != nil {
			return err
		}
	}
	_, err = db.exec(ctx, "INSERT INTO api_key(id, hash, prefix, account_id, name, permissions, addresses, created, expires, version) VALUES(?,?,?,?,?,?,?,?,?,1)",
		int64(n), hash, k.Prefix, int64(k.User), k.Name, perms, addresses, now, microNull(k.Expires))
	return err
}

const keyColumns = "k.id, k.account_id, k.name, k.prefix, k.permissions, k.addresses, k.created, k.expires, k.used, k.used_address, k.revoked, k.version"

func scanKey(scan func(...any) error) (account.Key, error) {
	var k account.Key
	var perms, addresses sql.NullString
	var created int64
	var expires, used, revoked sql.NullInt64
	err := scan(&k.ID, &k.User, &k.Name, &k.Prefix, &perms, &addresses, &created, &expires, &used, &k.UsedAddress, &revoked, &k.Version)
	if err != nil {
		return k, err
	}
	k.Created, k.Expires, k.Used, k.Revoked = fromMicro(created), nullMicro(expires), nullMicro(used), nullMicro(revoked)
	if perms.Valid {
		if err := jsonx.Unmarshal([]byte(perms.String), &k.Permissions); err != nil {
			return k, err
		}
	}
	if addresses.Valid {
		err = jsonx.Unmarshal([]byte(addresses.String), &k.Addresses)
	}
	return k, err
}

// APIKeyByHash implements account.KeyStore.
func (db *DB) APIKeyByHash(ctx context.Context, hash []byte) (account.Key, error) {
	k, err := scanKey(db.row(ctx, "SELECT "+keyColumns+" FROM api_key k WHERE k.hash = ?", hash).Scan)
	return k, missingNamed(err, "key", "")
}

// APIKey implements account.KeyStore.
func (db *DB) APIKey(ctx context.Context, s sharing.Scope, n id.ID) (account.Key, error) {
	if s.Denies() {
		return account.Key{}, missing(sql.ErrNoRows, "key", n)
	}
	k, err := scanKey(db.row(ctx, "SELECT "+keyColumns+" FROM api_key k WHERE k.id = ?", int64(n)).Scan)
	return k, missing(err, "key", n)
}

// APIKeys implements account.KeyStore.
func (db *DB) APIKeys(ctx context.Context, s sharing.Scope, user, org id.ID) ([]account.Key, error) {
	if s.Denies() {
		return nil, nil
	}
	var w where
	if user != 0 {
		w.and("k.account_id = ?", int64(user))
	}
	if org != 0 {
		w.and("a.org_id = ?", int64(org))
	}
	var out []account.Key
	err := db.each(ctx, "SELECT "+keyColumns+" FROM api_key k JOIN account a ON a.id = k.account_id WHERE "+w.clause()+" ORDER BY k.id DESC", w.args, func(rows *sql.Rows) error {
		k, err := scanKey(rows.Scan)
		out = append(out, k)
		return err
	})
	return out, err
}

// TouchAPIKey implements account.KeyStore.
func (db *DB) TouchAPIKey(ctx context.Context, n id.ID, used time.Time, address string) error {
	_, err := db.exec(ctx, "UPDATE api_key SET used = ?, used_address = ? WHERE id = ? AND (used IS NULL OR used < ?)", micro(used), address, int64(n), micro(used))
	return err
}

// RevokeAPIKey implements account.KeyStore.
func (db *DB) RevokeAPIKey(ctx context.Context, n id.ID, at time.Time) error {
	_, err := db.exec(ctx, "UPDATE api_key SET revoked = ?, version = version + 1 WHERE id = ? AND revoked IS NULL", micro(at), int64(n))
	return err
}
