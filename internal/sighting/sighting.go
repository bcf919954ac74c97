// Package sighting owns statements that a value was seen, was a false positive or has expired: their shape and
// what makes one acceptable. Package report decides who may add and see one; the store keeps it.
package sighting

import (
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/naming"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// maxCount bounds how often one sighting may say that a value was seen.
const maxCount = 1_000_000_000

// Sighting says that a value was seen (0), was a false positive (1) or expired (2): MISP's numbers.
type Sighting struct {
	ID      id.ID
	UUID    id.UUID
	Value   id.ID
	Claim   id.ID
	Kind    int
	Seen    time.Time
	Count   int64
	Origin  string
	Org     id.ID
	ACL     sharing.ACL
	Created time.Time
}

// Input is a sighting to be recorded.
type Input struct {
	Value  id.ID
	Kind   int
	Seen   time.Time // zero: now
	Count  int64     // 0: once
	Origin string
	ACL    *sharing.ACL // nil: the own organisation's alone
}

// Normal returns the sighting that in describes at the time now, without owner and label. The error names
// what is wrong with the input.
func (in Input) Normal(now time.Time) (Sighting, error) {
	origin, err := naming.Line("origin", in.Origin, 300)
	x := Sighting{Value: in.Value, Kind: in.Kind, Seen: in.Seen, Count: max(in.Count, 1), Origin: origin, Created: now}
	switch {
	case err != nil:
	case in.Kind < 0 || in.Kind > 2:
		err = errs.New(errs.Invalid, "sighting_kind", "A sighting is seen, false_positive or expired.").At("kind")
	case in.Count > maxCount:
		err = errs.New(errs.Invalid, "sighting_count", "A sighting counts at most {limit}.", "limit", maxCount).At("count")
	case x.Seen.IsZero():
		x.Seen = now
	case x.Seen.After(now.Add(24 * time.Hour)):
		err = errs.New(errs.Invalid, "sighting_future", "A sighting lies in the past.").At("seen")
	}
	return x, err
}
