package sqldb

import (
	"context"
	"database/sql"

	"github.com/vedette-ti/vedette/internal/account"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// InsertSharingGroup implements account.GroupStore.
func (db *DB) InsertSharingGroup(ctx context.Context, g *account.SharingGroup) error {
	n, err := db.newIDs(ctx, 1)
	if err != nil {
		return err
	}
	now := db.now()
	g.ID, g.Created, g.Modified, g.Version = n, fromMicro(now), fromMicro(now), 1
	g.UUID = db.newUUID(g.UUID, n, now)
	_, err = db.exec(ctx, "INSERT INTO sharing_group(id, uuid, name, releasability, description, owner_org, active, created, modified, version) VALUES(?,?,?,?,?,?,?,?,?,1)",
		int64(n), g.UUID[:], g.Name, g.Releasability, g.Description, int64(g.Owner), g.Active, now, now)
	if err != nil {
		return err
	}
	return db.insertGroupOrgs(ctx, g)
}

func (db *DB) insertGroupOrgs(ctx context.Context, g *account.SharingGroup) error {
	rows := make([][]any, len(g.Members))
	for i, m := range g.Members {
		rows[i] = []any{int64(g.ID), int64(m.Org), m.Extend}
	}
	return db.d.Insert(ctx, db.q(ctx), "sharing_group_org", []string{"group_id", "org_id", "extend"}, rows)
}

// UpdateSharingGroup implements account.GroupStore.
func (db *DB) UpdateSharingGroup(ctx context.Context, g *account.SharingGroup) error {
	now := db.now()
	n, err := db.exec(ctx, "UPDATE sharing_group SET name = ?, releasability = ?, description = ?, active = ?, modified = ?, version = version + 1 WHERE id = ? AND version = ?",
		g.Name, g.Releasability, g.Description, g.Active, now, int64(g.ID), g.Version)
	if err != nil {
		return err
	}
	if err := db.versioned(ctx, n, "sharing_group", "sharing_group", g.ID); err != nil {
		return err
	}
	if _, err := db.exec(ctx, "DELETE FROM sharing_group_org WHERE group_id = ?", int64(g.ID)); err != nil {
		return err
	}
	g.Modified = fromMicro(now)
	g.Version++
	return db.insertGroupOrgs(ctx, g)
}

const groupColumns = "g.id, g.uuid, g.name, g.releasability, g.description, g.owner_org, g.active, g.created, g.modified, g.version"

func scanGroup(scan func(...any) error) (account.SharingGroup, error) {
	var g account.SharingGroup
	var uuid []byte
	var created, modified int64
	err := scan(&g.ID, &uuid, &g.Name, &g.Releasability, &g.Description, &g.Owner, &g.Active, &created, &modified, &g.Version)
	g.UUID, g.Created, g.Modified = asUUID(uuid), fromMicro(created), fromMicro(modified)
	return g, err
}

// groupOrgs fills in the members of groups.
func (db *DB) groupOrgs(ctx context.Context, groups []account.SharingGroup) error {
	if len(groups) == 0 {
		return nil
	}
	at := make(map[id.ID]int, len(groups))
	ids := make([]int64, len(groups))
	for i, g := range groups {
		at[g.ID], ids[i] = i, int64(g.ID)
	}
	in, arg := db.d.In(ids)
	return db.each(ctx, "SELECT m.group_id, m.org_id, o.name, m.extend FROM sharing_group_org m JOIN organisation o ON o.id = m.org_id WHERE m.group_id "+in+" ORDER BY m.group_id, m.org_id",
		[]any{arg}, func(rows *sql.Rows) error {
			var group id.ID
			var m account.GroupOrg
			if err := rows.Scan(&group, &m.Org, &m.Name, &m.Extend); err != nil {
				return err
			}
			g := &groups[at[group]]
			g.Members = append(g.Members, m)
			return nil
		})
}

// SharingGroup implements account.GroupStore.
func (db *DB) SharingGroup(ctx context.Context, s sharing.Scope, n id.ID) (account.SharingGroup, error) {
	if s.Denies() {
		return account.SharingGroup{}, missing(sql.ErrNoRows, "sharing_group", n)
	}
	g, err := scanGroup(db.row(ctx, "SELECT "+groupColumns+" FROM sharing_group g WHERE g.id = ?", int64(n)).Scan)
	if err != nil {
		return g, missing(err, "sharing_group", n)
	}
	one := []account.SharingGroup{g}
	err = db.groupOrgs(ctx, one)
	return one[0], err
}

// SharingGroups implements account.GroupStore. Names are not unique: the cursor is the id.
func (db *DB) SharingGroups(ctx context.Context, s sharing.Scope, org id.ID, p account.Page) (account.Listing[account.SharingGroup], error) {
	var out account.Listing[account.SharingGroup]
	if s.Denies() {
		return out, nil
	}
	var w where
	if org != 0 {
		w.and("(g.owner_org = ? OR EXISTS (SELECT 1 FROM sharing_group_org m WHERE m.group_id = g.id AND m.org_id = ?))", int64(org), int64(org))
	}
	if p.After != "" {
		n, err := id.Parse(p.After)
		if err != nil {
			return out, err
		}
		w.and("g.id > ?", int64(n))
	}
	err := db.each(ctx, "SELECT "+groupColumns+" FROM sharing_group g WHERE "+w.clause()+" ORDER BY g.id LIMIT ?", append(w.args, p.Limit+1), func(rows *sql.Rows) error {
		g, err := scanGroup(rows.Scan)
		out.Items = append(out.Items, g)
		return err
	})
	if err != nil {
		return out, err
	}
	out = paged(out, p, func(g account.SharingGroup) string { return g.ID.String() })
	return out, db.groupOrgs(ctx, out.Items)
}
