package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"

	"github.com/vedette-ti/vedette/internal/bench/rig"
)

// shared stands in every document: how many reports state it shows what is doubled or lost as well.
const shared = "common.soakzone.net"

// sender is one goroutine's client. What it sends is named after it, so that no two senders touch one thing.
type sender struct {
	rig.Client
	*journal
	rng    *rand.Rand
	name   string
	count  int
	claims []claim // of its own that it may review and edit
	again  []entry // documents without an answer: sent again later, as clients do
}

// claim is an acknowledged one. initial is its state before any review.
type claim struct{ id string }

// run sends until the server is gone or ctx ends. An answer that is an error of the server ends it with that
// error; a broken connection does not.
func (s *sender) run(ctx context.Context) error {
	for ctx.Err() == nil {
		err := s.step(ctx)
		refused, answered := rig.Answered(err)
		switch {
		case err == nil:
		case answered && (refused.Status == http.StatusServiceUnavailable || refused.Status == http.StatusTooManyRequests):
		case answered:
			return fmt.Errorf("%s: %w", s.name, err)
		case errors.Is(err, errJournal):
			return err
		default:
			return nil // the connection broke: the server was killed
		}
	}
	return nil
}

var errJournal = errors.New("the outside log cannot be written")

func (s *sender) step(ctx context.Context) error {
	switch n := s.rng.IntN(10); {
	case n < 4:
		return s.document(ctx)
	case n < 6:
		return s.alone(ctx)
	case n == 6:
		return s.report(ctx)
	case n < 9 && len(s.claims) > 0:
		return s.review(ctx)
	case len(s.claims) > 0:
		return s.edit(ctx)
	}
	return s.alone(ctx)
}

func (s *sender) next() string {
	s.count++
	return fmt.Sprintf("%s-%d", s.name, s.count)
}

// note writes to the journal, before and after.
func (s *sender) note(write func(entry) error, e entry) error {
	if err := write(e); err != nil {
		return errors.Join(errJournal, err)
	}
	return nil
}

// attempt journals e, sends it and journals the acknowledgement.
func (s *sender) attempt(e entry, send func() error) error {
	if err := s.note(s.tried, e); err != nil {
		return err
	}
	if err := send(); err != nil {
		return err
	}
	return s.note(s.acked, e)
}

// document drops a text with values that only it states. Every fourth is sent twice; one without an answer is
// sent again another time.
func (s *sender) document(ctx context.Context) error {
	var e entry
	if len(s.again) > 0 && s.rng.IntN(2) == 0 {
		e, s.again = s.again[0], s.again[1:]
	} else {
		e = entry{Kind: aDocument, Key: "soak " + s.next()}
		for i := range 3 + s.rng.IntN(20) {
			e.Values = append(e.Values, unique(e.Key, i))
		}
	}
	send := func() error {
		return s.Call(ctx, http.MethodPost, "/drop", map[string]any{"title": e.Key, "name": "soak.txt", "text": textOf(e)}, nil)
	}
	err := s.attempt(e, send)
	if err != nil {
		s.again = append(s.again, e)
		return err
	}
	if s.rng.IntN(4) == 0 {
		return send() // the same once more must change nothing
	}
	return nil
}

func textOf(e entry) string {
	return "Notes of " + e.Key + ".\n\nIt talks to " + shared + " and to these:\n\n" + strings.Join(e.Values, "\n") + "\n"
}

// unique makes a value that nobody else states.
func unique(key string, i int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", key, i))
	text := hex.EncodeToString(sum[:])
	if i%2 == 0 {
		return text
	}
	return "h" + text[:12] + ".soakzone.net"
}

// alone adds claims without a report, and keeps some to work on.
func (s *sender) alone(ctx context.Context) error {
	e := entry{Kind: aClaim, Key: "claims " + s.next()}
	type in struct {
		Value string `json:"value"`
	}
	var list []in
	for i := range 1 + s.rng.IntN(40) {
		e.Values = append(e.Values, unique(e.Key, i))
		list = append(list, in{e.Values[i]})
	}
	var out struct {
		Results []struct {
			Claim  string `json:"claim"`
			Status string `json:"status"`
		} `json:"results"`
	}
	err := s.attempt(e, func() error {
		return s.Call(ctx, http.MethodPost, "/observables", map[string]any{"claims": list}, &out)
	})
	if err != nil {
		return err
	}
	for _, r := range out.Results[:min(2, len(out.Results))] {
		if r.Status == "added" {
			s.claims = append(s.claims, claim{r.Claim})
		}
	}
	return nil
}

// report makes a report by hand, under an Idempotency-Key, and asks for it twice.
func (s *sender) report(ctx context.Context) error {
	e := entry{Kind: aReport, Key: "soak report " + s.next()}
	send := func() error {
		return s.Call(ctx, http.MethodPost, "/reports", map[string]any{"title": e.Key}, nil, "Idempotency-Key", e.Key)
	}
	if err := s.attempt(e, send); err != nil {
		return err
	}
	return send()
}

func (s *sender) review(ctx context.Context) error {
	e := entry{Kind: aReview, Key: s.pick().id, Text: []string{"accepted", "rejected", "proposed"}[s.rng.IntN(3)]}
	in := map[string]any{"claims": []string{e.Key}, "state": e.Text}
	if e.Text == "rejected" {
		in["reason"], in["reach"] = "false_positive", "here"
	}
	return s.attempt(e, func() error { return s.Call(ctx, http.MethodPost, "/claims/review", in, nil) })
}

func (s *sender) edit(ctx context.Context) error {
	e := entry{Kind: anEdit, Key: s.pick().id, Text: "comment " + s.next()}
	return s.attempt(e, func() error {
		return s.Call(ctx, http.MethodPatch, "/claims/"+e.Key, map[string]any{"comment": e.Text}, nil)
	})
}

// pick prefers few claims, so that they see many changes.
func (s *sender) pick() claim {
	if len(s.claims) > 40 {
		s.claims = slices.Delete(s.claims, 0, 20)
	}
	return s.claims[s.rng.IntN(len(s.claims))]
}
