package sqldb

import (
	"context"
	"database/sql"
	"strings"

	"github.com/vedette-ti/vedette/internal/account"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/sharing"
)

var _ account.Store = (*DB)(nil)

// likeEscape escapes s for LIKE … ESCAPE '!'.
func likeEscape(s string) string {
	return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(s)
}

func bytesOrNull(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	return b
}

// jsonText marshals for a JSON column.
func jsonText(v any) (string, error) {
	b, err := jsonx.Marshal(v)
	return string(b), err
}

// freed is the key of a deleted row: it takes nobody's place.
func freed(n id.ID) string { return "#deleted " + n.String() }

// newUUID is the UUID of an item made here, unless one was given.
func (db *DB) newUUID(u id.UUID, n id.ID, created int64) id.UUID {
	if u.IsZero() {
		return id.Derived(db.instance, fromMicro(created), n)
	}
	return u
}

func asUUID(b []byte) (u id.UUID) {
	copy(u[:], b)
	return u
}

// InsertOrganisation implements account.OrganisationStore.
func (db *DB) InsertOrganisation(ctx context.Context, o *account.Organisation) error {
	return db.inTx(ctx, func(ctx context.Context, _ Querier) error {
		if o.ID == 0 {
			n, err := db.newIDs(ctx, 1)
			if err != nil {
				return err
			}
			o.ID = n
		}
		now := db.now()
		o.UUID, o.Created, o.Modified, o.Version = db.newUUID(o.UUID, o.ID, now), fromMicro(now), fromMicro(now), 1
		_, err := db.exec(ctx, "INSERT INTO organisation(id, uuid, name, name_key, description, local, created, modified, version) VALUES(?,?,?,?,?,?,?,?,1)",
			int64(o.ID), o.UUID[:], o.Name, account.Fold(o.Name), o.Description, o.Local, now, now)
		return err
	})
}

// UpdateOrganisation implements account.OrganisationStore.
func (db *DB) UpdateOrganisation(ctx context.Context, o *account.Organisation) error {
	now := db.now()
	key := account.Fold(o.Name)
	if o.Deleted {
		key = freed(o.ID)
	}
	n, err := db.exec(ctx, `UPDATE organisation SET name = ?, name_key = ?, description = ?, local = ?, deleted = ?, modified = ?, version = version + 1
		WHERE id = ? AND version = ? AND NOT deleted`, o.Name, key, o.Description, o.Local, o.Deleted, now, int64(o.ID), o.Version)
	if err != nil {
		return err
	}
	if err := db.versioned(ctx, n, "organisation", "organisation", o.ID); err != nil {
		return err
	}
	o.Modified = fromMicro(now)
	o.Version++
	return nil
}

const organisationColumns = `o.id, o.uuid, o.name, o.description, o.local, o.created, o.modified, o.version, o.deleted,
	(SELECT COUNT(*) FROM account a WHERE a.org_id = o.id AND NOT a.deleted)`

func scanOrganisation(scan func(...any) error) (account.Organisation, error) {
	var o account.Organisation
	var uuid []byte
	var created, modified int64
	err := scan(&o.ID, &uuid, &o.Name, &o.Description, &o.Local, &created, &modified, &o.Version, &o.Deleted, &o.Users)
	o.UUID, o.Created, o.Modified = asUUID(uuid), fromMicro(created), fromMicro(modified)
	return o, err
}

func (db *DB) oneOrganisation(ctx context.Context, s sharing.Scope, cond string, arg any) (account.Organisation, error) {
	if s.Denies() {
		return account.Organisation{}, sql.ErrNoRows
	}
	return scanOrganisation(db.row(ctx, "SELECT "+organisationColumns+" FROM organisation o WHERE "+cond, arg).Scan)
}

// Organisation implements account.OrganisationStore.
func (db *DB) Organisation(ctx context.Context, s sharing.Scope, n id.ID) (account.Organisation, error) {
	o, err := db.oneOrganisation(ctx, s, "o.id = ?", int64(n))
	return o, missing(err, "organisation", n)
}

// OrganisationByUUID implements account.OrganisationStore.
func (db *DB) OrganisationByUUID(ctx context.Context, s sharing.Scope, u id.UUID) (account.Organisation, error) {
	o, err := db.oneOrganisation(ctx, s, "o.uuid = ?", u[:])
	return o, missingNamed(err, "organisation", u.String())
}

// OrganisationByName implements account.OrganisationStore.
func (db *DB) OrganisationByName(ctx context.Context, s sharing.Scope, name string) (account.Organisation, error) {
	o, err := db.oneOrganisation(ctx, s, "o.name_key = ?", account.Fold(name))
	return o, missingNamed(err, "organisation", name)
}

// Organisations implements account.OrganisationStore.
func (db *DB) Organisations(ctx context.Context, s sharing.Scope, f account.Filter, p account.Page) (account.Listing[account.Organisation], error) {
	var out account.Listing[account.Organisation]
	if s.Denies() {
		return out, nil
	}
	w := where{parts: []string{"NOT o.deleted"}}
	if f.Match != "" {
		w.and("o.name_key LIKE ? ESCAPE '!'", "%"+likeEscape(account.Fold(f.Match))+"%")
	}
	if f.Local != nil {
		w.and("o.local = ?", *f.Local)
	}
	if p.After != "" {
		w.and("o.name_key > ?", p.After)
	}
	err := db.each(ctx, "SELECT "+organisationColumns+" FROM organisation o WHERE "+w.clause()+" ORDER BY o.name_key LIMIT ?", append(w.args, p.Limit+1), func(rows *sql.Rows) error {
		o, err := scanOrganisation(rows.Scan)
		out.Items = append(out.Items, o)
		return err
	})
	return paged(out, p, func(o account.Organisation) string { return account.Fold(o.Name) }), err
}

// paged cuts the row too many off and makes the cursor of the next page.
func paged[T any](l account.Listing[T], p account.Page, key func(T) string) account.Listing[T] {
	if len(l.Items) > p.Limit {
		l.Items = l.Items[:p.Limit]
		l.Next = key(l.Items[p.Limit-1])
	}
	return l
}

// InsertRole implements account.RoleStore.
func (db *DB) InsertRole(ctx context.Context, r *account.Role) error {
	return db.inTx(ctx, func(ctx context.Context, _ Querier) error {
		if !r.Builtin {
			n, err := db.newIDs(ctx, 1)
			if err != nil {
				return err
			}
			r.ID = n
		}
		perms, err := jsonText(r.Permissions)
		if err != nil {
			return err
		}
		r.Version = 1
		_, err = db.exec(ctx, "INSERT INTO role(id, name, name_key, permissions, clearance, builtin, version) VALUES(?,?,?,?,?,?,1)",
			int64(r.ID), r.Name, account.Fold(r.Name), perms, int(r.Clearance), r.Builtin)
		return err
	})
}

// UpdateRole implements account.RoleStore.
func (db *DB) UpdateRole(ctx context.Context, r *account.Role) error {
	perms, err := jsonText(r.Permissions)
	if err != nil {
		return err
	}
	n, err := db.exec(ctx, "UPDATE role SET name = ?, name_key = ?, permissions = ?, clearance = ?, version = version + 1 WHERE id = ? AND version = ?",
		r.Name, account.Fold(r.Name), perms, int(r.Clearance), int64(r.ID), r.Version)
	if err != nil {
		return err
	}
	if err := db.versioned(ctx, n, "role", "role", r.ID); err != nil {
		return err
	}
	r.Version++
	return nil
}

// DeleteRole implements account.RoleStore. Accounts that were deleted give their role up.
func (db *DB) DeleteRole(ctx context.Context, n id.ID) error {
	var users int
	if err := db.row(ctx, "SELECT COUNT(*) FROM account WHERE role_id = ? AND NOT deleted", int64(n)).Scan(&users); err != nil {
		return err
	}
	if users > 0 {
		return errs.New(errs.Conflict, "role_in_use", "{users} accounts have this role: give them another first.", "users", users)
	}
	if _, err := db.exec(ctx, "UPDATE account SET role_id = ? WHERE role_id = ?", int64(account.RoleReadOnly), int64(n)); err != nil {
		return err
	}
	rows, err := db.exec(ctx, "DELETE FROM role WHERE id = ?", int64(n))
	if err == nil && rows == 0 {
		err = missing(sql.ErrNoRows, "role", n)
	}
	return err
}

const roleColumns = "id, name, permissions, clearance, builtin, version"

func scanRole(scan func(...any) error) (account.Role, error) {
	var r account.Role
	var perms string
	var clearance int
	if err := scan(&r.ID, &r.Name, &perms, &clearance, &r.Builtin, &r.Version); err != nil {
		return r, err
	}
	r.Clearance = marking.TLP(clearance) //nolint:gosec // written from a TLP
	return r, jsonx.Unmarshal([]byte(perms), &r.Permissions)
}

// Role implements account.RoleStore.
func (db *DB) Role(ctx context.Context, n id.ID) (account.Role, error) {
	r, err := scanRole(db.row(ctx, "SELECT "+roleColumns+" FROM role WHERE id = ?", int64(n)).Scan)
	return r, missing(err, "role", n)
}

// Roles implements account.RoleStore.
func (db *DB) Roles(ctx context.Context) ([]account.Role, error) {
	var out []account.Role
	err := db.each(ctx, "SELECT "+roleColumns+" FROM role ORDER BY builtin DESC, CASE WHEN builtin THEN id ELSE 0 END, name_key", nil, func(rows *sql.Rows) error {
		r, err := scanRole(rows.Scan)
		out = append(out, r)
		return err
	})
	return out, err
}

// LockAccounts implements account.UserStore.
func (db *DB) LockAccounts(ctx context.Context) error { return db.d.Lock(ctx, db.q(ctx), "accounts") }
