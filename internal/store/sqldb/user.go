package sqldb

import (
	"context"
	"database/sql"

	"github.com/vedette-ti/vedette/internal/account"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// InsertUser implements account.UserStore.
func (db *DB) InsertUser(ctx context.Context, u *account.User) error {
	return db.inTx(ctx, func(ctx context.Context, _ Querier) error {
		n, err := db.newIDs(ctx, 1)
		if err != nil {
			return err
		}
		now := db.now()
		u.ID, u.Created, u.Version = n, fromMicro(now), 1
		u.UUID = db.newUUID(id.UUID{}, n, now)
		_, err = db.exec(ctx, `INSERT INTO account(id, uuid, org_id, role_id, email, email_key, name, locale, settings, disabled, created, version)
			VALUES(?,?,?,?,?,?,?,?,?,?,?,1)`, int64(n), u.UUID[:], int64(u.Org), int64(u.Role), u.Email, account.Fold(u.Email), u.Name, u.Locale,
			rawOrNull(u.Settings), u.Disabled, now)
		return err
	})
}

// UpdateUser implements account.UserStore.
func (db *DB) UpdateUser(ctx context.Context, u *account.User) error {
	n, err := db.exec(ctx, `UPDATE account SET org_id = ?, role_id = ?, email = ?, email_key = ?, name = ?, locale = ?, settings = ?, disabled = ?, version = version + 1
		WHERE id = ? AND version = ? AND NOT deleted`, int64(u.Org), int64(u.Role), u.Email, account.Fold(u.Email), u.Name, u.Locale,
		rawOrNull(u.Settings), u.Disabled, int64(u.ID), u.Version)
	if err != nil {
		return err
	}
	if err := db.versioned(ctx, n, "account", "account", u.ID); err != nil {
		return err
	}
	u.Version++
	return nil
}

const (
	userColumns = `a.id, a.uuid, a.org_id, o.name, a.role_id, r.name, a.email, a.name, a.locale, a.settings, a.disabled, a.must_change,
		a.password IS NOT NULL, a.totp_on, a.created, a.last_login, a.version, a.deleted`
	userTables = " FROM account a JOIN organisation o ON o.id = a.org_id JOIN role r ON r.id = a.role_id "
)

func scanUser(scan func(...any) error) (account.User, error) {
	var u account.User
	var uuid []byte
	var settings sql.NullString
	var created int64
	var login sql.NullInt64
	err := scan(&u.ID, &uuid, &u.Org, &u.OrgName, &u.Role, &u.RoleName, &u.Email, &u.Name, &u.Locale, &settings, &u.Disabled, &u.MustChange,
		&u.HasPassword, &u.TOTP, &created, &login, &u.Version, &u.Deleted)
	u.UUID, u.Settings, u.Created, u.LastLogin = asUUID(uuid), nullRaw(settings), fromMicro(created), nullMicro(login)
	return u, err
}

// User implements account.UserStore. A deleted account is found, for its name in history.
func (db *DB) User(ctx context.Context, s sharing.Scope, n id.ID) (account.User, error) {
	if s.Denies() {
		return account.User{}, missing(sql.ErrNoRows, "account", n)
	}
	u, err := scanUser(db.row(ctx, "SELECT "+userColumns+userTables+"WHERE a.id = ?", int64(n)).Scan)
	return u, missing(err, "account", n)
}

// UserByEmail implements account.UserStore.
func (db *DB) UserByEmail(ctx context.Context, s sharing.Scope, email string) (account.User, error) {
	if s.Denies() {
		return account.User{}, missingNamed(sql.ErrNoRows, "account", email)
	}
	u, err := scanUser(db.row(ctx, "SELECT "+userColumns+userTables+"WHERE a.email_key = ? AND NOT a.deleted", account.Fold(email)).Scan)
	return u, missingNamed(err, "account", email)
}

// Users implements account.UserStore.
func (db *DB) Users(ctx context.Context, s sharing.Scope, f account.Filter, p account.Page) (account.Listing[account.User], error) {
	var out account.Listing[account.User]
	if s.Denies() {
		return out, nil
	}
	w := where{parts: []string{"NOT a.deleted"}}
	if f.Match != "" {
		like := "%" + likeEscape(account.Fold(f.Match)) + "%"
		w.and("(a.email_key LIKE ? ESCAPE '!' OR LOWER(a.name) LIKE ? ESCAPE '!')", like, like)
	}
	if f.Org != 0 {
		w.and("a.org_id = ?", int64(f.Org))
	}
	if f.Role != 0 {
		w.and("a.role_id = ?", int64(f.Role))
	}
	if f.Team != 0 {
		w.and("EXISTS (SELECT 1 FROM team_member m WHERE m.account_id = a.id AND m.team_id = ?)", int64(f.Team))
	}
	if f.Disabled != nil {
		w.and("a.disabled = ?", *f.Disabled)
	}
	if p.After != "" {
		w.and("a.email_key > ?", p.After)
	}
	err := db.each(ctx, "SELECT "+userColumns+userTables+"WHERE "+w.clause()+" ORDER BY a.email_key LIMIT ?", append(w.args, p.Limit+1), func(rows *sql.Rows) error {
		u, err := scanUser(rows.Scan)
		out.Items = append(out.Items, u)
		return err
	})
	return paged(out, p, func(u account.User) string { return account.Fold(u.Email) }), err
}

// EraseUser implements account.UserStore.
func (db *DB) EraseUser(ctx context.Context, n id.ID, version int64) error {
	rows, err := db.exec(ctx, `UPDATE account SET email_key = ?, password = NULL, password_at = NULL, totp = NULL, totp_on = FALSE, recovery = NULL,
		settings = NULL, disabled = TRUE, deleted = TRUE, version = version + 1 WHERE id = ? AND version = ? AND NOT deleted`, freed(n), int64(n), version)
	if err != nil {
		return err
	}
	if err := db.versioned(ctx, rows, "account", "account", n); err != nil {
		return err
	}
	for _, table := range []string{"session", "api_key", "setup_link", "team_member", "saved_view"} {
		if _, err := db.exec(ctx, "DELETE FROM "+table+" WHERE account_id = ?", int64(n)); err != nil {
			return err
		}
	}
	return nil
}

// Rights implements account.UserStore.
func (db *DB) Rights(ctx context.Context, n id.ID) (account.Rights, error) {
	r := account.Rights{User: n}
	var perms string
	var clearance int
	err := db.row(ctx, `SELECT a.org_id, a.role_id, a.email, r.permissions, r.clearance, a.disabled OR o.deleted, a.must_change`+
		userTables+"WHERE a.id = ? AND NOT a.deleted", int64(n)).Scan(&r.Org, &r.Role, &r.Email, &perms, &clearance, &r.Disabled, &r.MustChange)
	if err != nil {
		return r, missing(err, "account", n)
	}
	r.Clearance = marking.TLP(clearance) //nolint:gosec // written from a TLP
	if err := jsonx.Unmarshal([]byte(perms), &r.Permissions); err != nil {
		return r, err
	}
	if r.Teams, err = db.idList(ctx, "SELECT team_id FROM team_member WHERE account_id = ? ORDER BY team_id", int64(n)); err != nil {
		return r, err
	}
	r.SharingGroups, err = db.idList(ctx, `SELECT m.group_id FROM sharing_group_org m JOIN sharing_group g ON g.id = m.group_id
		WHERE m.org_id = ? AND g.active ORDER BY m.group_id`, int64(r.Org))
	return r, err
}

func (db *DB) idList(ctx context.Context, query string, args ...any) ([]id.ID, error) {
	var out []id.ID
	err := db.each(ctx, query, args, func(rows *sql.Rows) error {
		var n id.ID
		err := rows.Scan(&n)
		out = append(out, n)
		return err
	})
	return out, err
}

// CountUsers implements account.UserStore.
func (db *DB) CountUsers(ctx context.Context, roles []id.ID) (int, error) {
	numbers := make([]int64, len(roles))
	for i, r := range roles {
		numbers[i] = int64(r)
	}
	in, arg := db.d.In(numbers)
	var n int
	err := db.row(ctx, `SELECT COUNT(*) FROM account a JOIN organisation o ON o.id = a.org_id
		WHERE a.role_id `+in+` AND NOT a.disabled AND NOT a.deleted AND NOT o.deleted AND a.password IS NOT NULL`, arg).Scan(&n)
	return n, err
}
