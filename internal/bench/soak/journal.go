package main

import (
	"bufio"
	"os"
	"slices"
	"sync"

	"github.com/vedette-ti/vedette/internal/jsonx"
)

// The kinds of what is sent.
const (
	aDocument = "document" // POST /drop
	aClaim    = "claim"    // POST /observables
	aReport   = "report"   // POST /reports
	aReview   = "review"   // POST /claims/review
	anEdit    = "edit"     // PATCH /claims/{id}
)

// entry is one line of the journal: something was tried, or acknowledged.
type entry struct {
	Kind   string   `json:"kind"`
	Acked  bool     `json:"acked,omitempty"`
	Key    string   `json:"key"` // title, or the claim's id
	Values []string `json:"values,omitempty"`
	Text   string   `json:"text,omitempty"` // the state, or the comment
}

// journal is the outside log. What write returned for is on disk.
type journal struct {
	mu     sync.Mutex
	f      *os.File
	counts map[string][2]int // tried and acknowledged, by kind
}

func openJournal(path string) (*journal, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600) //nolint:gosec // our own folder
	return &journal{f: f, counts: map[string][2]int{}}, err
}

func (j *journal) close() { _ = j.f.Close() }

// tried notes what is about to be sent.
func (j *journal) tried(e entry) error {
	return j.write(e)
}

// acked notes what the server acknowledged. Only when it returns the acknowledgement counts.
func (j *journal) acked(e entry) error {
	e.Acked = true
	return j.write(e)
}

func (j *journal) write(e entry) error {
	line, err := jsonx.Marshal(e)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, err := j.f.Write(append(line, '\n')); err != nil {
		return err
	}
	n := j.counts[e.Kind]
	if e.Acked {
		n[1]++
	} else {
		n[0]++
	}
	j.counts[e.Kind] = n
	return j.f.Sync()
}

// fate is what may be true of one thing in the end.
type fate struct {
	acked  bool
	values []string
}

// books are the journal read back.
type books struct {
	titles map[string]fate    // documents and reports
	values map[string]fate    // values of documents and of claims that stand alone
	alone  map[string]bool    // values of claims that stand alone
	states map[string]outcome // claim → what may be its state
	texts  map[string]outcome // claim → what may be its comment
}

// read sums the journal. A line that comes later for the same thing overrules: its sender sends one after the
// other.
func (j *journal) read() (*books, error) {
	b := &books{titles: map[string]fate{}, values: map[string]fate{}, alone: map[string]bool{}, states: map[string]outcome{}, texts: map[string]outcome{}}
	f, err := os.Open(j.f.Name())
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	in := bufio.NewScanner(f)
	in.Buffer(nil, 16<<20)
	for in.Scan() {
		var e entry
		if err := jsonx.Unmarshal(in.Bytes(), &e); err != nil {
			return nil, err
		}
		b.take(e)
	}
	return b, in.Err()
}

func (b *books) take(e entry) {
	switch e.Kind {
	case aReview:
		b.states[e.Key] = possible(b.states[e.Key], e)
	case anEdit:
		b.texts[e.Key] = possible(b.texts[e.Key], e)
	case aDocument, aReport:
		b.titles[e.Key] = fate{acked: e.Acked || b.titles[e.Key].acked, values: e.Values}
	}
	for _, v := range e.Values {
		b.values[v] = fate{acked: e.Acked || b.values[v].acked}
		b.alone[v] = e.Kind == aClaim
	}
}

// outcome is what may be true after the changes of one thing: the last acknowledged, and everything tried
// after it.
type outcome struct {
	acked bool
	texts []string
}

func possible(o outcome, e entry) outcome {
	if e.Acked {
		return outcome{acked: true, texts: []string{e.Text}}
	}
	o.texts = append(o.texts, e.Text)
	return o
}

// allows reports whether got is possible; initial is how the thing was made.
func (o outcome) allows(got, initial string) bool {
	return slices.Contains(o.texts, got) || !o.acked && got == initial
}
