package report

import (
	"context"
	"slices"
	"time"

	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/tx"
)

// Ingest is the bulk writer of every protocol and pipeline. It writes one batch in one transaction,
// idempotent by (Consumer, Message), by the report's key and UUID, by the document's bytes, and by the
// claim's values: what the report holds already is not written again, what was corrected stays corrected.
// Cost grows with the claims of the batch, plus a factor of the logarithm of what is stored.
func (s *Service) Ingest(ctx context.Context, actor sharing.Actor, b Batch) (Result, error) {
	if err := actor.Need(sharing.WriteIntel); err != nil {
		return Result{}, err
	}
	if len(b.Claims) > MaxClaims {
		return Result{}, errs.New(errs.TooLarge, "batch_too_large", "A batch of {count} claims is over the limit of {limit}: send it in parts.",
			"count", len(b.Claims), "limit", MaxClaims)
	}
	b.clean()
	prepared, refused := s.prepare(b)
	if len(prepared) > bulkFrom {
		ctx = tx.Bulk(ctx)
	}
	var res Result
	err := s.o.Tx.Run(ctx, func(ctx context.Context) error {
		in := &ingestion{Service: s, actor: actor, b: &b, claims: prepared, now: s.o.Clock()}
		in.res = Result{Claims: make([]id.ID, len(b.Claims)), Refused: refused}
		if err := in.run(ctx); err != nil {
			return err
		}
		res = in.res
		return nil
	})
	return res, err
}

// bulkFrom is how many claims make a batch a large write.
const bulkFrom = 500

// prepared is a claim whose meaning is known. index is its place in the batch.
type prepared struct {
	*ClaimDraft
	mean  Meaning
	index int
	keys  []int // places of the parts in ingestion.values
}

// prepare does what needs no store: it finds the meaning of each claim and puts the bad ones aside.
func (s *Service) prepare(b Batch) (good []prepared, refused []Refusal) {
	good = make([]prepared, 0, len(b.Claims))
	for i := range b.Claims {
		d := &b.Claims[i]
		m, err := s.o.Mean(d.Type, d.Stated)
		if err == nil && d.Stated == "" {
			err = errs.New(errs.Invalid, "claim_empty", "A claim has no value.")
		}
		if err != nil {
			r := refusal(b, *d, err)
			r.Index = i
			refused = append(refused, r)
			continue
		}
		good = append(good, prepared{ClaimDraft: d, mean: m, index: i})
	}
	return good, refused
}

func refusal(b Batch, d ClaimDraft, err error) Refusal {
	r := Refusal{Stage: "ingest", Place: d.Place, Code: "internal", Reason: err.Error(), Payload: clip(d.Type+" "+d.Stated, 64<<10)}
	if b.Report != nil {
		r.Item = clip(b.Report.Title, 200)
	}
	if e, ok := errs.As(err); ok {
		r.Code, r.Params = e.Code, e.Params
	}
	return r
}

// ingestion is one run of Ingest inside its transaction.
type ingestion struct {
	*Service
	actor  sharing.Actor
	b      *Batch
	claims []prepared
	now    time.Time

	source SourceInfo
	report Report
	fresh  bool // the report is new
	acl    sharing.ACL
	values []observable.Value
	ids    []id.ID // of values
	held   holdings
	renew  []renewal
	log    []change.Entry // of renewed claims
	rules  map[id.ID][]Correction
	rows   Rows
	res    Result
}

func (in *ingestion) run(ctx context.Context) error {
	if in.b.Consumer != "" {
		fresh, err := in.o.Bulk.Consume(ctx, in.b.Consumer, in.b.Message)
		if err != nil {
			return err
		}
		if !fresh {
			return in.repeated(ctx)
		}
	}
	var err error
	if in.source, err = in.o.Bulk.SourceInfo(ctx, in.b.Source); err != nil {
		return err
	}
	if err := in.container(ctx); err != nil || in.res.Unchanged {
		return err
	}
	if err := in.documents(ctx); err != nil {
		return err
	}
	if err := in.resolve(ctx); err != nil {
		return err
	}
	if err := in.build(ctx); err != nil {
		return err
	}
	in.rows.Quarantine = append(in.b.Quarantine, in.res.Refused...)
	if err := in.o.Bulk.Insert(ctx, in.rows); err != nil {
		return err
	}
	return in.record(ctx)
}

// repeated answers a message that had its effect before: nothing is written, but the report and its documents
// are named, so that the further parts of a list find them.
func (in *ingestion) repeated(ctx context.Context) error {
	in.res = Result{Repeated: true, Claims: in.res.Claims, Report: in.b.Into}
	if in.b.Report == nil {
		return nil
	}
	var err error
	if in.source, err = in.o.Bulk.SourceInfo(ctx, in.b.Source); err != nil {
		return err
	}
	if in.res.Report, err = in.o.Bulk.FindReport(ctx, in.source.ACL.Owner, in.b.Source, in.b.Report.Key, in.b.Report.UUID); err != nil || in.res.Report == 0 {
		return err
	}
	docs, err := in.o.Store.Documents(ctx, sharing.System("ingest"), in.res.Report)
	for _, want := range in.b.Documents {
		for _, d := range docs {
			if d.Current && d.Blob == want.Blob && d.Key == want.Key {
				in.res.Documents = append(in.res.Documents, d.ID)
				break
			}
		}
	}
	return err
}

// container finds or makes the report.
func (in *ingestion) container(ctx context.Context) error {
	in.acl = in.label(in.b.ACL)
	switch {
	case in.b.Into != 0:
		r, err := in.o.Store.Get(ctx, in.actor.Scope, in.b.Into)
		if err != nil {
			return err
		}
		if !in.actor.MayEdit(r.ACL.Owner) {
			return errs.New(errs.Forbidden, "not_owner", "Only the owning organisation may add to report {id}.", "id", r.ID)
		}
		in.report, in.acl = r, r.ACL
	case in.b.Report != nil:
		return in.draft(ctx, *in.b.Report)
	}
	in.res.Report = in.report.ID
	return nil
}

// label completes an ACL from the source's default: no marking never means CLEAR.
func (in *ingestion) label(a sharing.ACL) sharing.ACL {
	if a.Owner == 0 {
		tlp, pap := a.TLP, a.PAP
		a = in.source.ACL
		a.TLP, a.PAP = max(tlp, 0), max(pap, 0)
	}
	if a.TLP == 0 {
		a.TLP = in.source.ACL.TLP
	}
	if a.PAP == 0 {
		a.PAP = in.source.ACL.PAP
	}
	return a.Normal()
}

func (in *ingestion) draft(ctx context.Context, d Draft) error {
	if d.ACL != nil {
		in.acl = in.label(*d.ACL)
	}
	found, err := in.o.Bulk.FindReport(ctx, in.acl.Owner, in.b.Source, d.Key, d.UUID)
	if err != nil {
		return err
	}
	if found == 0 && d.UUID.IsZero() && len(in.b.Documents) > 0 {
		if found, err = in.o.Bulk.FindContent(ctx, in.b.Source, in.b.Documents[0].Blob); err != nil {
			return err
		}
	}
	if found != 0 {
		return in.again(ctx, d, found)
	}
	in.fresh = true
	n, err := in.o.Bulk.NewIDs(ctx, 1)
	if err != nil {
		return err
	}
	in.report = Report{
		ID: n, UUID: d.UUID, Kind: d.Kind, Title: d.Title, Summary: d.Summary, Lang: d.Lang, URL: d.URL, Source: in.b.Source,
		Publisher: in.source.Publisher, ACL: in.acl, Published: d.Published, Observed: d.Observed, Created: in.now, Modified: in.now,
		Residue: d.Residue, Version: 1,
	}
	if d.Publisher != "" {
		in.report.Publisher = Publisher{Name: d.Publisher}
	}
	in.report.Tags = in.tags(d.Tags, d.LocalTags, in.source.Tags)
	in.res.Report, in.res.NewReport = n, true
	return in.o.Bulk.SaveReport(ctx, &in.report, d.Key, true)
}

// again meets a report that is here already: the same bytes change nothing, other ones are a new version.
func (in *ingestion) again(ctx context.Context, d Draft, found id.ID) error {
	r, err := in.o.Store.Get(ctx, sharing.System("ingest"), found)
	if err != nil {
		return err
	}
	in.report, in.acl, in.res.Report = r, r.ACL, r.ID
	if len(in.b.Documents) > 0 {
		held, err := in.o.Store.Documents(ctx, sharing.System("ingest"), r.ID)
		if err != nil {
			return err
		}
		same := slices.ContainsFunc(held, func(d Document) bool { return d.Current && d.Blob == in.b.Documents[0].Blob })
		if same && !in.b.Again {
			in.res.Unchanged = true
			return in.o.Bulk.SaveReport(ctx, &in.report, d.Key, false) // remembers the further key
		}
	}
	if !d.Modified.IsZero() && !r.Modified.Before(d.Modified) && in.report.Version > 1 {
		return nil // people have changed it since: their fields stay
	}
	before := r
	if r.Version == 1 { // nobody edited it: the source's new words count
		in.report.Title, in.report.URL = keep(d.Title, r.Title), keep(d.URL, r.URL)
		in.report.Summary, in.report.Lang = keep(d.Summary, r.Summary), keep(d.Lang, r.Lang)
		if !d.Published.IsZero() {
			in.report.Published = d.Published
		}
		if len(d.Residue) > 0 {
			in.report.Residue = d.Residue
		}
		if d.ACL != nil {
			in.report.ACL, in.acl = in.label(*d.ACL), in.label(*d.ACL)
		}
	}
	in.report.Tags = append(before.Tags, in.tags(d.Tags, d.LocalTags, nil)...)
	in.report.Modified = in.now
	return in.o.Bulk.SaveReport(ctx, &in.report, d.Key, false)
}

func keep(fresh, old string) string {
	if fresh != "" {
		return fresh
	}
	return old
}

// tags makes the report's tags, with the colours that the source states.
func (in *ingestion) tags(shared, local, inherited []string) []Tag {
	var out []Tag
	seen := map[string]bool{}
	add := func(names []string, isLocal bool) {
		for _, n := range names {
			if n != "" && !seen[n] {
				seen[n] = true
				out = append(out, Tag{Name: n, Colour: in.b.Colours[n], Local: isLocal})
			}
		}
	}
	add(shared, false)
	add(inherited, false)
	add(local, true)
	return out
}

func (in *ingestion) documents(ctx context.Context) error {
	in.res.Documents = slices.Clone(in.b.Mentioned)
	if len(in.b.Documents) == 0 {
		return nil
	}
	first, err := in.o.Bulk.NewIDs(ctx, len(in.b.Documents))
	if err != nil {
		return err
	}
	docs := make([]Document, len(in.b.Documents))
	for i, d := range in.b.Documents {
		docs[i] = Document{
			ID: first + id.ID(i), Report: in.report.ID, Source: in.b.Source, Key: d.Key, Name: d.Name, MediaType: d.MediaType, URL: d.URL,
			Blob: d.Blob, Size: d.Size, TextBlob: d.TextBlob, TextSize: d.TextSize, Parser: d.Parser, Charset: d.Charset, Lang: d.Lang,
			Meta: d.Meta, Sections: d.Sections, Warnings: d.Warnings, Suppressed: d.Suppressed, Created: in.now, Published: d.Published, Current: true,
		}
		if d.Parent > 0 && d.Parent <= len(in.res.Documents) {
			docs[i].Parent = in.res.Documents[d.Parent-1]
		}
		in.res.Documents = append(in.res.Documents, docs[i].ID)
	}
	return in.o.Bulk.SaveDocuments(ctx, docs)
}

// resolve gives every distinct value its id and reads what is known of them here: the report's own
// claims and the corrections.
func (in *ingestion) resolve(ctx context.Context) error {
	places := make(map[[16]byte]int, len(in.claims))
	for i := range in.claims {
		c := &in.claims[i]
		for _, v := range c.mean.Parts {
			key := v.Key()
			at, ok := places[key]
			if !ok {
				at = len(in.values)
				places[key] = at
				in.values = append(in.values, v)
			}
			c.keys = append(c.keys, at)
		}
	}
	var err error
	if in.ids, in.res.Values, err = in.o.Bulk.ResolveValues(ctx, in.values); err != nil {
		return err
	}
	if err := in.readHoldings(ctx); err != nil {
		return err
	}
	found, err := in.o.Bulk.ActiveCorrections(ctx, in.acl.Owner, in.ids)
	if err != nil {
		return err
	}
	in.rules = make(map[id.ID][]Correction, len(found))
	for _, c := range found {
		in.rules[c.Value.ID] = append(in.rules[c.Value.ID], c)
	}
	return nil
}

// record writes the change log: one entry for the report, one for the range of new claims.
func (in *ingestion) record(ctx context.Context) error {
	aclID := func(a sharing.ACL) (sharing.ACLID, error) { return in.o.Bulk.InternACL(ctx, a) }
	n, err := aclID(in.acl)
	if err != nil {
		return err
	}
	var entries []change.Entry
	if in.report.ID != 0 {
		op := change.Update
		if in.fresh {
			op = change.Create
		}
		e := change.By(in.actor, op, "report", in.report.ID, n)
		e.After = summary(map[string]any{"fresh": in.res.Fresh, "documents": len(in.res.Documents), "source": in.b.Source})
		entries = append(entries, e)
	}
	for start := 0; start < len(in.rows.Claims); {
		end := start + 1
		for end < len(in.rows.Claims) && in.rows.Claims[end].ACL.Equal(in.rows.Claims[start].ACL) {
			end++
		}
		own, err := aclID(in.rows.Claims[start].ACL)
		if err != nil {
			return err
		}
		e := change.By(in.actor, change.Create, "claim", in.rows.Claims[start].ID, own)
		e.Last, e.Parent = in.rows.Claims[end-1].ID, in.report.ID
		entries = append(entries, e)
		start = end
	}
	entries = append(entries, in.log...)
	if len(entries) == 0 {
		return nil
	}
	return in.o.Changes.Append(ctx, entries...)
}
