package report

import (
	"errors"
	"log/slog"
	"time"

	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/tx"
)

// Service is the only writer of reports, documents, objects, claims and corrections.
type Service struct {
	o Options
}

// Options are the parts a Service works with.
type Options struct {
	Tx          tx.Runner
	Bulk        Bulk
	Store       Store
	Corrections Corrections
	Remarks     Remarks // nil: no notes and sightings
	Changes     change.Log
	// Mean explains a stated type and value; nil knows the observable types only (see PlainMeaning).
	Mean  func(typ, stated string) (Meaning, error)
	Clock func() time.Time
	Log   *slog.Logger
}

// New checks the options.
func New(o Options) (*Service, error) {
	if o.Tx == nil || o.Bulk == nil || o.Store == nil || o.Corrections == nil || o.Changes == nil {
		return nil, errors.New("report: a part is missing")
	}
	if o.Mean == nil {
		o.Mean = PlainMeaning
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{o: o}, nil
}

// Mean explains a stated type and value as the writer will.
func (s *Service) Mean(typ, stated string) (Meaning, error) { return s.o.Mean(typ, stated) }

// PlainMeaning explains output names of observable types and, with an empty type, recognises the value.
func PlainMeaning(typ, stated string) (Meaning, error) {
	var v observable.Value
	if typ == "" {
		var ok bool
		if v, ok = observable.Recognise(stated); !ok {
			return Meaning{}, errs.New(errs.Invalid, "value_unknown",
				"{value} is not recognised as an indicator: state its type.", "value", clip(stated, 80))
		}
	} else {
		t, ok := observable.Parse(typ)
		if !ok {
			return Meaning{}, errs.New(errs.Unsupported, "type_unknown", "There is no type {type}.", "type", clip(typ, 80))
		}
		if info := t.Info(); info.Role == observable.Literal {
			return meaningOf(t, nil), nil
		}
		var err error
		if v, err = observable.Canonical(t, stated); err != nil {
			return Meaning{}, err
		}
	}
	return meaningOf(v.Type, []observable.Value{v}), nil
}

func meaningOf(t observable.Type, parts []observable.Value) Meaning {
	info := t.Info()
	m := Meaning{
		Type: t.String(), Category: info.Category, Parts: parts, Role: info.Role, ToIDs: info.ToIDs, Pain: info.Pain, Life: info.Expires,
		Correlates: info.Role == observable.Correlates || info.Role == observable.Reference,
	}
	if info.Role == observable.Literal {
		m.Parts = nil
	}
	return m
}

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}
