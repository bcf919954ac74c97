package report

import (
	"context"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// holdings is what a report holds already of what a batch states.
type holdings struct {
	values   map[id.ID][]Claim
	named    map[id.UUID]id.ID // claims and objects with a foreign UUID
	literals map[literal]id.ID
}

// literal identifies a claim without value within its report.
type literal struct{ typ, relation, stated string }

// readHoldings looks for what the batch names: by value; by UUID where the source gives one; literals by
// their text. Cost grows with the batch, and with the report's literals and objects where it has some.
func (in *ingestion) readHoldings(ctx context.Context) error {
	if in.fresh {
		return nil
	}
	var err error
	if in.held.values, err = in.o.Bulk.Held(ctx, in.report.ID, in.ids); err != nil {
		return err
	}
	if in.report.ID == 0 { // claims that stand alone belong together by their source
		for v, list := range in.held.values {
			own := list[:0]
			for _, c := range list {
				if c.Source == in.b.Source {
					own = append(own, c)
				}
			}
			in.held.values[v] = own
		}
		return nil
	}
	if err := in.heldNamed(ctx); err != nil {
		return err
	}
	return in.heldLiterals(ctx)
}

func (in *ingestion) heldNamed(ctx context.Context) error {
	in.held.named = map[id.UUID]id.ID{}
	var uuids []id.UUID
	for i := range in.claims {
		if u := in.claims[i].UUID; !u.IsZero() {
			uuids = append(uuids, u)
		}
	}
	if len(uuids) > 0 {
		err := in.claimsOf(ctx, Filter{Report: in.report.ID, UUIDs: uuids, Deleted: true}, func(c Claim) { in.held.named[c.UUID] = c.ID })
		if err != nil {
			return err
		}
	}
	for _, d := range in.b.Objects {
		if d.UUID.IsZero() {
			continue
		}
		list, err := in.o.Store.Objects(ctx, sharing.System("ingest"), in.report.ID)
		for _, o := range list {
			in.held.named[o.UUID] = o.ID
		}
		return err
	}
	return nil
}

func (in *ingestion) heldLiterals(ctx context.Context) error {
	for i := range in.claims {
		if p := &in.claims[i]; !p.UUID.IsZero() || len(p.keys) > 0 {
			continue
		}
		in.held.literals = map[literal]id.ID{}
		return in.claimsOf(ctx, Filter{Report: in.report.ID, Literals: true}, func(c Claim) {
			in.held.literals[literal{c.Type, c.Relation, c.Stated}] = c.ID
		})
	}
	return nil
}

func (in *ingestion) claimsOf(ctx context.Context, f Filter, take func(Claim)) error {
	for page := (Page{Limit: 5000}); ; {
		list, next, err := in.o.Store.Claims(ctx, sharing.System("ingest"), f, page)
		if err != nil {
			return err
		}
		for _, c := range list {
			take(c)
		}
		if page.Cursor = next; next == "" {
			return nil
		}
	}
}

// known returns the claim of the report that states the same as p, 0 for none.
func (in *ingestion) known(p *prepared) id.ID {
	switch {
	case !p.UUID.IsZero():
		return in.held.named[p.UUID]
	case len(p.keys) == 0:
		return in.held.literals[literal{keep(p.Type, p.mean.Type), p.Relation, p.Stated}]
	}
	for _, c := range in.held.values[in.ids[p.keys[0]]] {
		if len(c.Parts) == len(p.keys) && sameParts(c.Parts, p.keys, in.ids) {
			return c.ID
		}
	}
	return 0
}
