package sqldb

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// aclCache holds every interned label (they are few and never change) and, per scope, the ids that
// the scope sees. It is refreshed by looking at the highest id, so that labels made by another
// process are seen too.
type aclCache struct {
	mu      sync.RWMutex
	byID    map[int64]sharing.ACL
	byHash  map[string]int64
	highest int64
	visible map[string]visibleSet
}

type visibleSet struct {
	upTo int64
	ids  []int64
	sql  string
}

// maxScopes bounds the cache of visible sets; past it the cache starts anew.
const maxScopes = 4096

func newACLCache() *aclCache {
	return &aclCache{byID: map[int64]sharing.ACL{}, byHash: map[string]int64{}, visible: map[string]visibleSet{}}
}

func aclHash(a sharing.ACL) ([]byte, []byte, error) {
	label, err := jsonx.Marshal(a)
	if err != nil {
		return nil, nil, err
	}
	sum := sha256.Sum256(label)
	return sum[:16], label, nil
}

// InternACL returns the number of a label, adding it when it is new. It joins the transaction of ctx.
func (db *DB) InternACL(ctx context.Context, a sharing.ACL) (sharing.ACLID, error) {
	a = a.Normal()
	hash, label, err := aclHash(a)
	if err != nil {
		return 0, err
	}
	db.acls.mu.RLock()
	known, ok := db.acls.byHash[string(hash)]
	db.acls.mu.RUnlock()
	if ok {
		return sharing.ACLID(known), nil
	}
	var n int64
	err = db.inTx(ctx, func(ctx context.Context, q Querier) error {
		// Labels are committed in the order of their numbers, so that refreshACLs misses none.
		if err := db.d.Lock(ctx, q, "acl"); err != nil {
			return err
		}
		err := db.row(ctx, "SELECT id FROM acl WHERE hash = ?", hash).Scan(&n)
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if err = db.row(ctx, "SELECT COALESCE(MAX(id), 0) + 1 FROM acl").Scan(&n); err != nil {
			return err
		}
		_, err = db.exec(ctx, "INSERT INTO acl(id, hash, label) VALUES(?,?,?)", n, hash, string(label))
		return err
	})
	// The cache learns the label when it is read back (refresh): a rolled-back transaction must leave no trace.
	return sharing.ACLID(n), err
}

// ACL returns the label with a number.
func (db *DB) ACL(ctx context.Context, n sharing.ACLID) (sharing.ACL, error) {
	db.acls.mu.RLock()
	a, ok := db.acls.byID[int64(n)]
	db.acls.mu.RUnlock()
	if ok {
		return a, nil
	}
	var label string
	if err := db.row(ctx, "SELECT label FROM acl WHERE id = ?", int64(n)).Scan(&label); err != nil {
		return a, fmt.Errorf("acl %d: %w", n, err)
	}
	err := jsonx.Unmarshal([]byte(label), &a)
	return a, err
}

// refreshACLs reads labels above the highest known one. Only committed labels enter the cache: inside a
// write transaction the caller gets the extra rows back instead.
func (db *DB) refreshACLs(ctx context.Context) error {
	db.acls.mu.RLock()
	highest := db.acls.highest
	db.acls.mu.RUnlock()
	type entry struct {
		id   int64
		hash []byte
		acl  sharing.ACL
	}
	var fresh []entry
	rows, err := db.ready.query(ctx, db.d.Rebind("SELECT id, hash, label FROM acl WHERE id > ? ORDER BY id"), []any{highest})
	if err != nil {
		return db.d.Translate(err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	for rows.Next() {
		var e entry
		var label string
		if err := rows.Scan(&e.id, &e.hash, &label); err != nil {
			return err
		}
		if err := jsonx.Unmarshal([]byte(label), &e.acl); err != nil {
			return err
		}
		fresh = append(fresh, e)
	}
	if err := rows.Err(); err != nil || len(fresh) == 0 {
		return err
	}
	db.acls.mu.Lock()
	defer db.acls.mu.Unlock()
	for _, e := range fresh {
		db.acls.byID[e.id] = e.acl
		db.acls.byHash[string(e.hash)] = e.id
		db.acls.highest = max(db.acls.highest, e.id)
	}
	return nil
}

// sees returns the predicate "this ACL column is visible to the scope": the visibility rule inside
// the query. A denying scope gets a predicate that is false, the system one that is true.
func (db *DB) sees(ctx context.Context, s sharing.Scope, column string) (string, error) {
	if s.Denies() {
		return "FALSE", nil
	}
	if _, ok := s.IsSystem(); ok {
		return "TRUE", nil
	}
	if err := db.refreshACLs(ctx); err != nil {
		return "FALSE", err
	}
	set := db.acls.seen(s)
	if len(set.ids) == 0 {
		return "FALSE", nil
	}
	return column + set.sql, nil
}

// seesAll reports whether the scope sees every label there is.
func (db *DB) seesAll(ctx context.Context, s sharing.Scope) (bool, error) {
	if s.Denies() {
		return false, nil
	}
	if _, ok := s.IsSystem(); ok {
		return true, nil
	}
	if err := db.refreshACLs(ctx); err != nil {
		return false, err
	}
	set := db.acls.seen(s)
	db.acls.mu.RLock()
	defer db.acls.mu.RUnlock()
	return len(set.ids) == len(db.acls.byID), nil
}

// seesVia is sees for a child: its own label and its container's. Column names a child's ACL, container
// the container's ACL (from an outer join: NULL when the child stands alone).
func (db *DB) seesVia(ctx context.Context, s sharing.Scope, column, container string) (string, error) {
	own, err := db.sees(ctx, s, column)
	if err != nil || own == "FALSE" || own == "TRUE" {
		return own, err
	}
	up, err := db.sees(ctx, s, container)
	return "(" + own + " AND (" + container + " IS NULL OR " + up + "))", err
}

func (c *aclCache) seen(s sharing.Scope) visibleSet {
	key := s.Fingerprint()
	c.mu.RLock()
	set, ok := c.visible[key]
	current := c.highest
	c.mu.RUnlock()
	if ok && set.upTo == current {
		return set
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.visible) >= maxScopes {
		clear(c.visible)
	}
	set = visibleSet{upTo: c.highest}
	var b strings.Builder
	b.WriteString(" IN (")
	for n := int64(1); n <= c.highest; n++ {
		a, ok := c.byID[n]
		if !ok || !s.Sees(a) {
			continue
		}
		if len(set.ids) > 0 {
			b.WriteByte(',')
		}
		set.ids = append(set.ids, n)
		b.WriteString(strconv.FormatInt(n, 10))
	}
	b.WriteByte(')')
	set.sql = b.String()
	c.visible[key] = set
	return set
}
