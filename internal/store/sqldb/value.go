package sqldb

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vedette-ti/vedette/internal/assess"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/query"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

var _ assess.Store = (*DB)(nil)

// visibleClaims is the FROM and WHERE of visible live claims on values (alias cv), for sub-selects and joins.
func (db *DB) visibleClaims(ctx context.Context, s sharing.Scope) (string, error) {
	sees, err := db.seesVia(ctx, s, "c.acl_id", "r.acl_id")
	return ` FROM claim_value cv JOIN claim c ON c.id = cv.claim_id LEFT JOIN report r ON r.id = c.report_id
		WHERE NOT c.deleted AND (r.id IS NULL OR NOT r.deleted) AND ` + sees + " ", err
}

// Find implements assess.Store.
func (db *DB) Find(ctx context.Context, s sharing.Scope, values []observable.Value) (map[observable.Value]id.ID, error) {
	live, err := db.live(ctx, s)
	if err != nil {
		return nil, err
	}
	keys := make([][]byte, len(values))
	by := make(map[[16]byte]observable.Value, len(values))
	for i, v := range values {
		k := v.Key()
		keys[i], by[k] = k[:], v
	}
	slices.SortFunc(keys, bytes.Compare) // neighbours in the index are asked for together
	out := make(map[observable.Value]id.ID, len(values))
	var mu sync.Mutex
	err = db.chunks(ctx, len(keys), func(ctx context.Context, from, to int) error {
		type hit struct {
			key [16]byte
			n   id.ID
		}
		found := make([]hit, 0, to-from)
		in, arg := db.d.InBytes(keys[from:to])
		err := db.each(ctx, "SELECT o.vhash, o.id FROM observable o WHERE o.vhash "+in+" AND EXISTS ("+live+")", []any{arg}, func(rows *sql.Rows) error {
			var key sql.RawBytes
			var n int64
			if err := rows.Scan(&key, &n); err != nil {
				return err
			}
			found = append(found, hit{[16]byte(key), id.ID(n)})
			return nil
		})
		mu.Lock()
		defer mu.Unlock()
		for _, h := range found {
			out[by[h.key]] = h.n
		}
		return err
	})
	return out, err
}

// live is a sub-select that has a row when the scope sees a live claim on observable o. Who sees every label
// sees every claim, and keys stand for live claims: then one look at the key is enough.
func (db *DB) live(ctx context.Context, s sharing.Scope) (string, error) {
	all, err := db.seesAll(ctx, s)
	if err != nil {
		return "", err
	}
	if all {
		return "SELECT 1 FROM claim_value cv WHERE cv.value_id = o.id", nil
	}
	visible, err := db.visibleClaims(ctx, s)
	return "SELECT 1" + visible + "AND cv.value_id = o.id", err
}

// chunks runs f on ranges of lookupChunk at once on the reading connections; inside a transaction, one after
// the other.
func (db *DB) chunks(ctx context.Context, n int, f func(ctx context.Context, from, to int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.NumCPU())
	if _, ok := ctx.Value(txKey{}).(*txState); ok {
		g.SetLimit(1)
	}
	for from := 0; from < n; from += lookupChunk {
		g.Go(func() error { return f(ctx, from, min(from+lookupChunk, n)) })
	}
	return g.Wait()
}

// Evidence implements assess.Store. Rows are summed here: most values have few claims, and grouping in the
// store costs more than reading them.
func (db *DB) Evidence(ctx context.Context, s sharing.Scope, values []id.ID) ([]assess.Evidence, error) {
	sees, err := db.seesVia(ctx, s, "c.acl_id", "r.acl_id")
	if err != nil {
		return nil, err
	}
	var all []assess.Evidence
	var mu sync.Mutex
	err = db.chunks(ctx, len(values), func(ctx context.Context, from, to int) error {
		in, arg := db.d.In(int64s(values[from:to]))
		sum := evidenceSum{rows: map[evidenceKey]*assess.Evidence{}, lasting: map[evidenceKey]bool{}, report: map[evidenceKey]int64{}}
		err := db.each(ctx, `SELECT cv.value_id, cv.report_id, c.source_id, r.publisher_id, c.state, c.to_ids, c.confidence, c.pain,
				COALESCE(c.first_seen, c.published, c.created), COALESCE(c.last_seen, c.published, c.created), c.expires
			FROM claim_value cv JOIN claim c ON c.id = cv.claim_id LEFT JOIN report r ON r.id = c.report_id
			WHERE cv.value_id `+in+" AND "+sees+" ORDER BY cv.value_id, cv.report_id, cv.claim_id", []any{arg}, sum.scan)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		all = append(all, sum.list()...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, db.nameEvidence(ctx, all)
}

// evidenceKey is what one Evidence sums.
type evidenceKey struct {
	value, source, publisher int64
	state                    report.State
	toIDs                    bool
}

type evidenceSum struct {
	order   []evidenceKey
	rows    map[evidenceKey]*assess.Evidence
	lasting map[evidenceKey]bool  // one claim never expires
	report  map[evidenceKey]int64 // the last one counted; rows come in the order of reports
}

func (e *evidenceSum) scan(rows *sql.Rows) error {
	var k evidenceKey
	var in, confidence, pain, first, last int64
	var publisher, expires sql.NullInt64
	if err := rows.Scan(&k.value, &in, &k.source, &publisher, &k.state, &k.toIDs, &confidence, &pain, &first, &last, &expires); err != nil {
		return err
	}
	k.publisher = publisher.Int64
	v, ok := e.rows[k]
	if !ok {
		v = &assess.Evidence{Value: id.ID(k.value), Source: id.ID(k.source), Publisher: report.Publisher{ID: id.ID(k.publisher)}, State: k.state, ToIDs: k.toIDs, First: fromMicro(first)}
		e.rows[k] = v
		e.order = append(e.order, k)
	}
	v.Claims++
	if in != 0 && e.report[k] != in {
		e.report[k] = in
		v.Reports++
	}
	v.Confidence, v.Pain = max(v.Confidence, int(confidence)), max(v.Pain, int(pain))
	if t := fromMicro(first); t.Before(v.First) {
		v.First = t
	}
	if t := fromMicro(last); t.After(v.Last) {
		v.Last = t
	}
	e.lasting[k] = e.lasting[k] || !expires.Valid
	if t := nullMicro(expires); t.After(v.Expires) {
		v.Expires = t
	}
	return nil
}

func (e *evidenceSum) list() []assess.Evidence {
	out := make([]assess.Evidence, 0, len(e.order))
	for _, k := range e.order {
		if e.lasting[k] {
			e.rows[k].Expires = time.Time{}
		}
		out = append(out, *e.rows[k])
	}
	return out
}

// nameEvidence completes publishers and reliability, and sorts by value and publisher's name.
func (db *DB) nameEvidence(ctx context.Context, all []assess.Evidence) error {
	type origin struct {
		publisher   report.Publisher
		reliability marking.Reliability
	}
	sources, names := map[id.ID]origin{}, map[id.ID]string{}
	for _, e := range all {
		sources[e.Source] = origin{}
		if e.Publisher.ID != 0 {
			names[e.Publisher.ID] = ""
		}
	}
	in, arg := db.d.In(int64s(slices.Collect(maps.Keys(sources))))
	err := db.each(ctx, "SELECT s.id, s.reliability, p.id, p.name FROM source s JOIN publisher p ON p.id = s.publisher_id WHERE s.id "+in, []any{arg}, func(rows *sql.Rows) error {
		var n id.ID
		var o origin
		err := rows.Scan(&n, &o.reliability, &o.publisher.ID, &o.publisher.Name)
		sources[n] = o
		return err
	})
	if err != nil {
		return err
	}
	in, arg = db.d.In(int64s(slices.Collect(maps.Keys(names))))
	err = db.each(ctx, "SELECT id, name FROM publisher WHERE id "+in, []any{arg}, func(rows *sql.Rows) error {
		var n id.ID
		var name string
		err := rows.Scan(&n, &name)
		names[n] = name
		return err
	})
	for i := range all {
		e := &all[i]
		e.Reliability = sources[e.Source].reliability
		if e.Publisher.ID == 0 {
			e.Publisher = sources[e.Source].publisher
		} else {
			e.Publisher.Name = names[e.Publisher.ID]
		}
	}
	slices.SortStableFunc(all, func(a, b assess.Evidence) int {
		return cmp.Or(cmp.Compare(a.Value, b.Value), cmp.Compare(a.Publisher.Name, b.Publisher.Name), cmp.Compare(a.Source, b.Source), cmp.Compare(a.State, b.State))
	})
	return err
}

// SeenOf implements assess.Store.
func (db *DB) SeenOf(ctx context.Context, s sharing.Scope, values []id.ID) ([]assess.Seen, error) {
	sees, err := db.sees(ctx, s, "x.acl_id")
	if err != nil {
		return nil, err
	}
	var out []assess.Seen
	in, arg := db.d.In(int64s(values))
	err = db.each(ctx, `SELECT x.value_id, SUM(CASE WHEN x.kind = 0 THEN x.count ELSE 0 END), SUM(CASE WHEN x.kind = 1 THEN x.count ELSE 0 END), MAX(x.seen)
		FROM sighting x WHERE x.value_id `+in+" AND NOT x.deleted AND "+sees+" GROUP BY x.value_id", []any{arg}, func(rows *sql.Rows) error {
		var n assess.Seen
		var last int64
		err := rows.Scan(&n.Value, &n.Sightings, &n.FalsePositives, &last)
		n.Last = fromMicro(last)
		out = append(out, n)
		return err
	})
	return out, err
}

// Lists implements assess.Store.
func (db *DB) Lists(ctx context.Context, values []id.ID) (map[id.ID][]id.ID, error) {
	out := map[id.ID][]id.ID{}
	in, arg := db.d.In(int64s(values))
	err := db.each(ctx, "SELECT l.observable_id, l.list_id FROM listed l JOIN pack k ON k.id = l.list_id WHERE k.enabled AND l.observable_id "+in+" ORDER BY 1, 2", []any{arg}, func(rows *sql.Rows) error {
		var v, list id.ID
		err := rows.Scan(&v, &list)
		out[v] = append(out[v], list)
		return err
	})
	return out, err
}

// Own implements assess.Store.
func (db *DB) Own(ctx context.Context, s sharing.Scope, values []id.ID) (map[id.ID]string, error) {
	out := map[id.ID]string{}
	if s.Org() == 0 {
		return out, nil
	}
	in, arg := db.d.In(int64s(values))
	err := db.each(ctx, `SELECT DISTINCT cv.value_id, ah.how FROM asset_hit ah JOIN asset a ON a.id = ah.asset_id JOIN claim c ON c.id = ah.claim_id
		JOIN claim_value cv ON cv.value_id = c.value_id AND cv.report_id = ah.report_id AND cv.claim_id = ah.claim_id
		WHERE a.org_id = ? AND NOT a.deleted AND ah.how IN ('same', 'subdomain', 'inside network') AND c.value_id `+in+" ORDER BY 1, 2", []any{int64(s.Org()), arg}, func(rows *sql.Rows) error {
		var v id.ID
		var how string
		err := rows.Scan(&v, &how)
		out[v] = how
		return err
	})
	return out, err
}

// Values implements assess.Store.
func (db *DB) Values(ctx context.Context, s sharing.Scope, n query.Node, p report.Page) ([]report.Part, string, error) {
	live, err := db.live(ctx, s)
	if err != nil {
		return nil, "", err
	}
	cond, args, err := db.compile(ctx, s, onValues, n)
	if err != nil {
		return nil, "", err
	}
	var w where
	w.and(cond, args...)
	w.and("EXISTS (" + live + ")")
	if p.Cursor != "" {
		_, last, err := parseCursor(p.Cursor)
		if err != nil {
			return nil, "", err
		}
		w.and("o.id < ?", last)
	}
	limit := pageLimit(p)
	out, err := db.parts(ctx, "SELECT o.id, o.class, o.value FROM observable o WHERE "+w.clause()+" ORDER BY o.id DESC LIMIT ?", append(w.args, limit+1))
	next := ""
	if err == nil && len(out) > limit {
		out = out[:limit]
		next = cursor(0, out[limit-1].ID)
	}
	return out, next, err
}

func pageLimit(p report.Page) int {
	if p.Limit <= 0 {
		return 50
	}
	return min(p.Limit, 1000)
}

func (db *DB) parts(ctx context.Context, text string, args []any) ([]report.Part, error) {
	var out []report.Part
	err := db.each(ctx, text, args, func(rows *sql.Rows) error {
		var p report.Part
		err := rows.Scan(&p.ID, &p.Value.Type, &p.Value.Text)
		out = append(out, p)
		return err
	})
	return out, err
}

// ValuesByID implements assess.Store.
func (db *DB) ValuesByID(ctx context.Context, s sharing.Scope, ids []id.ID) ([]report.Part, error) {
	visible, err := db.visibleClaims(ctx, s)
	if err != nil {
		return nil, err
	}
	in, arg := db.d.In(int64s(ids))
	return db.parts(ctx, "SELECT o.id, o.class, o.value FROM observable o WHERE o.id "+in+" AND EXISTS (SELECT 1"+visible+"AND cv.value_id = o.id) ORDER BY o.id", []any{arg})
}

// The work of Around is bounded: it looks at the newest aroundClaims claims and aroundReports reports of a
// value, and ranks at most aroundValues candidates.
const (
	aroundClaims  = 1000
	aroundReports = 50
	aroundValues  = 500
)

// Around implements assess.Store.
func (db *DB) Around(ctx context.Context, s sharing.Scope, v report.Part, r assess.Relation, p report.Page) ([]assess.Relative, string, error) {
	var found []report.Part
	var err error
	switch r {
	case assess.SameFile:
		found, err = db.sameFile(ctx, s, v)
	case assess.Siblings:
		return db.siblings(ctx, s, v, p)
	default:
		found, err = db.neighbours(ctx, s, v, r, p)
	}
	if err != nil {
		return nil, "", err
	}
	counts, err := db.reportCounts(ctx, s, found)
	if err != nil {
		return nil, "", err
	}
	out := make([]assess.Relative, len(found))
	for i, f := range found {
		out[i] = assess.Relative{Part: f, Reports: counts[f.ID]}
	}
	next := ""
	if limit := pageLimit(p); len(out) > limit {
		out = out[:limit]
		next = cursor(0, out[limit-1].ID)
	}
	return out, next, nil
}

// neighbours pages through indexed relatives in id order.
func (db *DB) neighbours(ctx context.Context, s sharing.Scope, v report.Part, r assess.Relation, p report.Page) ([]report.Part, error) {
	visible, err := db.visibleClaims(ctx, s)
	if err != nil {
		return nil, err
	}
	var w where
	switch r {
	case assess.Domain:
		kin, ok := v.Value.Kin()
		if !ok {
			return nil, nil
		}
		w.and("o.id IN (SELECT observable_id FROM kin_key WHERE domain = ?)", kin)
	case assess.Inside, assess.Containing:
		plen, lo, ok := v.Value.Net()
		if !ok {
			return nil, nil
		}
		if r == assess.Inside {
			w.and("o.id IN (SELECT observable_id FROM net_key WHERE lo >= ? AND lo <= ? AND plen > ?)", bytesOf(lo), bytesOf(lastAddress(lo, plen)), int64(plen))
			break
		}
		sub := "SELECT 0 WHERE FALSE"
		for shorter := int(plen) - 1; shorter >= 0; shorter-- {
			sub += " UNION ALL SELECT observable_id FROM net_key WHERE lo = ? AND plen = ?"
			w.args = append(w.args, bytesOf(firstAddress(lo, uint8(shorter))), int64(shorter)) //nolint:gosec // 0…127
		}
		w.parts = append(w.parts, "o.id IN ("+sub+")")
	default:
		return nil, nil
	}
	w.and("o.id <> ?", int64(v.ID))
	if p.Cursor != "" {
		_, last, err := parseCursor(p.Cursor)
		if err != nil {
			return nil, err
		}
		w.and("o.id > ?", last)
	}
	return db.parts(ctx, "SELECT o.id, o.class, o.value FROM observable o WHERE "+w.clause()+" AND EXISTS (SELECT 1"+visible+"AND cv.value_id = o.id) ORDER BY o.id LIMIT ?", append(w.args, pageLimit(p)+1))
}

// sameFile follows visible claims: other values of the same composite claim or of the same object, as far as
// they say what a file is. Two steps: from the value, and from what the first step found.
func (db *DB) sameFile(ctx context.Context, s sharing.Scope, v report.Part) ([]report.Part, error) {
	seen := map[id.ID]bool{v.ID: true}
	var out []report.Part
	frontier := []report.Part{v}
	for range 2 {
		var next []report.Part
		for _, f := range frontier {
			found, err := db.sameObject(ctx, s, f)
			if err != nil {
				return nil, err
			}
			for _, p := range found {
				if !seen[p.ID] && ofFile(p.Value.Type) {
					seen[p.ID] = true
					next = append(next, p)
				}
			}
		}
		out = append(out, next...)
		frontier = next[:min(len(next), 20)]
	}
	return out, nil
}

func ofFile(t observable.Type) bool { return t.Info().STIX == "file" }

func (db *DB) sameObject(ctx context.Context, s sharing.Scope, v report.Part) ([]report.Part, error) {
	visible, err := db.visibleClaims(ctx, s)
	if err != nil {
		return nil, err
	}
	var claims, objects []int64
	err = db.each(ctx, "SELECT c.id, c.object_id"+visible+"AND cv.value_id = ? AND c.correlates ORDER BY c.id DESC LIMIT ?", []any{int64(v.ID), aroundClaims}, func(rows *sql.Rows) error {
		var n int64
		var object sql.NullInt64
		err := rows.Scan(&n, &object)
		claims = append(claims, n)
		if object.Valid {
			objects = append(objects, object.Int64)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	inClaims, claimArg := db.d.In(claims)
	inObjects, objectArg := db.d.In(objects)
	return db.parts(ctx, `SELECT o.id, o.class, o.value FROM observable o WHERE o.id IN (
		SELECT value_id FROM claim WHERE id `+inClaims+` UNION SELECT value_id FROM claim_part WHERE claim_id `+inClaims+`
		UNION SELECT value_id FROM claim WHERE object_id `+inObjects+") ORDER BY o.id LIMIT ?", []any{claimArg, claimArg, objectArg, aroundValues})
}

// siblings ranks the values of the newest reports that state v: more shared reports first, then the rarer.
func (db *DB) siblings(ctx context.Context, s sharing.Scope, v report.Part, p report.Page) ([]assess.Relative, string, error) {
	visible, err := db.visibleClaims(ctx, s)
	if err != nil {
		return nil, "", err
	}
	var reports []int64
	err = db.each(ctx, "SELECT DISTINCT c.report_id"+visible+"AND cv.value_id = ? AND c.correlates AND c.report_id IS NOT NULL ORDER BY c.report_id DESC LIMIT ?", []any{int64(v.ID), aroundReports}, func(rows *sql.Rows) error {
		var n int64
		err := rows.Scan(&n)
		reports = append(reports, n)
		return err
	})
	if err != nil || len(reports) == 0 {
		return nil, "", err
	}
	sees, err := db.sees(ctx, s, "c.acl_id")
	if err != nil {
		return nil, "", err
	}
	in, arg := db.d.In(reports)
	shared := map[id.ID]int64{}
	found := []report.Part{}
	err = db.each(ctx, `SELECT o.id, o.class, o.value, COUNT(DISTINCT c.report_id) FROM claim c JOIN observable o ON o.id = c.value_id
		WHERE c.report_id `+in+" AND NOT c.deleted AND c.correlates AND o.id <> ? AND "+sees+" GROUP BY o.id, o.class, o.value ORDER BY 4 DESC, o.id LIMIT ?", []any{arg, int64(v.ID), aroundValues}, func(rows *sql.Rows) error {
		var f report.Part
		var n int64
		err := rows.Scan(&f.ID, &f.Value.Type, &f.Value.Text, &n)
		found = append(found, f)
		shared[f.ID] = n
		return err
	})
	if err != nil {
		return nil, "", err
	}
	counts, err := db.reportCounts(ctx, s, found)
	if err != nil {
		return nil, "", err
	}
	slices.SortStableFunc(found, func(a, b report.Part) int {
		return cmp.Or(cmp.Compare(shared[b.ID], shared[a.ID]), cmp.Compare(counts[a.ID], counts[b.ID]), cmp.Compare(a.ID, b.ID))
	})
	offset := int64(0)
	if p.Cursor != "" {
		if offset, _, err = parseCursor(p.Cursor); err != nil {
			return nil, "", err
		}
	}
	from := min(int(max(offset, 0)), len(found))
	to := min(from+pageLimit(p), len(found))
	out := make([]assess.Relative, 0, to-from)
	for _, f := range found[from:to] {
		out = append(out, assess.Relative{Part: f, Reports: counts[f.ID]})
	}
	next := ""
	if to < len(found) {
		next = cursor(int64(to), 1)
	}
	return out, next, nil
}

// reportCounts counts the visible reports of each value.
func (db *DB) reportCounts(ctx context.Context, s sharing.Scope, values []report.Part) (map[id.ID]int64, error) {
	out := map[id.ID]int64{}
	if len(values) == 0 {
		return out, nil
	}
	visible, err := db.visibleClaims(ctx, s)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(values))
	for i, v := range values {
		ids[i] = int64(v.ID)
	}
	in, arg := db.d.In(ids)
	err = db.each(ctx, "SELECT cv.value_id, COUNT(DISTINCT cv.report_id)"+visible+"AND cv.value_id "+in+" GROUP BY cv.value_id", []any{arg}, func(rows *sql.Rows) error {
		var v id.ID
		var n int64
		err := rows.Scan(&v, &n)
		out[v] = n
		return err
	})
	return out, err
}

// overlapWindow bounds how many recent claims Overlaps looks at.
const overlapWindow = 20_000

// Overlaps implements assess.Store: it looks at the newest visible claims since a moment and keeps values that
// two or more publishers state.
func (db *DB) Overlaps(ctx context.Context, s sharing.Scope, since time.Time, p report.Page) ([]report.Part, string, error) {
	sees, err := db.seesVia(ctx, s, "c.acl_id", "r.acl_id")
	if err != nil {
		return nil, "", err
	}
	bound := int64(id.Max)
	if p.Cursor != "" {
		if _, bound, err = parseCursor(p.Cursor); err != nil {
			return nil, "", err
		}
	}
	limit := pageLimit(p)
	type hit struct {
		report.Part
		newest int64
	}
	var found []hit
	err = db.each(ctx, `SELECT w.value_id, o.class, o.value, w.newest FROM (
			SELECT value_id, MAX(id) AS newest FROM (SELECT c.id, c.value_id, c.created FROM claim c LEFT JOIN report r ON r.id = c.report_id
				WHERE c.id < ? AND c.value_id IS NOT NULL AND c.correlates AND NOT c.deleted AND (r.id IS NULL OR NOT r.deleted) AND `+sees+` ORDER BY c.id DESC LIMIT ?) recent WHERE created >= ? GROUP BY value_id) w
		JOIN observable o ON o.id = w.value_id
		WHERE (SELECT COUNT(DISTINCT COALESCE(r.publisher_id, s.publisher_id)) FROM claim_value cv JOIN claim c ON c.id = cv.claim_id JOIN source s ON s.id = c.source_id LEFT JOIN report r ON r.id = c.report_id
			WHERE cv.value_id = w.value_id AND NOT c.deleted AND c.state <> 2 AND c.correlates AND (r.id IS NULL OR NOT r.deleted) AND `+sees+`) >= 2
		ORDER BY w.newest DESC LIMIT ?`, []any{bound, overlapWindow, since.UnixMicro(), limit + 1}, func(rows *sql.Rows) error {
		var h hit
		err := rows.Scan(&h.ID, &h.Value.Type, &h.Value.Text, &h.newest)
		found = append(found, h)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(found) > limit {
		found = found[:limit]
		next = cursor(0, id.ID(found[limit-1].newest))
	}
	out := make([]report.Part, len(found))
	for i, h := range found {
		out[i] = h.Part
	}
	return out, next, nil
}
