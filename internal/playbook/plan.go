package playbook

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/naming"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// Plan is what the enabled playbooks of an organisation do with one source, in their order. It is immutable
// and safe for concurrent use; a nil Plan does nothing.
type Plan struct {
	source SourceRef
	rules  []rule
	mean   func(typ, stated string) (report.Meaning, error)
	clock  func() time.Time
}

type rule struct {
	id, org id.ID
	doc     Document
}

// applies reports whether a document is about a source.
func (d *Document) applies(s SourceRef) bool {
	return len(d.Sources) == 0 || slices.ContainsFunc(d.Sources, func(sel Selector) bool { return sel.picks(s) })
}

func (sel Selector) picks(s SourceRef) bool {
	switch {
	case sel.ID != 0:
		return sel.ID == s.ID
	case sel.Kind != "":
		return sel.Kind == s.Kind
	case sel.Tag != "":
		return slices.ContainsFunc(s.Tags, func(t string) bool { return naming.Fold(t) == sel.Tag })
	case sel.Pattern != nil:
		return sel.Pattern.MatchString(s.Name)
	}
	return sel.Name == naming.Fold(s.Name)
}

// newPlan picks and orders what is about a source; nil when nothing is.
func newPlan(s SourceRef, all []rule, mean func(typ, stated string) (report.Meaning, error), clock func() time.Time) *Plan {
	p := &Plan{source: s, mean: mean, clock: clock}
	for _, r := range all {
		if r.doc.applies(s) {
			p.rules = append(p.rules, r)
		}
	}
	if len(p.rules) == 0 {
		return nil
	}
	slices.SortStableFunc(p.rules, func(a, b rule) int {
		return cmp.Or(cmp.Compare(a.doc.Order, b.doc.Order), cmp.Compare(naming.Fold(a.doc.Name), naming.Fold(b.doc.Name)))
	})
	return p
}

// Extraction returns what the playbooks ask of the extractor: the last word counts.
func (p *Plan) Extraction() Extraction {
	var e Extraction
	if p == nil {
		return e
	}
	for _, r := range p.rules {
		for _, s := range r.doc.Steps {
			if s.Action != ActExtract {
				continue
			}
			if len(s.Extract.Types) > 0 {
				e.Types = s.Extract.Types
			}
			e.KeepSuppressed = e.KeepSuppressed || s.Extract.KeepSuppressed
		}
	}
	return e
}

// Apply runs the playbooks over a batch before it is written: it changes the batch in place and returns what
// the outputs get. What it drops is listed with its document as suppressed by "playbook: NAME". The same
// batch (Consumer and Message) makes deliveries with the same keys.
func (p *Plan) Apply(b *report.Batch) (Applied, error) {
	out := Applied{Dropped: map[string]int{}}
	if p == nil || len(p.rules) == 0 {
		return out, nil
	}
	w := &run{plan: p, batch: b, now: p.clock(), gone: make([]string, len(b.Claims)), views: make([]view, len(b.Claims))}
	for i := range b.Claims {
		w.views[i] = view{batch: b, claim: &b.Claims[i], source: &p.source, now: w.now}
		m, err := p.mean(b.Claims[i].Type, b.Claims[i].Stated)
		w.views[i].mean, w.views[i].known = m, err == nil // the writer refuses the others, with their reason
	}
	for i := range p.rules {
		w.rule(&p.rules[i], &out)
	}
	w.compact(&out)
	return out, nil
}

// run is one application.
type run struct {
	plan  *Plan
	batch *report.Batch
	views []view
	gone  []string // by claim: the playbook that dropped it
	now   time.Time
}

func (w *run) rule(r *rule, out *Applied) {
	picked := make([]int, 0, len(w.views))
	for i := range w.views {
		if w.gone[i] == "" && r.doc.When.holds(&w.views[i]) {
			picked = append(picked, i)
		}
	}
	whole := r.doc.When.all()
	for i := range r.doc.Steps {
		s := &r.doc.Steps[i]
		if whole && s.When.all() && w.onReport(s) {
			continue
		}
		for _, c := range picked {
			if w.gone[c] == "" && s.When.holds(&w.views[c]) {
				w.onClaim(s, c, r.doc.Name)
			}
		}
	}
	for i := range r.doc.Outputs {
		if d, ok := w.delivery(r, i, picked); ok {
			out.Deliveries = append(out.Deliveries, d)
		}
	}
	if !r.doc.Store {
		for _, c := range picked {
			if w.gone[c] == "" {
				w.gone[c] = r.doc.Name
			}
		}
	}
}

// onReport does a step for all claims at once, where the report can carry it; false leaves it to the claims.
func (w *run) onReport(s *Step) bool {
	b := w.batch
	switch s.Action {
	case ActTag:
		if b.Report == nil {
			return false
		}
		for _, t := range s.Tags {
			if !slices.Contains(b.Report.Tags, t) {
				b.Report.Tags = append(b.Report.Tags, t)
			}
		}
	case ActTLP:
		raise(reportACL(b), s.TLP)
		if acl := reportACL(b); acl == nil || acl.TLP == marking.TLPUnset {
			raise(&b.ACL, s.TLP)
		}
	case ActAccept:
		b.Accept = true
	case ActExtract, ActDisabled:
	default:
		return false
	}
	return true
}

// raise sets a level where none is stated, and else only a stricter one: a playbook never lowers what a
// source said.
func raise(a *sharing.ACL, level marking.TLP) {
	if a != nil {
		a.TLP = max(a.TLP, level)
	}
}

func (w *run) onClaim(s *Step, i int, name string) {
	c := &w.batch.Claims[i]
	switch s.Action {
	case ActTag:
		for _, t := range s.Tags {
			if !slices.Contains(c.Tags, t) {
				c.Tags = append(slices.Clip(c.Tags), t)
			}
		}
	case ActTLP:
		if c.ACL == nil {
			c.ACL = &sharing.ACL{Distribution: sharing.Inherit}
			if w.batch.Report == nil && w.batch.Into == 0 { // stands alone: there is nothing to inherit from
				own := w.batch.ACL
				c.ACL = &own
			}
		}
		own := *c.ACL
		raise(&own, s.TLP)
		c.ACL = &own
	case ActToIDs:
		yes := s.Yes
		c.ToIDs = &yes
	case ActAccept:
		if c.State == nil {
			accepted := report.Accepted
			c.State = &accepted
		}
	case ActDrop:
		w.gone[i] = name
	}
}

// delivery collects the rows of one output.
func (w *run) delivery(r *rule, at int, picked []int) (Delivery, bool) {
	o := &r.doc.Outputs[at]
	sum := sha256.Sum256([]byte(r.id.String() + "\x00" + strconv.Itoa(at) + "\x00" + w.batch.Consumer + "\x00" + w.batch.Message))
	d := Delivery{Key: hex.EncodeToString(sum[:16]), Playbook: r.id, Name: r.doc.Name, Org: r.org, Output: *o}
	limit := sharing.Ceiling{TLP: o.MaxTLP}
	for _, c := range picked {
		v := &w.views[c]
		if w.gone[c] != "" || v.claim.Deleted || !o.When.holds(v) {
			continue
		}
		if !limit.Passes(sharing.ACL{TLP: v.tlp()}) {
			d.Withheld++
			continue
		}
		d.Rows = append(d.Rows, v.row())
	}
	return d, len(d.Rows) > 0
}

func (v *view) row() Row {
	r := Row{
		Type: v.typeName(), Value: v.value(), Stated: v.claim.Stated, Comment: v.claim.Comment, Category: v.category(), TLP: v.tlp().String(),
		Source: v.source.Name, Publisher: v.source.Publisher, Published: v.claim.Published,
	}
	r.Defanged = r.Value
	if v.known && len(v.mean.Parts) == 1 {
		r.Defanged = observable.Defang(v.mean.Parts[0])
	}
	r.ToIDs = v.known && v.mean.ToIDs
	if v.claim.ToIDs != nil {
		r.ToIDs = *v.claim.ToIDs
	}
	r.Tags = append(r.Tags, v.claim.Tags...)
	if d := v.batch.Report; d != nil {
		r.Report, r.URL, r.Tags = d.Title, d.URL, append(r.Tags, d.Tags...)
		if d.Publisher != "" {
			r.Publisher = d.Publisher
		}
		if r.Published.IsZero() {
			r.Published = d.Published
		}
	}
	return r
}

// compact takes the dropped claims out, lists them with their documents, and keeps the sightings' places.
func (w *run) compact(out *Applied) {
	b := w.batch
	if !slices.ContainsFunc(w.gone, func(s string) bool { return s != "" }) {
		return
	}
	moved := make([]int, len(b.Claims)) // new place + 1, 0 for dropped
	kept := make([]report.ClaimDraft, 0, len(b.Claims))
	for i := range b.Claims {
		if w.gone[i] != "" {
			out.Dropped[w.gone[i]]++
			w.suppressed(i)
			continue
		}
		kept = append(kept, b.Claims[i])
		moved[i] = len(kept)
	}
	sightings := b.Sightings[:0:0]
	for _, s := range b.Sightings {
		if s.Claim > 0 && s.Claim <= len(moved) {
			if s.Claim = moved[s.Claim-1]; s.Claim == 0 {
				continue
			}
		}
		sightings = append(sightings, s)
	}
	b.Claims, b.Sightings = kept, sightings
}

// maxSuppressed bounds what is listed with one document.
const maxSuppressed = 5000

func (w *run) suppressed(i int) {
	b, c := w.batch, &w.batch.Claims[i]
	note := func(doc int, start, end int64) {
		if doc -= len(b.Mentioned); doc < 0 || doc >= len(b.Documents) || len(b.Documents[doc].Suppressed) >= maxSuppressed {
			return
		}
		d := &b.Documents[doc]
		d.Suppressed = append(d.Suppressed, report.Suppressed{
			Type: w.views[i].typeName(), Value: naming.Clip(w.views[i].value(), 500), Start: start, End: end, Reason: "playbook: " + strings.TrimSpace(w.gone[i]),
		})
	}
	for _, m := range c.Mentions {
		note(m.Document, m.Start, m.End)
	}
	if len(c.Mentions) == 0 {
		note(len(b.Mentioned), 0, 0)
	}
}
