package ingest

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/observable/extract"
	"github.com/vedette-ti/vedette/internal/parser"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/source"
	"github.com/vedette-ti/vedette/internal/taxonomy"
)

// partClaims is how many claims one write takes; longer texts and lists are written in parts.
const partClaims = 20_000

// maxSuppressed bounds the suppressed candidates kept with a document; their count stays exact in meta.
const maxSuppressed = 5_000

// documents turns a parsed tree into one report: the root is its main document, the parts below belong to
// it. Parts that failed go to quarantine; the others go in.
func (j *job) documents(ctx context.Context, tree parser.Node) error {
	b := report.Batch{Report: j.draft(tree), Accept: j.order.Accept || j.src.Accept >= source.TrustAll, Again: j.order.Again != ""}
	lists, err := j.o.Lists(ctx)
	if err != nil {
		return err
	}
	w := &textWork{job: j, batch: &b, lists: lists, byKey: map[[16]byte]int{}}
	if err = w.node(ctx, &tree, 0); err == nil {
		err = w.flush(ctx)
	}
	if errors.Is(err, errUnchanged) {
		return nil
	}
	return err
}

func (j *job) draft(tree parser.Node) *report.Draft {
	d := &report.Draft{
		Key: j.order.Key, Kind: report.KindReport, Title: j.title(tree.Doc.Title), Summary: clip(j.order.Summary, 4000), URL: j.order.URL,
		Lang: tree.Doc.Lang, Published: j.order.Published, Tags: j.order.Tags,
	}
	if j.order.Title == "" && tree.Doc.Title != "" {
		d.Title = clip(tree.Doc.Title, 500)
	}
	if d.Published.IsZero() {
		d.Published = tree.Doc.Published
	}
	if d.Published.IsZero() {
		d.Published = dateInName(j.order.Name)
	}
	if d.Lang == "" {
		d.Lang = guessLang(tree.Doc.Text)
	}
	if len(tree.Doc.Entries) > 0 {
		d.Kind = report.KindFeed
	} else if j.src.Kind == source.KindDrop && j.order.Name == "" {
		d.Kind = report.KindBatch
	}
	return d
}

// dateInName reads a date written in a file name ("vendor_2020-03-26_title.txt").
func dateInName(name string) time.Time {
	if m := isoDate.FindString(name); m != "" {
		if t, err := time.Parse(time.DateOnly, m); err == nil {
			return t
		}
	}
	return time.Time{}
}

var isoDate = regexp.MustCompile(`(19|20)\d\d-[01]\d-[0-3]\d`)

// guessLang tells Chinese from the rest by the share of Han characters.
func guessLang(text string) string {
	han, letters := 0, 0
	for i, r := range text {
		if i > 20_000 {
			break
		}
		if unicode.Is(unicode.Han, r) {
			han++
		}
		if unicode.IsLetter(r) {
			letters++
		}
	}
	switch {
	case letters < 20:
		return ""
	case han*10 > letters:
		return "zh"
	}
	return "en"
}

// textWork collects the claims of a tree.
type textWork struct {
	*job
	batch  *report.Batch
	lists  *taxonomy.Matcher
	byKey  map[[16]byte]int // value → place in batch.Claims
	parts  int
	report report.Result // of the first part
}

func (w *textWork) node(ctx context.Context, n *parser.Node, parent int) error {
	if n.Err != nil {
		return w.refuse(ctx, n)
	}
	doc := report.DocumentDraft{
		Key: w.order.Key, Parent: parent, Name: n.Input.Name, MediaType: n.Input.MediaType, URL: n.Input.URL, Blob: w.hash, Size: int64(len(n.Input.Data)),
		TextSize: int64(len(n.Doc.Text)), Parser: n.Parser, Charset: n.Doc.Charset, Lang: n.Doc.Lang, Meta: n.Doc.Meta, Published: n.Doc.Published,
	}
	bodies := [][]byte{[]byte(n.Doc.Text)}
	if parent > 0 {
		doc.Key += "!" + n.Path
		bodies = append(bodies, n.Input.Data)
	}
	if w.dry == nil {
		hashes, err := w.o.Blobs.Put(ctx, bodies)
		if err != nil {
			return err
		}
		doc.TextBlob = hashes[0]
		if parent > 0 {
			doc.Blob = hashes[1]
		}
	}
	doc.Sections, doc.Warnings = raw(n.Doc.Sections, len(n.Doc.Sections) > 0), raw(n.Doc.Warnings, len(n.Doc.Warnings) > 0)
	w.batch.Documents = append(w.batch.Documents, doc)
	at := len(w.batch.Documents)
	if err := w.text(ctx, &n.Doc, at-1); err != nil {
		return err
	}
	for i := range n.Doc.Entries {
		if err := w.entry(ctx, &n.Doc.Entries[i]); err != nil {
			return err
		}
	}
	for i := range n.Children {
		if err := w.node(ctx, &n.Children[i], at); err != nil {
			return err
		}
	}
	return nil
}

func raw(v any, present bool) jsonx.Raw {
	if !present {
		return nil
	}
	b, err := jsonx.Marshal(v)
	if err != nil {
		return nil
	}
	return b
}

func (w *textWork) refuse(ctx context.Context, n *parser.Node) error {
	r := report.Refusal{Stage: "parse", Item: w.batch.Report.Title, Place: n.Path, Code: "internal", Reason: n.Err.Error()}
	if e, ok := errs.As(n.Err); ok {
		r.Code, r.Params = e.Code, e.Params
	}
	if w.dry == nil && len(n.Input.Data) > 0 {
		hashes, err := w.o.Blobs.Put(ctx, [][]byte{n.Input.Data})
		if err != nil {
			return err
		}
		r.Blob = hashes[0]
		part := w.order
		part.Key, part.Name, part.MediaType, part.Size = w.order.Key+"!"+n.Path, n.Input.Name, n.Input.MediaType, int64(len(n.Input.Data))
		part.Blob, part.Parser, part.Options = hexOf(hashes[0]), "", nil
		r.Payload = string(raw(part, true))
	}
	w.batch.Quarantine = append(w.batch.Quarantine, r)
	return nil
}

// text extracts one document's indicators.
func (w *textWork) text(ctx context.Context, d *parser.Document, at int) error {
	if d.Text == "" {
		return nil
	}
	types, err := w.types()
	if err != nil {
		return err
	}
	x, err := extract.New(extract.Options{Types: types, Publisher: w.src.Options.Hosts, Suppress: w.suppress})
	if err != nil {
		return err
	}
	found := x.Bytes([]byte(d.Text))
	lines := newFileLines(d.Text, found)
	suppressed := 0
	for _, r := range found {
		if r.Suppressed != "" {
			suppressed++
			if doc := &w.batch.Documents[at]; len(doc.Suppressed) < maxSuppressed {
				doc.Suppressed = append(doc.Suppressed, report.Suppressed{Type: r.Type.String(), Value: clip(r.Value, 500), Start: r.Start, End: r.End, Reason: r.Suppressed})
			}
			continue
		}
		if err := w.claim(ctx, r, at, lines.objectOf(r, w.batch)); err != nil {
			return err
		}
	}
	if suppressed > maxSuppressed {
		doc := &w.batch.Documents[at]
		if doc.Meta == nil {
			doc.Meta = map[string]string{}
		}
		doc.Meta["suppressed"] = strconv.Itoa(suppressed)
	}
	if w.o.Assets != nil {
		hits, err := w.o.Assets.MatchText(ctx, w.src.Org, d.Text)
		if err != nil {
			return err
		}
		w.batch.Assets = append(w.batch.Assets, hits...)
	}
	return nil
}

func (w *textWork) types() (extract.Set, error) {
	names := w.src.Options.Types
	if w.plan != nil {
		if asked := w.plan.Extraction(); len(asked.Types) > 0 {
			names = asked.Types
		}
	}
	return extract.ParseTypes(strings.Join(names, ","))
}

// suppress keeps known false positives out of the claims; they stay listed with the document. Lists of
// merely known values (category "known") do not suppress: their hits are marked.
func (w *textWork) suppress(t observable.Type, value string) (string, bool) {
	v, err := observable.Canonical(t, value)
	if err != nil {
		return "", false
	}
	for _, h := range w.lists.Match(v) {
		if h.Category != taxonomy.Known {
			return "warninglist:" + h.Name, true
		}
	}
	return "", false
}

func (w *textWork) claim(ctx context.Context, r extract.Result, at, object int) error {
	mention := report.MentionDraft{Document: at, Start: r.Start, End: r.End}
	v, err := observable.Canonical(r.Type, r.Value)
	if err == nil {
		if i, ok := w.byKey[v.Key()]; ok {
			w.batch.Claims[i].Mentions = append(w.batch.Claims[i].Mentions, mention)
			return nil
		}
	}
	c := report.ClaimDraft{Type: r.Type.String(), Stated: r.Value, Confidence: r.Confidence, Mentions: []report.MentionDraft{mention}, Object: object, Place: "byte " + strconv.FormatInt(r.Start, 10)}
	if object > 0 {
		c.Relation = relation(r.Type)
	}
	if err == nil {
		w.byKey[v.Key()] = len(w.batch.Claims)
		if err := w.annotate(ctx, &c, v); err != nil {
			return err
		}
	}
	return w.push(ctx, c)
}

// annotate notes lists and own assets.
func (w *textWork) annotate(ctx context.Context, c *report.ClaimDraft, v observable.Value) error {
	for _, h := range w.lists.Match(v) {
		c.Listed = append(c.Listed, h.List)
	}
	if w.o.Assets == nil {
		return nil
	}
	hits, err := w.o.Assets.Match(ctx, w.src.Org, v)
	c.Assets = hits
	return err
}

// entry takes one row of a structured list.
func (w *textWork) entry(ctx context.Context, e *parser.Entry) error {
	c := report.ClaimDraft{
		Type: e.Type, Stated: e.Value, Comment: e.Comment, Tags: e.Tags, FirstSeen: e.FirstSeen, LastSeen: e.LastSeen, ToIDs: e.ToIDs,
		Confidence: max(e.Confidence, 0), Place: e.Place,
	}
	if m, err := w.o.Reports.Mean(c.Type, c.Stated); err == nil && len(m.Parts) > 0 {
		key := m.Parts[0].Key()
		if _, ok := w.byKey[key]; ok && len(m.Parts) == 1 {
			return nil // the list states it twice
		}
		w.byKey[key] = len(w.batch.Claims)
		if err := w.annotate(ctx, &c, m.Parts[0]); err != nil {
			return err
		}
	}
	return w.push(ctx, c)
}

func (w *textWork) push(ctx context.Context, c report.ClaimDraft) error {
	w.batch.Claims = append(w.batch.Claims, c)
	if len(w.batch.Claims) < partClaims {
		return nil
	}
	return w.flush(ctx)
}

// flush writes what is collected and goes on with a further part of the same report.
func (w *textWork) flush(ctx context.Context) error {
	if w.parts > 0 && len(w.batch.Claims) == 0 && len(w.batch.Quarantine) == 0 && len(w.batch.Documents) == len(w.report.Documents) {
		return nil
	}
	b := *w.batch
	if w.parts > 0 && w.dry == nil {
		b.Report, b.Into, b.Mentioned = nil, w.report.Report, w.report.Documents
		b.Documents = b.Documents[len(w.report.Documents):]
	}
	w.parts++
	res, err := w.write(ctx, b, "p"+strconv.Itoa(w.parts))
	if err != nil {
		return err
	}
	w.report.Documents = res.Documents
	if w.parts == 1 {
		w.report.Report = res.Report
	}
	w.batch.Claims, w.batch.Objects, w.batch.Quarantine, w.batch.Assets = nil, nil, nil, nil
	clear(w.byKey)
	if res.Unchanged {
		return errUnchanged
	}
	return nil
}

// errUnchanged ends the work on bytes that are here already.
var errUnchanged = errors.New("unchanged")
