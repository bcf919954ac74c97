package bustest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vedette-ti/vedette/internal/bus"
)

// state is what a message of the model is for one consumer.
type state int

const (
	ready state = iota
	leased
	dead
	done
)

// testModel runs random sequences of calls against a model of maps. The queue is shared by the sequences,
// each under its own topic.
func testModel(t *testing.T, open func() bus.Queue) {
	q := open()
	sequence := 0
	rapid.Check(t, func(rt *rapid.T) {
		sequence++
		m := &model{t: rt, q: q, topic: fmt.Sprintf("model-%d", sequence), of: map[string]map[string]state{"one": {}, "two": {}}, known: map[string]bool{}}
		if err := q.Declare(t.Context(), bus.Topic{Name: m.topic, Consumers: []string{"one", "two"}}); err != nil {
			rt.Fatal(err)
		}
		rt.Repeat(map[string]func(*rapid.T){
			"publish": m.publish, "lease": m.lease, "ack": m.ack, "retry": m.retry, "die": m.die, "replay": m.replay, "discard": m.discard, "": m.check,
		})
	})
}

type model struct {
	t     *rapid.T
	q     bus.Queue
	topic string
	known map[string]bool
	of    map[string]map[string]state // consumer → id → state
	held  []bus.Delivery
}

func (m *model) ok(err error) {
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m *model) who(t *rapid.T) string {
	return rapid.SampledFrom([]string{"one", "two"}).Draw(t, "consumer")
}

func (m *model) publish(t *rapid.T) {
	var msgs []bus.Message
	for _, id := range rapid.SliceOfN(rapid.StringMatching("[a-e][0-9]"), 0, 5).Draw(t, "ids") {
		msgs = append(msgs, message(id))
		if !m.known[id] {
			m.known[id] = true
			m.of["one"][id], m.of["two"][id] = ready, ready
		}
	}
	m.ok(m.q.Publish(t.Context(), m.topic, msgs...))
}

func (m *model) lease(t *rapid.T) {
	who, most := m.who(t), rapid.IntRange(1, 4).Draw(t, "max")
	ds, err := m.q.Lease(t.Context(), bus.Request{Topic: m.topic, Consumer: who, Max: most, Lease: time.Hour})
	m.ok(err)
	if n := m.count(who, ready); len(ds) != min(most, n) {
		t.Fatalf("leased %d of %d ready, asked for %d", len(ds), n, most)
	}
	for _, d := range ds {
		if m.of[who][d.ID] != ready || string(d.Body) != "body of "+d.ID {
			t.Fatalf("leased %+v, which is %v", d, m.of[who][d.ID])
		}
		m.of[who][d.ID] = leased
	}
	m.held = append(m.held, ds...)
}

func (m *model) count(who string, s state) int {
	n := 0
	for _, v := range m.of[who] {
		if v == s {
			n++
		}
	}
	return n
}

// take picks a delivery that is held.
func (m *model) take(t *rapid.T) (d bus.Delivery) {
	if len(m.held) == 0 {
		t.Skip("nothing held")
	}
	i := rapid.IntRange(0, len(m.held)-1).Draw(t, "which")
	d = m.held[i]
	m.held = slices.Delete(m.held, i, i+1)
	return d
}

func (m *model) ack(t *rapid.T) {
	d := m.take(t)
	m.ok(m.q.Ack(t.Context(), d))
	m.of[d.Consumer][d.ID] = done
}

func (m *model) retry(t *rapid.T) {
	d := m.take(t)
	m.ok(m.q.Retry(t.Context(), d, 0, errors.New("again")))
	m.of[d.Consumer][d.ID] = ready
}

func (m *model) die(t *rapid.T) {
	d := m.take(t)
	m.ok(m.q.Dead(t.Context(), d, errors.New("no")))
	m.of[d.Consumer][d.ID] = dead
}

func (m *model) bury(t *rapid.T, to state, call func(bus.Selection) (int, error)) {
	letters, err := m.q.DeadLetters(t.Context(), m.topic, 0, 100)
	m.ok(err)
	if len(letters) != m.count("one", dead)+m.count("two", dead) {
		t.Fatalf("%d dead letters: %v", len(letters), letters)
	}
	which := bus.Selection{All: rapid.Bool().Draw(t, "all")}
	if !which.All && len(letters) > 0 {
		letters = letters[:rapid.IntRange(0, len(letters)).Draw(t, "some")]
		for _, l := range letters {
			which.Seqs = append(which.Seqs, l.Seq)
		}
	}
	n, err := call(which)
	m.ok(err)
	if n != len(letters) {
		t.Fatalf("%d of %d", n, len(letters))
	}
	for _, l := range letters {
		m.of[l.Consumer][l.ID] = to
	}
}

func (m *model) replay(t *rapid.T) {
	m.bury(t, ready, func(s bus.Selection) (int, error) { return m.q.Replay(t.Context(), m.topic, s) })
}

func (m *model) discard(t *rapid.T) {
	m.bury(t, done, func(s bus.Selection) (int, error) { return m.q.Discard(t.Context(), m.topic, s) })
}

func (m *model) check(t *rapid.T) {
	all, err := m.q.Depth(t.Context())
	m.ok(err)
	for _, d := range all {
		if d.Topic != m.topic {
			continue
		}
		open := int64(m.count(d.Consumer, ready) + m.count(d.Consumer, leased))
		if d.Ready != int64(m.count(d.Consumer, ready)) || d.Leased != int64(m.count(d.Consumer, leased)) || d.Dead != int64(m.count(d.Consumer, dead)) ||
			d.Delayed != 0 || d.Bytes != open*int64(len("body of a1")) || (open > 0) == d.Oldest.IsZero() {
			t.Fatalf("%s: %+v, model %v", d.Consumer, d, m.of[d.Consumer])
		}
	}
}
