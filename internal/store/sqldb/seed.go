package sqldb

import (
	"context"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// SeedOrganisation inserts a bare organisation.
func (db *DB) SeedOrganisation(ctx context.Context, n id.ID, name string) error {
	return db.inTx(ctx, func(ctx context.Context, _ Querier) error {
		_, err := db.exec(ctx, "INSERT INTO organisation(id, uuid, name, name_key, local, created, modified, version) VALUES(?,?,?,?,?,?,?,1) ON CONFLICT DO NOTHING",
			int64(n), append(make([]byte, 15), byte(n)), name, name, true, db.now(), db.now())
		return err
	})
}

// SeedSource inserts a bare source.
func (db *DB) SeedSource(ctx context.Context, org id.ID, publisher string, label sharing.ACL) (n id.ID, err error) {
	err = db.inTx(ctx, func(ctx context.Context, _ Querier) error {
		if n, err = db.newIDs(ctx, 1); err != nil {
			return err
		}
		p, err := db.publisher(ctx, report.Publisher{Name: publisher})
		if err != nil {
			return err
		}
		acl, err := db.InternACL(ctx, label)
		if err != nil {
			return err
		}
		_, err = db.exec(ctx, "INSERT INTO source(id, uuid, kind, name, name_key, org_id, acl_id, publisher_id, plane, config, enabled, claim_acl, created, modified, version) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,1)",
			int64(n), append(make([]byte, 8), []byte{0, 0, 0, 0, 0, 0, byte(n >> 8), byte(n)}...), "drop", publisher, n.String(), int64(org), int64(acl), int64(p), "extranet", "{}", true, int64(acl), db.now(), db.now())
		return err
	})
	return n, err
}
