package cli

import (
	"context"
	"net/url"
	"strings"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

// find returns the item of a list that a person means by an id or by its name (any letter case; field says
// which member is the name).
func (s *session) find(ctx context.Context, path, what, field, want string) (jsonx.Raw, error) {
	if numeric(want) {
		var raw jsonx.Raw
		err := s.get(ctx, path+"/"+want, nil, &raw)
		if err == nil {
			return raw, nil
		}
		if k := errs.KindOf(err); k != errs.NotFound && k != errs.Invalid { // some lists have no address for one item
			return nil, err
		}
	}
	query := url.Values{}
	if paged(path) {
		query.Set("q", want)
	}
	items, _, err := s.list(ctx, path, query, "", 0)
	if err != nil {
		return nil, err
	}
	var found []jsonx.Raw
	for _, it := range items {
		if name, _ := member(it, field).(string); strings.EqualFold(name, want) || member(it, "id") == want {
			found = append(found, it)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, errs.New(errs.NotFound, what+"_missing", "There is no {kind} {name}, or you may not see it.", "kind", what, "name", want)
	}
	return nil, errs.New(errs.Conflict, "name_ambiguous", "{count} items are called {name}: name one by its id.", "count", len(found), "name", want)
}

// findID is find for those who need the id only.
func (s *session) findID(ctx context.Context, path, what, field, want string) (string, error) {
	it, err := s.find(ctx, path, what, field, want)
	if err != nil {
		return "", err
	}
	return idOf(it), nil
}

func idOf(it jsonx.Raw) string {
	id, _ := member(it, "id").(string)
	return id
}

func numeric(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// each runs fn for every name. One that fails does not keep the others; the failures come together.
func (c *console) each(names []string, fn func(name string) error) error {
	var failed []error
	for _, n := range names {
		if err := fn(n); err != nil {
			failed = append(failed, err)
		}
	}
	switch {
	case len(failed) == 0:
		return nil
	case len(failed) == len(names):
		for _, err := range failed[1:] {
			c.complain(err)
		}
		return failed[0]
	}
	for _, err := range failed {
		c.complain(err)
	}
	return partly{errs.New(errs.Conflict, "some_failed", "{count} of {total} failed.", "count", len(failed), "total", len(names))}
}
