package playbook

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/naming"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/query"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// A filter is asked of claims before they are stored, so that it knows what the claim and its report say,
// and nothing of what else is known.

// filterFields are the fields of the search language that a filter may use.
func filterFields() []string {
	return []string{
		"type", "value", "domain", "net", "source", "publisher", "plane", "kind", "lang", "title", "tag", "tlp", "state", "to_ids", "pain", "category", "comment",
		"published", "observed", "own", "listed",
	}
}

// unanswerable returns a field of the tree that a filter cannot ask for.
func unanswerable(n query.Node) (string, bool) {
	list := []query.Node{}
	switch n := n.(type) {
	case query.And:
		list = n
	case query.Or:
		list = n
	case query.Not:
		list = append(list, n.X)
	case query.Field:
		if !slices.Contains(filterFields(), n.Name) {
			return n.Name, true
		}
		if !wellFormed(n) {
			return n.Name, true
		}
	}
	for _, c := range list {
		if name, bad := unanswerable(c); bad {
			return name, true
		}
	}
	return "", false
}

// wellFormed checks values whose form is known, so that a slip is found when the playbook is written.
func wellFormed(f query.Field) bool {
	switch f.Name {
	case "tlp":
		_, ok := marking.ParseTLP(f.Value)
		return ok
	case "state":
		_, ok := report.ParseState(strings.ToLower(f.Value))
		return ok
	case "to_ids", "own", "listed":
		_, ok := yes(f.Value)
		return ok
	case "pain":
		_, err := strconv.Atoi(f.Value)
		return err == nil
	case "published", "observed":
		_, _, ok := span(f.Value, time.Now())
		return ok
	case "net":
		_, ok := netOf(f.Value)
		return ok
	}
	return true
}

// view is a claim of a batch with what is around it.
type view struct {
	batch  *report.Batch
	claim  *report.ClaimDraft
	mean   report.Meaning
	known  bool // mean holds
	source *SourceRef
	now    time.Time
}

func (v *view) typeName() string {
	if v.known && len(v.mean.Parts) > 0 {
		return v.mean.Parts[0].Type.String()
	}
	if v.known {
		return v.mean.Type
	}
	return v.claim.Type
}

// value is the canonical text, parts of composite ones joined as MISP writes them.
func (v *view) value() string {
	switch {
	case !v.known || len(v.mean.Parts) == 0:
		return v.claim.Stated
	case len(v.mean.Parts) == 1:
		return v.mean.Parts[0].Text
	}
	parts := make([]string, len(v.mean.Parts))
	for i, p := range v.mean.Parts {
		parts[i] = p.Text
	}
	return strings.Join(parts, "|")
}

// tlp is the level that will bind the claim.
func (v *view) tlp() marking.TLP {
	level := labelOf(v.batch, v.source)
	if v.claim.ACL != nil {
		level = max(level, v.claim.ACL.TLP)
	}
	return level
}

// labelOf is the level of the batch's report: stated, else the batch's, else the source's default.
func labelOf(b *report.Batch, s *SourceRef) marking.TLP {
	for _, acl := range []*sharing.ACL{reportACL(b), &b.ACL} {
		if acl != nil && acl.TLP != marking.TLPUnset {
			return acl.TLP
		}
	}
	if s.TLP != marking.TLPUnset {
		return s.TLP
	}
	return marking.TLPAmber
}

func reportACL(b *report.Batch) *sharing.ACL {
	if b.Report == nil {
		return nil
	}
	return b.Report.ACL
}

// holds answers a condition.
func (c *Condition) holds(v *view) bool {
	if c.all() {
		return true
	}
	if len(c.Types) > 0 && !slices.Contains(c.Types, v.typeName()) {
		return false
	}
	value := v.value()
	if c.Exact != nil && !c.Exact[v.claim.Stated] && !c.Exact[value] && !c.Values[value] {
		return false
	}
	for _, re := range c.Except {
		if re.MatchString(value) {
			return false
		}
	}
	matched := len(c.Match) == 0
	for _, re := range c.Match {
		matched = matched || re.MatchString(value)
	}
	if !matched || c.Written != "" && (c.Written == "defanged") != v.defanged() {
		return false
	}
	return c.Filter == nil || v.answer(c.Filter)
}

func (c *Condition) all() bool {
	return len(c.Types) == 0 && c.Filter == nil && len(c.Match) == 0 && len(c.Except) == 0 && c.Exact == nil && c.Written == ""
}

// defanged reports whether the value stood in the text made harmless.
func (v *view) defanged() bool {
	s := v.claim.Stated
	return strings.ContainsAny(s, "[]{}()") || strings.Contains(strings.ToLower(s), "xx") && strings.Contains(s, "://") && strings.ToLower(s) != v.value()
}

func (v *view) answer(n query.Node) bool {
	switch n := n.(type) {
	case query.And:
		return !slices.ContainsFunc(n, func(x query.Node) bool { return !v.answer(x) })
	case query.Or:
		return slices.ContainsFunc(n, v.answer)
	case query.Not:
		return !v.answer(n.X)
	case query.Text:
		return v.text(n.Text)
	case query.Field:
		return v.field(n)
	}
	return false
}

// text looks for a word or phrase in the value, comment, title and summary.
func (v *view) text(s string) bool {
	if known, ok := observable.Recognise(s); ok && known.Text == v.value() {
		return true
	}
	s = naming.Fold(strings.Trim(s, "*"))
	fields := []string{v.claim.Stated, v.value(), v.claim.Comment}
	if r := v.batch.Report; r != nil {
		fields = append(fields, r.Title, r.Summary)
	}
	return slices.ContainsFunc(fields, func(f string) bool { return strings.Contains(naming.Fold(f), s) })
}

func (v *view) field(f query.Field) bool {
	switch f.Name {
	case "type":
		return slices.Contains(typeNames(f.Value), v.typeName()) || strings.EqualFold(f.Value, v.claim.Type)
	case "value":
		if known, ok := observable.Recognise(f.Value); ok && known.Text == v.value() {
			return true
		}
		return like(f.Value, v.value()) || like(f.Value, v.claim.Stated)
	case "domain", "net":
		return v.place(f)
	case "to_ids":
		want, _ := yes(f.Value)
		set := v.known && v.mean.ToIDs
		if v.claim.ToIDs != nil {
			set = *v.claim.ToIDs
		}
		return set == want
	case "state":
		want, _ := report.ParseState(strings.ToLower(f.Value))
		return v.state() == want
	case "pain":
		want, _ := strconv.Atoi(f.Value)
		top, _ := strconv.Atoi(f.To)
		return compare(v.mean.Pain, f.Op, want, top)
	case "tlp":
		want, _ := marking.ParseTLP(f.Value)
		return compare(int(v.tlp()), f.Op, int(want), 0)
	case "category":
		return strings.EqualFold(f.Value, v.category())
	case "comment":
		return strings.Contains(naming.Fold(v.claim.Comment), naming.Fold(f.Value))
	case "own":
		want, _ := yes(f.Value)
		return (len(v.claim.Assets) > 0) == want
	case "listed":
		want, _ := yes(f.Value)
		return (len(v.claim.Listed) > 0) == want
	case "observed":
		return v.within(v.claim.LastSeen, v.claim.FirstSeen, f)
	}
	return v.container(f)
}

func (v *view) state() report.State {
	switch {
	case v.claim.State != nil:
		return *v.claim.State
	case v.batch.Accept:
		return report.Accepted
	}
	return report.Proposed
}

func (v *view) category() string {
	if v.claim.Category == "" && v.known {
		return v.mean.Category
	}
	return v.claim.Category
}

// container answers what the report and the source know.
func (v *view) container(f query.Field) bool {
	r := v.batch.Report
	if r == nil {
		r = &report.Draft{}
	}
	switch f.Name {
	case "source":
		return f.Value == v.source.ID.String() || like(f.Value, v.source.Name)
	case "publisher":
		publisher := v.source.Publisher
		if r.Publisher != "" {
			publisher = r.Publisher
		}
		return like(f.Value, publisher)
	case "plane":
		return strings.EqualFold(f.Value, v.source.Plane)
	case "kind":
		return strings.EqualFold(f.Value, string(r.Kind))
	case "lang":
		return strings.EqualFold(f.Value, r.Lang)
	case "title":
		return strings.Contains(naming.Fold(r.Title), naming.Fold(f.Value))
	case "published":
		return v.within(v.claim.Published, r.Published, f)
	case "tag":
		tagged := func(name string) bool { return like(f.Value, name) }
		return slices.ContainsFunc(v.claim.Tags, tagged) || slices.ContainsFunc(v.claim.LocalTags, tagged) ||
			slices.ContainsFunc(r.Tags, tagged) || slices.ContainsFunc(r.LocalTags, tagged) || slices.ContainsFunc(v.source.Tags, tagged)
	}
	return false
}

// place answers domain: and net: by the value's kin and addresses.
func (v *view) place(f query.Field) bool {
	if !v.known {
		return false
	}
	for _, p := range v.mean.Parts {
		if f.Name == "domain" {
			want := strings.ToLower(observable.Refang(f.Value))
			if d, err := observable.Canonical(observable.Domain, want); err == nil {
				if kin, ok := d.Kin(); ok {
					want = kin
				}
			}
			if kin, ok := p.Kin(); ok && kin == want {
				return true
			}
			continue
		}
		want, ok1 := netOf(f.Value)
		have, ok2 := netOf(p.Text)
		if ok1 && ok2 && want.Overlaps(have) {
			return true
		}
	}
	return false
}

func netOf(s string) (netip.Prefix, bool) {
	s = observable.Refang(s)
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked(), true
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, false
	}
	a = a.WithZone("").Unmap()
	return netip.PrefixFrom(a, a.BitLen()), true
}

// like compares with * as wildcard, in any letter case.
func like(pattern, s string) bool {
	pattern, s = strings.ToLower(pattern), strings.ToLower(s)
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == s
	}
	if !strings.HasPrefix(s, parts[0]) {
		return false
	}
	s = s[len(parts[0]):]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s = s[i+len(part):]
	}
	return strings.HasSuffix(s, parts[len(parts)-1])
}

func yes(s string) (value, ok bool) {
	switch strings.ToLower(s) {
	case "yes", "true", "1", "是":
		return true, true
	case "no", "false", "0", "否":
		return false, true
	}
	return false, false
}

func compare(have int, op query.Op, want, top int) bool {
	switch op {
	case query.Less:
		return have < want
	case query.LessEqual:
		return have <= want
	case query.Greater:
		return have > want
	case query.GreaterEqual:
		return have >= want
	case query.Range:
		return have >= want && have <= top
	}
	return have == want
}

// within compares the first date that is known; an unknown one fits nothing.
func (v *view) within(first, second time.Time, f query.Field) bool {
	t := first
	if t.IsZero() {
		t = second
	}
	from, to, ok := span(f.Value, v.now)
	if t.IsZero() || !ok {
		return false
	}
	switch f.Op {
	case query.Less:
		return t.Before(from)
	case query.LessEqual:
		return t.Before(to)
	case query.Greater:
		return !t.Before(to)
	case query.GreaterEqual:
		return !t.Before(from)
	case query.Range:
		if _, to, ok = span(f.To, v.now); !ok {
			return false
		}
	}
	return !t.Before(from) && t.Before(to)
}

// span returns the time [from, to) that a written date or age ("7d") covers, as in searches.
func span(s string, now time.Time) (from, to time.Time, ok bool) {
	if n := len(s); n > 1 && n < 8 {
		unit := map[byte]time.Duration{'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}[s[n-1]]
		if count, err := strconv.Atoi(s[:n-1]); err == nil && unit > 0 {
			return now.Add(-time.Duration(count) * unit), now.Add(1), true
		}
	}
	for _, form := range []struct {
		layout              string
		years, months, days int
		more                time.Duration
	}{{"2006", 1, 0, 0, 0}, {"2006-01", 0, 1, 0, 0}, {time.DateOnly, 0, 0, 1, 0}, {time.RFC3339, 0, 0, 0, time.Second}} {
		if t, err := time.Parse(form.layout, s); err == nil {
			return t, t.AddDate(form.years, form.months, form.days).Add(form.more), true
		}
	}
	return from, to, false
}
