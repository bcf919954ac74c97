package sqldb

import (
	"context"
	"database/sql"
	"slices"

	"github.com/vedette-ti/vedette/internal/account"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// InsertTeam implements account.TeamStore.
func (db *DB) InsertTeam(ctx context.Context, t *account.Team) error {
	n, err := db.newIDs(ctx, 1)
	if err != nil {
		return err
	}
	now := db.now()
	t.ID, t.Created, t.Version = n, fromMicro(now), 1
	t.UUID = db.newUUID(id.UUID{}, n, now)
	_, err = db.exec(ctx, "INSERT INTO team(id, uuid, name, name_key, description, created, version) VALUES(?,?,?,?,?,?,1)",
		int64(n), t.UUID[:], t.Name, account.Fold(t.Name), t.Description, now)
	return err
}

// UpdateTeam implements account.TeamStore.
func (db *DB) UpdateTeam(ctx context.Context, t *account.Team) error {
	n, err := db.exec(ctx, "UPDATE team SET name = ?, name_key = ?, description = ?, version = version + 1 WHERE id = ? AND version = ?",
		t.Name, account.Fold(t.Name), t.Description, int64(t.ID), t.Version)
	if err != nil {
		return err
	}
	if err := db.versioned(ctx, n, "team", "team", t.ID); err != nil {
		return err
	}
	t.Version++
	return nil
}

// DeleteTeam implements account.TeamStore. It waits for labels being made, so that none can name the team
// afterwards unseen.
func (db *DB) DeleteTeam(ctx context.Context, n id.ID) error {
	if err := db.d.Lock(ctx, db.q(ctx), "acl"); err != nil {
		return err
	}
	used := false
	err := db.each(ctx, "SELECT label FROM acl", nil, func(rows *sql.Rows) error {
		var label string
		if err := rows.Scan(&label); err != nil {
			return err
		}
		var a sharing.ACL
		err := jsonx.Unmarshal([]byte(label), &a)
		used = used || slices.Contains(a.ReleasableTo, n) || slices.Contains(a.EyesOnly, n)
		return err
	})
	if err != nil {
		return err
	}
	if used {
		return errs.New(errs.Conflict, "team_in_use", "Intelligence is or was released to this team: remove its members instead.")
	}
	if _, err := db.exec(ctx, "DELETE FROM team_member WHERE team_id = ?", int64(n)); err != nil {
		return err
	}
	return db.oneRow(ctx, "team", n, "DELETE FROM team WHERE id = ?", int64(n))
}

const teamColumns = `t.id, t.uuid, t.name, t.description, t.created, t.version, (SELECT COUNT(*) FROM team_member m WHERE m.team_id = t.id)`

func scanTeam(scan func(...any) error) (account.Team, error) {
	var t account.Team
	var uuid []byte
	var created int64
	err := scan(&t.ID, &uuid, &t.Name, &t.Description, &created, &t.Version, &t.Members)
	t.UUID, t.Created = asUUID(uuid), fromMicro(created)
	return t, err
}

// Team implements account.TeamStore.
func (db *DB) Team(ctx context.Context, s sharing.Scope, n id.ID) (account.Team, error) {
	if s.Denies() {
		return account.Team{}, missing(sql.ErrNoRows, "team", n)
	}
	t, err := scanTeam(db.row(ctx, "SELECT "+teamColumns+" FROM team t WHERE t.id = ?", int64(n)).Scan)
	return t, missing(err, "team", n)
}

// Teams implements account.TeamStore.
func (db *DB) Teams(ctx context.Context, s sharing.Scope, p account.Page) (account.Listing[account.Team], error) {
	var out account.Listing[account.Team]
	if s.Denies() {
		return out, nil
	}
	err := db.each(ctx, "SELECT "+teamColumns+" FROM team t WHERE t.name_key > ? ORDER BY t.name_key LIMIT ?", []any{p.After, p.Limit + 1}, func(rows *sql.Rows) error {
		t, err := scanTeam(rows.Scan)
		out.Items = append(out.Items, t)
		return err
	})
	return paged(out, p, func(t account.Team) string { return account.Fold(t.Name) }), err
}

// SetMember implements account.TeamStore.
func (db *DB) SetMember(ctx context.Context, team, user id.ID, member bool) (bool, error) {
	query := "DELETE FROM team_member WHERE team_id = ? AND account_id = ?"
	if member {
		query = "INSERT INTO team_member(team_id, account_id) VALUES(?,?) ON CONFLICT(team_id, account_id) DO NOTHING"
	}
	n, err := db.exec(ctx, query, int64(team), int64(user))
	return n > 0, err
}
