package ingest

import (
	"bytes"
	"context"
	"path"
	"strconv"
	"strings"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/bus"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/failpoint"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/parser"
	"github.com/vedette-ti/vedette/internal/playbook"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/source"
)

// Handle works on one message of the queue: it is the handler of bus.Consume. What cannot be read goes to
// quarantine with its reason (nil: the message is done); what fails for the moment is returned, to be tried
// again.
func (e *Engine) Handle(ctx context.Context, d bus.Delivery) error {
	var o Order
	if err := jsonx.Unmarshal(d.Body, &o); err != nil {
		return bus.Permanent(err)
	}
	j, err := e.begin(ctx, o, d.ID)
	if err != nil {
		if errs.KindOf(err) == errs.NotFound {
			return bus.Permanent(err) // the source is gone for good
		}
		return err
	}
	_, err = j.run(ctx)
	if err != nil && permanent(err) {
		return j.quarantine(ctx, err)
	}
	return err
}

// job is the processing of one order.
type job struct {
	*Engine
	order   Order
	message string
	src     source.Source
	actor   sharing.Actor
	data    []byte
	hash    blob.Hash
	plan    Plan
	sums    report.Result // of all parts
	dry     func(report.Batch) error
}

func (e *Engine) begin(ctx context.Context, o Order, message string) (*job, error) {
	src, err := e.o.Sources.Source(ctx, o.Source)
	if err != nil {
		return nil, err
	}
	j := &job{Engine: e, order: o, message: message, src: src}
	j.actor = sharing.SystemActor("source", src.Org)
	j.actor.Name, j.actor.Via = "source "+src.Name, "source"
	if o.By != 0 {
		j.actor.User, j.actor.Name = o.By, o.ByName
	}
	if j.hash, err = o.hash(); err != nil {
		return nil, err
	}
	if j.data, err = e.o.Blobs.Read(ctx, j.hash, e.o.Limits.Bytes); err != nil {
		return nil, err
	}
	return j, j.plans(ctx)
}

func (j *job) plans(ctx context.Context) (err error) {
	if j.o.Playbooks != nil {
		j.plan, err = j.o.Playbooks.Plan(ctx, j.src)
	}
	return err
}

func (j *job) input() parser.Input {
	return parser.Input{Name: j.order.Name, MediaType: j.order.MediaType, URL: j.order.URL, Data: j.data, Passwords: j.order.Passwords, Options: j.order.Options}
}

func (j *job) run(ctx context.Context) (report.Result, error) {
	in := j.input()
	for _, f := range j.o.Formats {
		if j.order.Parser == f.Name() || j.order.Parser == "" && f.Detect(in) {
			return j.sums, j.structured(ctx, f)
		}
	}
	list := j.o.Parsers
	if j.order.Parser != "" {
		p, err := named(list, j.order.Parser)
		if err != nil {
			return j.sums, err
		}
		list = []parser.Parser{p}
	}
	tree, err := parser.ParseTree(ctx, j.o.Parse, list, in, j.o.Limits)
	if err != nil {
		return j.sums, err
	}
	return j.sums, j.documents(ctx, tree)
}

func named(list []parser.Parser, name string) (parser.Parser, error) {
	for _, p := range list {
		if p.Name() == name {
			return p, nil
		}
	}
	return nil, errs.New(errs.Unsupported, "parser_missing", "There is no parser {name}.", "name", name)
}

// structured reads a format that states claims itself.
func (j *job) structured(ctx context.Context, f Structured) error {
	parts, unchanged := map[string]int{}, map[string]bool{} // of each report
	accept := j.order.Accept || j.src.Accept >= source.TrustStated
	return f.Read(ctx, bytes.NewReader(j.data), j.src.ClaimACL, func(b report.Batch) error {
		key := j.order.Key
		if b.Report != nil {
			if b.Report.Key == "" && b.Report.UUID.IsZero() {
				b.Report.Key = j.order.Key
			}
			key = b.Report.Key + b.Report.UUID.String()
			if b.Report.Title == "" {
				b.Report.Title = j.title("")
			}
			if b.Report.URL == "" {
				b.Report.URL = j.order.URL
			}
			b.Report.Tags = append(b.Report.Tags, j.order.Tags...)
			if parts[key] == 0 {
				for i := range b.Documents { // what the event carries lies in the file
					b.Documents[i].Parent++
					b.Documents[i].Key = j.order.Key + "!" + b.Documents[i].Key
				}
				b.Documents = append([]report.DocumentDraft{{
					Key: j.order.Key, Name: j.order.Name, MediaType: j.order.MediaType, URL: j.order.URL, Blob: j.hash, Size: j.order.Size, Parser: f.Name(),
				}}, b.Documents...)
			}
		}
		b.Accept, b.Again = b.Accept || accept, j.order.Again != ""
		if parts[key]++; unchanged[key] {
			return nil
		}
		if err := j.mark(ctx, &b); err != nil {
			return err
		}
		res, err := j.write(ctx, b, key+"#"+strconv.Itoa(parts[key]))
		unchanged[key] = res.Unchanged
		return err
	})
}

// write completes a batch and hands it to the bulk writer, or to the preview.
func (j *job) write(ctx context.Context, b report.Batch, part string) (report.Result, error) {
	b.Source, b.Consumer, b.Message = j.src.ID, Consumer, j.message+"#"+part
	if j.order.ACL != nil {
		b.ACL = *j.order.ACL
		if b.Report != nil && b.Report.ACL == nil {
			b.Report.ACL = j.order.ACL
		}
	}
	var out playbook.Applied
	if j.plan != nil {
		var err error
		if out, err = j.plan.Apply(ctx, &b); err != nil {
			return report.Result{}, err
		}
	}
	if j.dry != nil {
		return report.Result{}, j.dry(b)
	}
	for _, d := range out.Deliveries {
		if err := j.o.Playbooks.Deliver(ctx, d); err != nil {
			return report.Result{}, err
		}
	}
	res, err := j.o.Reports.Ingest(ctx, j.actor, b)
	if err != nil {
		return res, err
	}
	failpoint.Hit(failpoint.IngestAfter)
	j.sums.Report = res.Report
	j.sums.NewReport = j.sums.NewReport || res.NewReport
	j.sums.Unchanged, j.sums.Repeated = res.Unchanged, res.Repeated
	j.sums.Fresh += res.Fresh
	j.sums.Known += res.Known
	j.sums.Values += res.Values
	j.sums.Rejected += res.Rejected
	j.sums.Refused = append(j.sums.Refused, res.Refused...)
	return res, nil
}

// mark notes warninglists and own assets on stated claims. Stated claims are kept whatever list they are on:
// the lists are shown, and block lists leave them out.
func (j *job) mark(ctx context.Context, b *report.Batch) error {
	lists, err := j.o.Lists(ctx)
	if err != nil {
		return err
	}
	for i := range b.Claims {
		c := &b.Claims[i]
		m, err := j.o.Reports.Mean(c.Type, c.Stated)
		if err != nil {
			continue // the writer refuses it with the same reason
		}
		for _, v := range m.Parts {
			for _, h := range lists.Match(v) {
				c.Listed = append(c.Listed, h.List)
			}
			if j.o.Assets != nil {
				hits, err := j.o.Assets.Match(ctx, j.src.Org, v)
				if err != nil {
					return err
				}
				c.Assets = append(c.Assets, hits...)
			}
		}
	}
	return nil
}

// quarantine keeps an item that cannot be read, whole, with its reason.
func (j *job) quarantine(ctx context.Context, cause error) error {
	order, err := jsonx.Marshal(j.order)
	if err != nil {
		return err
	}
	r := report.Refusal{Stage: "parse", Item: j.title(""), Place: j.order.Key, Code: "internal", Reason: cause.Error(), Payload: string(order), Blob: j.hash}
	if e, ok := errs.As(cause); ok {
		r.Code, r.Params = e.Code, e.Params
		if e.Subject != "" {
			r.Place = j.order.Key + ": " + e.Subject
		}
	}
	b := report.Batch{Source: j.src.ID, Consumer: Consumer, Message: j.message + "#quarantine", Quarantine: []report.Refusal{r}}
	if j.order.ACL != nil {
		b.ACL = *j.order.ACL
	}
	_, err = j.o.Reports.Ingest(ctx, j.actor, b)
	return err
}

// title finds words for a report: stated ones, else the file's name.
func (j *job) title(stated string) string {
	for _, t := range []string{j.order.Title, stated, j.order.Name, path.Base(j.order.URL), j.order.Key} {
		if t = strings.TrimSpace(t); t != "" && t != "." && t != "/" {
			return clip(t, 500)
		}
	}
	return "untitled"
}

// clip shortens at a rune border.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}
