package sqldb

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/query"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// target says which rows a query selects; conditions name the tables of its FROM clause:
// reports r, s (source); claims c, r (outer), s, o (outer); values o alone, claims inside EXISTS.
type target uint8

const (
	onReports target = iota
	onClaims
	onValues
)

// compiler turns a query's tree into a predicate with the scope inside every sub-select.
type compiler struct {
	ctx    context.Context //nolint:containedctx // lives for one call
	db     *DB
	scope  sharing.Scope
	target target
	w      where
}

// compile returns the predicate of a tree and its arguments.
func (db *DB) compile(ctx context.Context, s sharing.Scope, t target, n query.Node) (string, []any, error) {
	if n == nil {
		return "TRUE", nil, nil
	}
	c := &compiler{ctx: ctx, db: db, scope: s, target: t}
	text, err := c.node(n)
	return text, c.w.args, err
}

func (c *compiler) arg(v any) string {
	c.w.args = append(c.w.args, v)
	return "?"
}

func (c *compiler) node(n query.Node) (string, error) {
	switch n := n.(type) {
	case query.And:
		return c.join(n, " AND ", "TRUE")
	case query.Or:
		return c.join(n, " OR ", "FALSE")
	case query.Not:
		if f, ok := n.X.(query.Field); ok && (f.Name == "score" || f.Name == "publishers") {
			return "TRUE", nil // computed after the query: see assess.Computed
		}
		text, err := c.node(n.X)
		// What a row does not state it does not match: NOT lang:zh finds rows without a language.
		return "NOT COALESCE(" + text + ", FALSE)", err
	case query.Text:
		return c.text(n)
	case query.Field:
		return c.field(n)
	}
	return "FALSE", errs.New(errs.Internal, "query_node", "unknown query node")
}

func (c *compiler) join(list []query.Node, word, empty string) (string, error) {
	if len(list) == 0 {
		return empty, nil
	}
	parts := make([]string, len(list))
	for i, n := range list {
		text, err := c.node(n)
		if err != nil {
			return "", err
		}
		parts[i] = text
	}
	return "(" + strings.Join(parts, word) + ")", nil
}

// text matches words of reports, or the value when the word is one.
func (c *compiler) text(n query.Text) (string, error) {
	var parts []string
	if v, ok := observable.Recognise(n.Text); ok {
		text, err := c.exact(v)
		if err != nil {
			return "", err
		}
		parts = append(parts, text)
	}
	if c.target != onValues {
		if phrase := query.Phrase(n.Text); len(phrase) > 0 {
			sub, arg := c.db.d.Search().MatchReports([][]string{phrase})
			parts = append(parts, "r.id IN ("+sub+")")
			c.arg(arg)
		}
	}
	if c.target != onReports && len(parts) == 0 || c.target == onValues {
		text, err := c.contains(n.Text)
		if err != nil {
			return "", err
		}
		parts = append(parts, text)
	}
	if len(parts) == 0 {
		return "FALSE", nil
	}
	return "(" + strings.Join(parts, " OR ") + ")", nil
}

// exact matches one canonical value.
func (c *compiler) exact(v observable.Value) (string, error) {
	key := v.Key()
	value := "(SELECT id FROM observable WHERE vhash = " + c.arg(key[:]) + ")"
	switch c.target {
	case onReports:
		return c.stating("= " + value)
	case onClaims:
		return "c.id IN (SELECT claim_id FROM claim_value WHERE value_id = " + value + ")", nil
	}
	return "o.id = " + value, nil
}

// stating matches reports in which a visible claim states one of the values: a report may hold claims that
// its reader does not see.
func (c *compiler) stating(values string) (string, error) {
	text, err := c.db.statingReports(c.ctx, c.scope, values)
	return "r.id IN (" + text + ")", err
}

// statingReports selects the reports in which the scope sees a live claim on values; these follow cv.value_id.
func (db *DB) statingReports(ctx context.Context, s sharing.Scope, values string) (string, error) {
	sees, err := db.sees(ctx, s, "vc.acl_id")
	return "SELECT cv.report_id FROM claim_value cv JOIN claim vc ON vc.id = cv.claim_id WHERE cv.value_id " + values + " AND NOT vc.deleted AND " + sees, err
}

// contains matches a substring of values; shorter than three bytes, it matches prefixes only of nothing.
func (c *compiler) contains(s string) (string, error) {
	s = strings.ToLower(observable.Refang(s))
	if len([]rune(s)) < 3 {
		return "FALSE", nil
	}
	return c.valueIn(c.holding(s, likeAny(s)))
}

// holding selects the ids of values that are like a pattern and so contain s: by the substring index, and by
// reading those few that are newer than the index. It is materialised: a planner without statistics (just after a
// large import) would otherwise compute it once per row.
func (c *compiler) holding(s, pattern string) string {
	sub, args := c.db.d.Search().MatchValues(s)
	c.w.args = append(c.w.args, args...)
	cond := `lower(value) LIKE ? ESCAPE '\'`
	c.arg(pattern)
	c.arg(pattern)
	return "WITH held AS MATERIALIZED (" + sub + " AND " + cond + " UNION ALL SELECT id FROM observable WHERE id > COALESCE((SELECT seq FROM change_cursor WHERE consumer = '" + valueConsumer + "'), 0) AND " + cond + ") SELECT id FROM held"
}

// valueIn ties a sub-select of observable ids to the target.
func (c *compiler) valueIn(sub string) (string, error) {
	switch c.target {
	case onReports:
		return c.stating("IN (" + sub + ")")
	case onClaims:
		return "c.value_id IN (" + sub + ")", nil
	}
	return "o.id IN (" + sub + ")", nil
}

// viaClaim wraps a condition on claims (alias c, with r and s) for the target.
func (c *compiler) viaClaim(cond string) (string, error) {
	if c.target == onClaims {
		return cond, nil
	}
	if c.target == onReports {
		sees, err := c.db.sees(c.ctx, c.scope, "c.acl_id")
		return "EXISTS (SELECT 1 FROM claim c WHERE c.report_id = r.id AND NOT c.deleted AND " + sees + " AND " + cond + ")", err
	}
	sees, err := c.db.seesVia(c.ctx, c.scope, "c.acl_id", "r.acl_id")
	return `EXISTS (SELECT 1 FROM claim_value cv JOIN claim c ON c.id = cv.claim_id JOIN source s ON s.id = c.source_id LEFT JOIN report r ON r.id = c.report_id
		WHERE cv.value_id = o.id AND NOT c.deleted AND (r.id IS NULL OR NOT r.deleted) AND ` + sees + " AND " + cond + ")", err
}

// viaReport wraps a condition on reports (alias r, with s) for the target.
func (c *compiler) viaReport(cond string) (string, error) {
	if c.target != onValues {
		return cond, nil
	}
	return c.viaClaim(cond)
}

func (c *compiler) field(f query.Field) (string, error) {
	if text, ok, err := c.valueField(f); ok || err != nil {
		return text, err
	}
	if f.Name == "own" && c.target == onReports {
		return c.ownReports(f)
	}
	if text, ok, err := c.claimField(f); ok || err != nil {
		if err != nil {
			return "", err
		}
		return c.viaClaim(text)
	}
	if text, ok, err := c.reportField(f); ok || err != nil {
		if err != nil {
			return "", err
		}
		return c.viaReport(text)
	}
	switch f.Name {
	case "score", "publishers": // computed from visible claims after the query: see assess
		return "TRUE", nil
	}
	return "", errs.New(errs.Invalid, "query_field_here", "{field}: cannot be used in this list.", "field", f.Name)
}

// ownReports matches reports that concern own assets. It starts at the hits, which are few.
func (c *compiler) ownReports(f query.Field) (string, error) {
	which, yes, err := c.ownWhich(f)
	if err != nil {
		return "", err
	}
	sees, err := c.db.sees(c.ctx, c.scope, "hc.acl_id")
	return not(!yes) + "r.id IN (SELECT ah.report_id FROM asset_hit ah JOIN asset a ON a.id = ah.asset_id LEFT JOIN claim hc ON hc.id = ah.claim_id WHERE " +
		which + " AND (hc.id IS NULL OR NOT hc.deleted AND " + sees + "))", err
}

// own matches claims that concern own assets.
func (c *compiler) own(f query.Field) (string, error) {
	which, yes, err := c.ownWhich(f)
	return not(!yes) + "EXISTS (SELECT 1 FROM asset_hit ah JOIN asset a ON a.id = ah.asset_id WHERE ah.claim_id = c.id AND " + which + ")", err
}

// ownWhich is the condition on an asset (a) of the viewer's organisation: any, or one by its id. Ids are above
// 1, which means yes.
func (c *compiler) ownWhich(f query.Field) (text string, yes bool, err error) {
	text = "NOT a.deleted AND a.org_id = " + c.arg(int64(c.scope.Org()))
	if n, err := strconv.ParseInt(f.Value, 10, 64); err == nil && n > 1 {
		return text + " AND a.id = " + c.arg(n), true, nil
	}
	yes, err = boolean(f)
	return text, yes, err
}

// valueField handles conditions on the value itself.
func (c *compiler) valueField(f query.Field) (string, bool, error) {
	switch f.Name {
	case "value":
		text, err := c.valueLike(f.Value)
		return text, true, err
	case "domain":
		domain := strings.ToLower(observable.Refang(f.Value))
		if v, err := observable.Canonical(observable.Domain, domain); err == nil {
			if kin, ok := v.Kin(); ok {
				domain = kin
			}
		}
		text, err := c.valueIn("SELECT observable_id FROM kin_key WHERE domain = " + c.arg(domain))
		return text, true, err
	case "net":
		sub, err := c.network(f)
		if err != nil {
			return "", true, err
		}
		text, err := c.valueIn(sub)
		return text, true, err
	case "type":
		classes := classesOf(f.Value)
		if len(classes) > 0 && c.target == onValues {
			in, arg := c.db.d.In(classes)
			c.arg(arg)
			return "o.class " + in, true, nil
		}
	case "listed":
		yes, err := boolean(f)
		if err != nil {
			return "", true, err
		}
		text, err := c.valueIn("SELECT observable_id FROM listed")
		return not(!yes) + text, true, err
	}
	return "", false, nil
}

func (c *compiler) valueLike(value string) (string, error) {
	if strings.Contains(value, "*") {
		return c.wildcard(value)
	}
	if v, ok := observable.Recognise(value); ok {
		return c.exact(v)
	}
	return c.valueIn("SELECT id FROM observable WHERE value = " + c.arg(value))
}

// classesOf returns the classes named: "file:md5", "file:*", "hash", "ip".
func classesOf(name string) []int64 {
	var out []int64
	name = strings.ToLower(name)
	for _, t := range observable.All() {
		n := t.String()
		prefix, wild := strings.CutSuffix(name, "*")
		switch {
		case n == name, wild && strings.HasPrefix(n, prefix),
			name == "ip" && (t == observable.IPv4 || t == observable.IPv6),
			name == "hash" && t.Info().Pain == 1, name == "domain" && t == observable.Domain, name == "email" && t == observable.Email, name == "cve" && t == observable.Vulnerability:
			out = append(out, int64(t))
		}
	}
	return out
}

func (c *compiler) wildcard(pattern string) (string, error) {
	pattern = strings.ToLower(observable.Refang(pattern))
	longest := ""
	for part := range strings.SplitSeq(pattern, "*") {
		if len(part) > len(longest) {
			longest = part
		}
	}
	like := strings.ReplaceAll(strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(pattern), "*", "%")
	if len([]rune(longest)) < 3 {
		return c.valueIn("SELECT id FROM observable WHERE lower(value) LIKE " + c.arg(like) + ` ESCAPE '\'`)
	}
	return c.valueIn(c.holding(longest, like))
}

// network matches addresses and networks inside a network, and networks around it.
func (c *compiler) network(f query.Field) (string, error) {
	v, err := observable.Canonical(observable.IPv4, f.Value)
	if err != nil {
		if v, err = observable.Canonical(observable.IPv6, f.Value); err != nil {
			return "", errs.New(errs.Invalid, "query_net", "{value} is not an address or a network: write net:10.0.0.0/8.", "value", f.Value)
		}
	}
	plen, lo, ok := v.Net()
	if !ok {
		return "", errs.New(errs.Invalid, "query_net", "{value} is not an address or a network: write net:10.0.0.0/8.", "value", f.Value)
	}
	hi := lastAddress(lo, plen)
	sub := "SELECT observable_id FROM net_key WHERE lo >= " + c.arg(bytesOf(lo)) + " AND lo <= " + c.arg(bytesOf(hi)) + " AND plen >= " + c.arg(int64(plen))
	for shorter := int(plen) - 1; shorter >= 0; shorter-- {
		sub += " UNION ALL SELECT observable_id FROM net_key WHERE lo = " + c.arg(bytesOf(firstAddress(lo, uint8(shorter)))) + " AND plen = " + c.arg(int64(shorter)) //nolint:gosec // 0…127
	}
	return sub, nil
}

func lastAddress(lo [16]byte, plen uint8) [16]byte {
	for bit := int(plen); bit < 128; bit++ {
		lo[bit/8] |= 0x80 >> (bit % 8)
	}
	return lo
}

func firstAddress(lo [16]byte, plen uint8) [16]byte {
	for bit := int(plen); bit < 128; bit++ {
		lo[bit/8] &^= 0x80 >> (bit % 8)
	}
	return lo
}

// claimField handles conditions on claims, with alias c (and r, s where the target has them).
func (c *compiler) claimField(f query.Field) (string, bool, error) {
	switch f.Name {
	case "type":
		classes := classesOf(f.Value)
		if len(classes) == 0 {
			return "c.type = " + c.arg(f.Value), true, nil
		}
		in, arg := c.db.d.In(classes)
		c.arg(arg)
		return "c.value_id IN (SELECT id FROM observable WHERE class " + in + " AND id = c.value_id)", true, nil
	case "state":
		state, ok := report.ParseState(strings.ToLower(f.Value))
		if !ok {
			return "", true, badValue(f, "proposed, accepted or rejected")
		}
		return "c.state = " + c.arg(int(state)), true, nil
	case "to_ids":
		yes, err := boolean(f)
		return not(!yes) + "c.to_ids", true, err
	case "expired":
		yes, err := boolean(f)
		return not(!yes) + "(c.expires IS NOT NULL AND c.expires <= " + c.arg(c.db.now()) + ")", true, err
	case "pain":
		text, err := c.number("c.pain", f)
		return text, true, err
	case "category":
		return "lower(c.category) = " + c.arg(strings.ToLower(f.Value)), true, nil
	case "comment":
		return "lower(c.comment) LIKE " + c.arg(likeAny(f.Value)) + ` ESCAPE '\'`, true, nil
	case "observed":
		text, err := c.date("COALESCE(c.last_seen, c.first_seen)", f)
		return text, true, err
	case "own":
		text, err := c.own(f)
		return text, true, err
	case "object":
		return "c.object_id IN (SELECT id FROM object WHERE lower(name) = " + c.arg(strings.ToLower(f.Value)) + ")", true, nil
	case "deleted":
		yes, err := boolean(f)
		return not(!yes) + "c.deleted", c.target == onClaims, err
	}
	return "", false, nil
}

// reportField handles conditions on reports and sources; on claims that stand alone r is NULL.
func (c *compiler) reportField(f query.Field) (string, bool, error) {
	switch f.Name {
	case "report":
		n, err := strconv.ParseInt(f.Value, 10, 64)
		if err != nil {
			return "", true, badValue(f, "the number of a report")
		}
		return "r.id = " + c.arg(n), true, nil
	case "source":
		if n, err := strconv.ParseInt(f.Value, 10, 64); err == nil {
			return "s.id = " + c.arg(n), true, nil
		}
		return "lower(s.name) LIKE " + c.arg(like(f.Value)) + ` ESCAPE '\'`, true, nil
	case "publisher":
		return "COALESCE(r.publisher_id, s.publisher_id) IN (SELECT id FROM publisher WHERE name_key LIKE " + c.arg(like(f.Value)) + ` ESCAPE '\')`, true, nil
	case "kind":
		return "r.kind = " + c.arg(strings.ToLower(f.Value)), true, nil
	case "lang":
		return "r.lang = " + c.arg(strings.ToLower(f.Value)), true, nil
	case "plane":
		return "s.plane = " + c.arg(strings.ToLower(f.Value)), true, nil
	case "title":
		phrase := query.Phrase(f.Value)
		if len(phrase) == 0 {
			return "FALSE", true, nil
		}
		return "lower(r.title) LIKE " + c.arg(likeAny(f.Value)) + ` ESCAPE '\'`, true, nil
	case "progress":
		p, ok := report.ParseProgress(strings.ToLower(f.Value))
		if !ok {
			return "", true, badValue(f, "to_review, in_review or reviewed")
		}
		return "r.state = " + c.arg(int(p)), true, nil
	case "assignee":
		return c.assignee(f.Value), true, nil
	case "tag":
		text, err := c.tagged(f.Value)
		return text, true, err
	case "tlp":
		text, err := c.tlp(f)
		return text, true, err
	case "published":
		column := "r.published"
		if c.target != onReports {
			column = "COALESCE(c.published, r.published)"
		}
		text, err := c.date(column, f)
		return text, true, err
	case "arrived":
		column := "r.created"
		if c.target != onReports {
			column = "c.created"
		}
		text, err := c.date(column, f)
		return text, true, err
	}
	return "", false, nil
}

func (c *compiler) assignee(name string) string {
	switch strings.ToLower(name) {
	case "me":
		return "r.assignee = " + c.arg(int64(c.scope.User()))
	case "none":
		return "r.assignee IS NULL"
	}
	return "r.assignee IN (SELECT id FROM account WHERE email_key = " + c.arg(strings.ToLower(name)) + ")"
}

func (c *compiler) tagged(name string) (string, error) {
	sees, err := c.db.sees(c.ctx, c.scope, "g.acl_id")
	if err != nil {
		return "", err
	}
	sub := "SELECT g.item_id FROM tagging g JOIN tag t ON t.id = g.tag_id WHERE t.name_key LIKE ? ESCAPE '\\' AND " + sees
	arg := like(name)
	if c.target == onReports {
		c.arg(arg)
		return "r.id IN (" + sub + ")", nil
	}
	c.arg(arg)
	c.arg(arg)
	return "(c.id IN (" + sub + ") OR r.id IN (" + sub + "))", nil
}

// tlp compares the effective level: the stricter of the claim's and the container's.
func (c *compiler) tlp(f query.Field) (string, error) {
	level, ok := marking.ParseTLP(f.Value)
	if !ok {
		return "", badValue(f, "clear, green, amber, amber+strict or red")
	}
	if err := c.db.refreshACLs(c.ctx); err != nil {
		return "", err
	}
	list := func(match func(marking.TLP) bool) string {
		ids := c.db.acls.matching(func(a sharing.ACL) bool { return match(a.TLP) })
		in, arg := c.db.d.In(ids)
		c.arg(arg)
		return in
	}
	if c.target == onReports {
		return "r.acl_id " + list(func(t marking.TLP) bool { return compare(int(t), f.Op, int(level)) }), nil
	}
	atMost := func(l marking.TLP) string {
		le := func(t marking.TLP) bool { return t <= l }
		return "(c.acl_id " + list(le) + " AND (r.id IS NULL OR r.acl_id " + list(le) + "))"
	}
	switch f.Op {
	case query.LessEqual:
		return atMost(level), nil
	case query.Less:
		return atMost(level - 1), nil
	case query.Greater:
		return "NOT " + atMost(level), nil
	case query.GreaterEqual:
		return "NOT " + atMost(level-1), nil
	}
	return "(" + atMost(level) + " AND NOT " + atMost(level-1) + ")", nil
}

func (c *aclCache) matching(f func(sharing.ACL) bool) []int64 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	ids := []int64{}
	for n, a := range c.byID {
		if f(a) {
			ids = append(ids, n)
		}
	}
	return ids
}

func compare(a int, op query.Op, b int) bool {
	switch op {
	case query.Less:
		return a < b
	case query.LessEqual:
		return a <= b
	case query.Greater:
		return a > b
	case query.GreaterEqual:
		return a >= b
	}
	return a == b
}

func (c *compiler) number(column string, f query.Field) (string, error) {
	n, err := strconv.Atoi(f.Value)
	if err != nil {
		return "", badValue(f, "a whole number")
	}
	if f.Op != query.Range {
		return column + sqlOp(f.Op) + c.arg(n), nil
	}
	to, err := strconv.Atoi(f.To)
	if err != nil {
		return "", badValue(f, "a whole number")
	}
	return "(" + column + " >= " + c.arg(n) + " AND " + column + " <= " + c.arg(to) + ")", nil
}

// date compares days, months, years or moments; "=" means within; relative ages ("7d", "24h") count back from now.
func (c *compiler) date(column string, f query.Field) (string, error) {
	from, to, err := c.span(f.Value)
	if err != nil {
		return "", badValue(f, "a date like 2024-05-31, 2024-05, 2024, or an age like 7d")
	}
	switch f.Op {
	case query.Less:
		return column + " < " + c.arg(from), nil
	case query.LessEqual:
		return column + " < " + c.arg(to), nil
	case query.Greater:
		return column + " >= " + c.arg(to), nil
	case query.GreaterEqual:
		return column + " >= " + c.arg(from), nil
	case query.Range:
		_, end, err := c.span(f.To)
		if err != nil {
			return "", badValue(f, "a date like 2024-05-31, 2024-05, 2024, or an age like 7d")
		}
		to = end
	}
	return "(" + column + " >= " + c.arg(from) + " AND " + column + " < " + c.arg(to) + ")", nil
}

// span returns the microseconds [from, to) that a written date covers.
func (c *compiler) span(s string) (from, to int64, err error) {
	if n := len(s); n > 1 && n < 8 {
		unit := map[byte]time.Duration{'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}[s[n-1]]
		if count, err := strconv.Atoi(s[:n-1]); err == nil && unit > 0 {
			now := c.db.clock()
			return now.Add(-time.Duration(count) * unit).UnixMicro(), now.UnixMicro() + 1, nil
		}
	}
	for _, form := range []struct {
		layout string
		next   func(time.Time) time.Time
	}{
		{"2006", func(t time.Time) time.Time { return t.AddDate(1, 0, 0) }},
		{"2006-01", func(t time.Time) time.Time { return t.AddDate(0, 1, 0) }},
		{time.DateOnly, func(t time.Time) time.Time { return t.AddDate(0, 0, 1) }},
		{time.RFC3339, func(t time.Time) time.Time { return t.Add(time.Second) }},
	} {
		if t, err := time.Parse(form.layout, s); err == nil {
			return t.UnixMicro(), form.next(t).UnixMicro(), nil
		}
	}
	return 0, 0, strconv.ErrSyntax
}

func sqlOp(op query.Op) string {
	return [...]string{" = ", " < ", " <= ", " > ", " >= "}[min(op, query.GreaterEqual)]
}

func boolean(f query.Field) (bool, error) {
	switch strings.ToLower(f.Value) {
	case "yes", "true", "1", "是":
		return true, nil
	case "no", "false", "0", "否":
		return false, nil
	}
	return false, badValue(f, "yes or no")
}

func not(b bool) string {
	if b {
		return "NOT "
	}
	return ""
}

func like(s string) string {
	return strings.ReplaceAll(strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.ToLower(s)), "*", "%")
}

func likeAny(s string) string { return "%" + like(s) + "%" }

func badValue(f query.Field, want string) error {
	return errs.New(errs.Invalid, "query_value", "{value} does not fit {field}: at position {pos}; it takes {want}.",
		"value", f.Value, "field", f.Name, "pos", f.Pos+1, "want", want)
}
