package watch

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/naming"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/query"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// Bounds of a watch.
const (
	maxWindow   = 7 * 24 * 3600 // seconds
	maxLines    = 200
	maxChannels = 20
)

func bad(field, problem string, kv ...any) error {
	return errs.New(errs.Invalid, "bad_watch_field", "{field} {problem}.", append(kv, "field", field, "problem", problem)...).At(field)
}

// check cleans a watch, and finds out whether its question can be asked.
func (s *Service) check(ctx context.Context, a sharing.Actor, w *Watch) error {
	var err error
	if w.Name, err = naming.Name("name", w.Name); err != nil {
		return err
	}
	w.Query = strings.TrimSpace(w.Query)
	if _, err := condition(*w); err != nil {
		return err
	}
	o := w.Options
	switch {
	case o.Window < 0 || o.Window > maxWindow:
		return bad("options.window", "lies between 0 and 604800 seconds")
	case o.Lines < 0 || o.Lines > maxLines:
		return bad("options.lines", "lies between 0 and 200")
	case o.Lang != "" && o.Lang != "en" && o.Lang != "zh":
		return bad("options.lang", "takes en or zh")
	}
	slices.Sort(w.Channels)
	w.Channels = slices.Compact(w.Channels)
	if len(w.Channels) > maxChannels {
		return bad("channels", "has more than 20 entries")
	}
	if w.Channels == nil {
		w.Channels = []id.ID{}
	}
	for _, n := range w.Channels {
		c, err := s.o.Store.Channel(ctx, a.Scope, n)
		if err == nil && (c.Deleted || c.Org != w.Org) {
			err = notFound("channel", n)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// condition turns what a watch holds into a question to the store.
func condition(w Watch) (Condition, error) {
	c := Condition{Org: w.Org, AcceptedOnly: w.Options.AcceptedOnly}
	switch w.Kind {
	case Value:
		v, ok := observable.Recognise(w.Query)
		if !ok {
			return c, bad("query", "is no value that is recognised: write a domain, address, network, URL, hash, e-mail address or id")
		}
		c.Query = valueQuery(v, w.Options.Related)
		return c, nil
	case Tag:
		if w.Query == "" || strings.Trim(w.Query, "* ") == "" {
			return c, bad("query", "names no tag")
		}
		c.Query, c.Reports = query.Field{Name: "tag", Value: w.Query}, true
		return c, nil
	case Asset:
		if w.Query == "any" {
			c.AnyAsset, c.Reports = true, true
			return c, nil
		}
		n, err := id.Parse(w.Query)
		if err != nil {
			return c, bad("query", "takes the id of an asset, or any")
		}
		c.Asset, c.Reports = n, true
		return c, nil
	case Source:
		n, err := id.Parse(w.Query)
		if err != nil {
			return c, bad("query", "takes the id of a source")
		}
		c.Query, c.Reports = query.Field{Name: "source", Value: strconv.FormatInt(int64(n), 10)}, true
		return c, nil
	case Search:
		return searchCondition(c, w.Query)
	}
	return c, bad("kind", "takes value, tag, asset, source or search")
}

// valueQuery asks for a value; a network means what is inside and around it, a related domain everything
// with the same registrant.
func valueQuery(v observable.Value, related bool) query.Node {
	if (v.Type == observable.IPv4 || v.Type == observable.IPv6) && (related || strings.Contains(v.Text, "/")) {
		return query.Field{Name: "net", Value: v.Text}
	}
	exact := query.Field{Name: "value", Value: v.Text}
	if related && v.Type == observable.Domain {
		return query.Or{exact, query.Field{Name: "domain", Value: v.Text}}
	}
	return exact
}

func searchCondition(c Condition, text string) (Condition, error) {
	if text == "" {
		return c, bad("query", "is empty")
	}
	n, err := query.Parse(text)
	if e, ok := errs.As(err); ok {
		return c, e.At("query")
	}
	if name, ok := computed(n); ok {
		return c, bad("query", "cannot ask for "+name+": it is computed when somebody looks")
	}
	c.Query, c.Reports = n, true
	return c, nil
}

// computed finds a field whose answer is not in the rows, so that a watch on it would find everything.
func computed(n query.Node) (string, bool) {
	var list []query.Node
	switch n := n.(type) {
	case query.And:
		list = n
	case query.Or:
		list = n
	case query.Not:
		list = []query.Node{n.X}
	case query.Field:
		return n.Name, n.Name == "score" || n.Name == "publishers" || n.Name == "deleted"
	}
	for _, x := range list {
		if name, ok := computed(x); ok {
			return name, true
		}
	}
	return "", false
}
