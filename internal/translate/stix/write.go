package stix

import (
	"bytes"
	"io"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/export"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
	format "github.com/vedette-ti/vedette/internal/stix"
)

// fixed is when objects that we make, and that never change, were created.
const fixed = "2024-01-01T00:00:00.000Z"

// Writer writes one bundle of STIX 2.1: for each row the cyber observable, for those with to_ids an
// indicator based on it, for each report a report that refers to all of it. It holds the rows of one
// report and, of everything written, eight bytes an object, so that no object is written twice. Call Row
// in the order export.ByReport, then Statement as often as there are any, then Close.
type Writer struct {
	w      io.Writer
	meta   export.Meta
	err    error
	any    bool
	seen   map[uint64]struct{}
	author string // identity of the producer
	whole  bool   // statements follow
	// wanted are ids that rows came from; their statements are written, others that state values are not.
	wanted map[uint64]struct{}
	held   map[uint64]struct{} // statements kept back

	current *report.Report
	rows    []export.Row
	written map[marks][]string // marking definitions by level
}

// NewWriter starts a bundle. whole says that statements will follow: then objects that came as STIX are
// written as they came.
func NewWriter(w io.Writer, meta export.Meta, whole bool) *Writer {
	o := &Writer{w: w, meta: meta, whole: whole, seen: map[uint64]struct{}{}, wanted: map[uint64]struct{}{}, held: map[uint64]struct{}{}, written: map[marks][]string{}}
	bundle := made("bundle", meta.Title, meta.Query, meta.Generated.UTC().Format(time.RFC3339Nano))
	o.write([]byte(`{"type":"bundle","id":"` + bundle + `","objects":[`))
	o.author = o.identity(meta.Producer.Name, meta.Producer.UUID)
	return o
}

func (w *Writer) write(b []byte) {
	if w.err == nil {
		_, w.err = w.w.Write(b)
	}
}

// put writes an object once.
func (w *Writer) put(stixID string, body []byte) {
	if w.known(stixID) {
		return
	}
	w.seen[hash(stixID)] = struct{}{}
	if w.any {
		w.write([]byte(",\n"))
	}
	w.any = true
	w.write(body)
}

func (w *Writer) known(stixID string) bool {
	_, ok := w.seen[hash(stixID)]
	return ok
}

// hash is FNV-1a, 64 bits.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// identity writes an organisation and returns its id.
func (w *Writer) identity(name string, u id.UUID) string {
	if name == "" {
		name = "Vedette"
	}
	stixID := made("identity", name)
	if !u.IsZero() {
		stixID = "identity--" + u.String()
	}
	w.put(stixID, newObject("identity", stixID).text("created", fixed).text("modified", fixed).text("name", name).text("identity_class", "organization").bytes())
	return stixID
}

// marks writes the marking definitions of a label and returns their ids.
func (w *Writer) marks(a sharing.ACL) []string {
	key := marks{a.TLP, a.PAP}
	if known, ok := w.written[key]; ok {
		return known
	}
	var out []string
	if stixID, definition := format.TLPMarking(a.TLP); stixID != "" {
		w.put(stixID, []byte(definition))
		out = append(out, stixID)
	}
	if a.PAP != marking.PAPUnset {
		name := "PAP:" + strings.ToUpper(a.PAP.String())
		stixID := made("marking-definition", name)
		w.put(stixID, newObject("marking-definition", stixID).text("created", fixed).text("definition_type", "statement").text("name", name).raw("definition", []byte(`{"statement":"`+name+`"}`)).bytes())
		out = append(out, stixID)
	}
	w.written[key] = out
	return out
}

// Row takes one row; rows of one report come one after another.
func (w *Writer) Row(row export.Row) error {
	if !sameReport(row.Report, w.current) && len(w.rows) > 0 || row.Report == nil && len(w.rows) >= 1000 {
		w.flush()
	}
	w.current = row.Report
	w.rows = append(w.rows, row)
	return w.err
}

func sameReport(a, b *report.Report) bool {
	return a == b || a != nil && b != nil && a.ID == b.ID
}

func (w *Writer) flush() {
	if len(w.rows) == 0 {
		return
	}
	p := page{w: w, author: w.author, report: w.current}
	p.run(w.rows)
	w.rows = w.rows[:0]
}

// Close ends the bundle.
func (w *Writer) Close() error {
	w.flush()
	w.write([]byte("]}\n"))
	return w.err
}

// page writes the rows of one report.
type page struct {
	w      *Writer
	report *report.Report
	author string
	refs   []string
	inRefs map[string]bool
	extern []string // external references of kinds that have no object, as JSON
	notes  []string
}

func (p *page) ref(stixID string) {
	if !p.inRefs[stixID] {
		p.inRefs[stixID] = true
		p.refs = append(p.refs, stixID)
	}
}

func (p *page) run(rows []export.Row) {
	p.inRefs = map[string]bool{}
	if p.report != nil && p.report.Publisher.Name != "" {
		p.author = p.w.identity(p.report.Publisher.Name, id.UUID{})
	}
	files := p.files(rows)
	for i := range rows {
		row := &rows[i]
		if came := originOf(row.Claim.Residue).Refs; len(came) > 0 && p.w.whole {
			for _, r := range came {
				p.w.wanted[hash(r)] = struct{}{}
				p.ref(r)
			}
			continue
		}
		p.row(row, files[objectKey(row)])
	}
	if p.report == nil {
		return
	}
	came := originOf(p.report.Residue).ID
	if came != "" && p.w.whole {
		return // its statement says it all
	}
	p.container(came, rows)
}

func objectKey(row *export.Row) id.ID {
	if row.Object == nil {
		return 0
	}
	return row.Object.ID
}

// files writes one file for each object that has hashes, and returns their ids by object.
func (p *page) files(rows []export.Row) map[id.ID]string {
	type one struct {
		hashes map[string]string
		name   string
		row    *export.Row
	}
	byObject := map[id.ID]*one{}
	var order []id.ID
	for i := range rows {
		row := &rows[i]
		key := objectKey(row)
		if key == 0 || p.w.whole && len(originOf(row.Claim.Residue).Refs) > 0 {
			continue
		}
		for _, part := range row.Claim.Parts {
			info := part.Value.Type.Info()
			_, alg, found := strings.Cut(info.Name, ":")
			if info.STIX != "file" || !found {
				continue
			}
			f := byObject[key]
			if f == nil {
				f = &one{hashes: map[string]string{}, row: row}
				byObject[key] = f
				order = append(order, key)
			}
			switch part.Value.Type {
			case observable.FileName:
				f.name = first(f.name, spelling(part.Value, row.Claim.Stated))
			case observable.FilePath:
			default:
				if f.hashes[hashKey(alg)] == "" {
					f.hashes[hashKey(alg)] = digest(part.Value)
				}
			}
		}
	}
	out := map[id.ID]string{}
	for _, key := range order {
		if f := byObject[key]; len(f.hashes) > 0 {
			stixID, body := fileSCO(f.hashes, f.name)
			p.observable(stixID, body, f.row.ACL)
			out[key] = stixID
		}
	}
	return out
}

// observable writes a cyber observable with its marking.
func (p *page) observable(stixID string, body []byte, a sharing.ACL) {
	p.ref(stixID)
	if p.w.known(stixID) {
		return
	}
	if bytes.Contains(body, []byte(customExt)) {
		p.extension()
	}
	if m := p.w.marks(a); len(m) > 0 {
		o := object{b: body[:len(body)-1]}
		body = o.list("object_marking_refs", m).bytes()
	}
	p.w.put(stixID, body)
}

func (p *page) extension() {
	p.w.put(customExt, newObject("extension-definition", customExt).text("created_by_ref", p.w.author).text("created", fixed).text("modified", fixed).
		text("name", "Vedette values").text("description", "Values that STIX has no cyber observable for: named pipes, TLS fingerprints, wallets and the like.").
		text("schema", "https://github.com/vedette-ti/vedette").text("version", "1.0.0").list("extension_types", []string{"new-sco"}).bytes())
}

// row writes one claim: its observables, and what it says.
func (p *page) row(row *export.Row, file string) {
	c := &row.Claim
	var values []observable.Value
	base := file
	for _, part := range c.Parts {
		v := part.Value
		switch v.Type.Info().Role {
		case observable.Rule:
			p.rule(row, v.Type)
			return
		case observable.Reference:
			p.reference(v)
			continue
		case observable.Literal:
			continue
		}
		values = append(values, v)
		if file != "" && isHashOrName(v.Type) {
			continue // it is in the file
		}
		stixID, body, extra, ok := scoOf(v, partStated(c, part))
		if !ok {
			continue
		}
		for _, e := range extra {
			p.observable(format.NewObject(e).ID(), e, row.ACL)
		}
		p.observable(stixID, body, row.ACL)
		if base == "" {
			base = stixID
		}
	}
	switch {
	case len(c.Parts) == 0:
		if rule := ruleOf(c.Type); rule != "" {
			p.indicator(row, rule, c.Stated, "")
			return
		}
		p.notes = append(p.notes, c.Type+": "+c.Stated)
	case c.ToIDs && len(values) > 0:
		if text := patternOf(values, soleStated(c)); text != "" {
			p.indicator(row, "stix", text, base)
		}
	}
}

func isHashOrName(t observable.Type) bool {
	return t.Info().STIX == "file" && t != observable.FilePath
}

// ruleOf is the pattern type of a type of rules, "" for other types.
func ruleOf(typ string) string {
	rule, own := strings.CutPrefix(typ, "indicator:")
	switch rule {
	case "yara", "sigma", "snort", "suricata":
		return rule
	}
	if own {
		return rule
	}
	return ""
}

// soleStated is what was stated where the claim has one value; a composite has no spelling of its own.
func soleStated(c *report.Claim) string {
	if len(c.Parts) == 1 {
		return c.Stated
	}
	return ""
}

func partStated(c *report.Claim, part report.Part) string {
	if len(c.Parts) == 1 {
		return c.Stated
	}
	head, tail, ok := strings.Cut(c.Stated, "|")
	if ok && strings.EqualFold(strings.TrimSpace(head), part.Value.Text) {
		return head
	}
	return tail
}

func (p *page) rule(row *export.Row, t observable.Type) {
	_, kind, _ := strings.Cut(t.Info().Name, ":")
	p.indicator(row, kind, row.Claim.Stated, "")
}

// times of an indicator: created by the source, last changed.
func times(c *report.Claim) (created, modified time.Time) {
	created = firstTime(c.Published, c.Created, c.Modified)
	modified = created
	if c.Version > 1 && c.Modified.After(created) {
		modified = c.Modified
	}
	return created, modified
}

func (p *page) indicator(row *export.Row, kind, text, base string) {
	c := &row.Claim
	stixID := "indicator--" + c.UUID.String()
	if c.UUID.IsZero() {
		stixID = made("indicator", c.ID.String(), kind, text)
	}
	created, modified := times(c)
	from := firstTime(c.FirstSeen, created)
	if from.IsZero() {
		from, created, modified = p.w.meta.Generated, p.w.meta.Generated, p.w.meta.Generated
	}
	name := c.Stated
	if kind != "stix" {
		name = kind + " rule"
	} else if len(c.Parts) == 1 {
		name = c.Parts[0].Value.Text
	}
	o := newObject("indicator", stixID).text("created_by_ref", p.author).text("created", format.FormatTime(created)).text("modified", format.FormatTime(modified))
	o.text("name", clip(name, 250)).text("description", c.Comment).list("indicator_types", []string{"malicious-activity"}).text("pattern", text).text("pattern_type", kind).text("valid_from", format.FormatTime(from))
	if kind == "stix" {
		o.text("pattern_version", "2.1")
	}
	if c.Expires.After(from) {
		o.text("valid_until", format.FormatTime(c.Expires))
	}
	if c.Confidence > 0 {
		o.number("confidence", int64(c.Confidence))
	}
	o.list("labels", labels(c.Tags)).list("object_marking_refs", p.w.marks(row.ACL))
	p.w.put(stixID, o.bytes())
	p.ref(stixID)
	if base == "" {
		return
	}
	edge := made("relationship", "based-on", stixID, base)
	p.w.put(edge, newObject("relationship", edge).text("created_by_ref", p.author).text("created", format.FormatTime(created)).text("modified", format.FormatTime(modified)).
		text("relationship_type", "based-on").text("source_ref", stixID).text("target_ref", base).list("object_marking_refs", p.w.marks(row.ACL)).bytes())
	p.ref(edge)
}

// labels are the tags that travel; TLP and PAP are markings.
func labels(tags []report.Tag) []string {
	var out []string
	seen := map[string]bool{}
	for _, t := range tags {
		low := strings.ToLower(t.Name)
		if t.Local || seen[low] || strings.HasPrefix(low, "tlp:") || strings.HasPrefix(low, "pap:") {
			continue
		}
		seen[low] = true
		out = append(out, t.Name)
	}
	return out
}

// reference writes the entity that a claim points to, or an external reference of the report.
func (p *page) reference(v observable.Value) {
	source := ""
	switch up := strings.ToUpper(v.Text); {
	case strings.HasPrefix(up, "CVE-"):
		source = "cve"
	case strings.HasPrefix(up, "GHSA-"):
		source = "github-advisory"
	case strings.HasPrefix(up, "CNVD-"), strings.HasPrefix(up, "CNNVD-"):
		source = strings.ToLower(up[:strings.IndexByte(up, '-')])
	case strings.HasPrefix(up, "CAPEC-"):
		source = "capec"
	case strings.HasPrefix(up, "CWE-"):
		source = "cwe"
	case len(up) > 4 && strings.Trim(up[1:], "0123456789.A") == "" && strings.ContainsRune("TGSCM", rune(up[0])):
		source = "mitre-attack"
	}
	outside := ""
	if source != "" {
		outside = `{"source_name":"` + source + `","external_id":` + string(appendText(nil, v.Text)) + `}`
	}
	typ := v.Type.Info().STIX
	switch typ {
	case "vulnerability", "attack-pattern", "intrusion-set", "malware", "campaign", "course-of-action":
	case "url":
		p.extern = append(p.extern, `{"source_name":"link","url":`+string(appendText(nil, v.Text))+`}`)
		return
	default:
		if outside != "" {
			p.extern = append(p.extern, outside)
		}
		return
	}
	stixID := made(typ, v.Text)
	o := newObject(typ, stixID).text("created_by_ref", p.w.author).text("created", fixed).text("modified", fixed).text("name", v.Text)
	if typ == "malware" {
		o.raw("is_family", []byte("true"))
	}
	if outside != "" {
		o.raw("external_references", []byte("["+outside+"]"))
	}
	p.w.put(stixID, o.bytes())
	p.ref(stixID)
}

// container writes the report of the page and a note with what only people read.
func (p *page) container(came string, rows []export.Row) {
	r := p.report
	stixID := "report--" + r.UUID.String()
	if typ, _, ok := format.SplitID(came); ok && (typ == "report" || typ == "grouping") {
		stixID = came
	} else if r.UUID.IsZero() {
		stixID = made("report", r.ID.String())
	}
	created := firstTime(r.Published, r.Created, p.w.meta.Generated)
	modified := created
	if r.Modified.After(created) {
		modified = r.Modified
	}
	m := p.w.marks(r.ACL)
	if len(p.notes) > 0 {
		note := made("note", stixID)
		p.w.put(note, newObject("note", note).text("created_by_ref", p.author).text("created", format.FormatTime(created)).text("modified", format.FormatTime(modified)).
			text("abstract", "Attributes of the report that are no observables").text("content", strings.Join(p.notes, "\n")).list("object_refs", []string{stixID}).
			list("object_marking_refs", p.w.marks(strictest(rows))).bytes())
	}
	if len(p.refs) == 0 {
		p.refs = []string{p.author} // a report must refer to something
	}
	o := newObject(strings.Split(stixID, "--")[0], stixID).text("created_by_ref", p.author).text("created", format.FormatTime(created)).text("modified", format.FormatTime(modified)).
		text("name", first(r.Title, "Report")).text("description", r.Summary).text("lang", r.Lang)
	if strings.HasPrefix(stixID, "grouping--") {
		o.text("context", "suspicious-activity")
	} else {
		o.list("report_types", []string{"indicator"}).text("published", format.FormatTime(created))
	}
	if r.URL != "" {
		p.extern = append([]string{`{"source_name":` + string(appendText(nil, first(r.Publisher.Name, "source"))) + `,"url":` + string(appendText(nil, r.URL)) + `}`}, p.extern...)
	}
	if len(p.extern) > 0 {
		o.raw("external_references", []byte("["+strings.Join(p.extern, ",")+"]"))
	}
	p.w.put(stixID, o.list("object_refs", p.refs).list("labels", labels(r.Tags)).list("object_marking_refs", m).bytes())
}

// strictest joins the markings of rows.
func strictest(rows []export.Row) (a sharing.ACL) {
	for i := range rows {
		a.TLP, a.PAP = max(a.TLP, rows[i].ACL.TLP), max(a.PAP, rows[i].ACL.PAP)
	}
	return a
}
