package assess

import (
	"math"
	"strconv"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/query"
	"github.com/vedette-ti/vedette/internal/report"
)

// Score is 0–100: how sure the visible evidence makes us that the value is bad, now, and worth acting on.
type Score struct {
	Total int
	Terms []Term
}

// Term is one factor of a score, shown beside it. Factor multiplies; Detail holds its parameters.
type Term struct {
	Name   string             `json:"name"`
	Factor float64            `json:"factor"`
	Detail map[string]float64 `json:"detail,omitempty"`
}

// Facts are what else is known of the value.
type Facts struct {
	Seen   Seen
	Listed bool
	Own    bool
}

// The weights. Published in the guide (docs/guide: scoring).
const (
	proposedWeight = 0.7 // nobody has reviewed the claim
	contextWeight  = 0.6 // stated without to_ids
	listedFactor   = 0.3 // on a list of known false positives
	sightingWeight = 0.1 // per doubling of sightings
	decaySpeed     = 0.3 // MISP's polynomial decay: 1 − (age/life)^(1/δ)
)

// Rate computes the score:
//
//	100 × (1 − Π over publishers (1 − w)) × pain × sightings × listed
//
// where w is a publisher's best claim: reliability × confidence × freshness × review × to_ids. Rejected claims
// count nothing; what is our own scores 0.
func Rate(list []Evidence, f Facts, now time.Time) Score {
	best := map[id.ID]float64{}
	pain := 0
	fresh := 0.0
	for _, e := range list {
		if e.State == report.Rejected {
			continue
		}
		freshness := e.freshness(now)
		w := e.Reliability.Weight() * float64(e.Confidence) / 100 * freshness
		if e.State == report.Proposed {
			w *= proposedWeight
		}
		if !e.ToIDs {
			w *= contextWeight
		}
		best[e.Publisher.ID] = max(best[e.Publisher.ID], w)
		pain = max(pain, e.Pain)
		fresh = max(fresh, freshness)
	}
	doubt := 1.0
	for _, w := range best {
		doubt *= 1 - w
	}
	s := Score{Terms: []Term{{Name: "evidence", Factor: round(1 - doubt), Detail: map[string]float64{"publishers": float64(len(best)), "freshness": round(fresh)}}}}
	add := func(name string, factor float64, detail map[string]float64) {
		s.Terms = append(s.Terms, Term{Name: name, Factor: round(factor), Detail: detail})
	}
	total := 1 - doubt
	painFactor := 0.7 + 0.05*float64(pain)
	total *= painFactor
	add("pain", painFactor, map[string]float64{"level": float64(pain)})
	if f.Seen.Sightings > 0 || f.Seen.FalsePositives > 0 {
		factor := (1 + sightingWeight*math.Log2(1+float64(f.Seen.Sightings))) / (1 + float64(f.Seen.FalsePositives)/2)
		total *= factor
		add("sightings", factor, map[string]float64{"seen": float64(f.Seen.Sightings), "false_positives": float64(f.Seen.FalsePositives)})
	}
	if f.Listed {
		total *= listedFactor
		add("listed", listedFactor, nil)
	}
	if f.Own {
		total = 0
		add("own", 0, nil)
	}
	s.Total = int(math.Round(100 * min(max(total, 0), 1)))
	return s
}

// freshness falls from 1 to 0 over the claim's life, slowly at first.
func (e Evidence) freshness(now time.Time) float64 {
	if e.Expires.IsZero() {
		return 1
	}
	life, age := e.Expires.Sub(e.Last), now.Sub(e.Last)
	if life <= 0 || age >= life {
		return 0
	}
	if age <= 0 {
		return 1
	}
	return 1 - math.Pow(float64(age)/float64(life), 1/decaySpeed)
}

func round(x float64) float64 { return math.Round(x*1000) / 1000 }

// Computed returns the part of a query that only a computed summary can answer: score: and publishers:.
// They may only be combined by AND, and be negated.
func Computed(n query.Node) (func(Summary) bool, error) {
	switch n := n.(type) {
	case query.And:
		var all []func(Summary) bool
		for _, x := range n {
			f, err := Computed(x)
			if err != nil {
				return nil, err
			}
			all = append(all, f)
		}
		return func(s Summary) bool {
			for _, f := range all {
				if !f(s) {
					return false
				}
			}
			return true
		}, nil
	case query.Field:
		return computedField(n)
	case query.Not:
		if f, ok := n.X.(query.Field); ok && computed(f.Name) {
			match, err := computedField(f)
			return func(s Summary) bool { return !match(s) }, err
		}
		return always, misplaced(n.X)
	case query.Or:
		for _, x := range n {
			if err := misplaced(x); err != nil {
				return nil, err
			}
		}
	}
	return always, nil
}

// IsComputed reports whether the query has a condition that Computed answers.
func IsComputed(n query.Node) bool { return misplaced(n) != nil }

func always(Summary) bool { return true }

func computed(name string) bool { return name == "score" || name == "publishers" }

func misplaced(n query.Node) error {
	switch n := n.(type) {
	case query.Field:
		if computed(n.Name) {
			return errs.New(errs.Invalid, "query_computed", "{field}: at position {pos} can only be combined with AND.", "field", n.Name, "pos", n.Pos+1)
		}
	case query.Not:
		return misplaced(n.X)
	case query.And:
		for _, x := range n {
			if err := misplaced(x); err != nil {
				return err
			}
		}
	case query.Or:
		for _, x := range n {
			if err := misplaced(x); err != nil {
				return err
			}
		}
	}
	return nil
}

func computedField(f query.Field) (func(Summary) bool, error) {
	if !computed(f.Name) {
		return always, nil
	}
	want, err := strconv.Atoi(f.Value)
	to := want
	if err == nil && f.Op == query.Range {
		to, err = strconv.Atoi(f.To)
	}
	if err != nil {
		return nil, errs.New(errs.Invalid, "query_value", "{value} does not fit {field}: at position {pos}; it takes {want}.",
			"value", f.Value, "field", f.Name, "pos", f.Pos+1, "want", "a whole number")
	}
	return func(s Summary) bool {
		got := s.Publishers
		if f.Name == "score" {
			got = s.Score.Total
		}
		switch f.Op {
		case query.Less:
			return got < want
		case query.LessEqual:
			return got <= want
		case query.Greater:
			return got > want
		case query.GreaterEqual:
			return got >= want
		}
		return got >= want && got <= to
	}, nil
}

// Exact returns the value that a search means when it is nothing but one value.
func Exact(text string) (observable.Value, bool) { return observable.Recognise(text) }
