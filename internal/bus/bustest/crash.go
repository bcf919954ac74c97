package bustest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vedette-ti/vedette/internal/bus"
	"github.com/vedette-ti/vedette/internal/failpoint"
)

// The environment by which the test binary becomes a child of the crash test.
const (
	childPlace = "BUSTEST_PLACE"
	childFrom  = "BUSTEST_FROM"
	roundsName = "BUSTEST_ROUNDS"
)

// Opener opens the queue at a place: a path, an address.
type Opener func(place string) (bus.Queue, error)

// Child is called first in TestMain of a package that uses Crash. In a child it publishes and works, writes
// what happened to its output, and never returns.
func Child(open Opener) {
	if place := os.Getenv(childPlace); place != "" {
		from, _ := strconv.Atoi(os.Getenv(childFrom))
		if err := child(open, place, from); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
}

// journal is the outside log: each line is one write to a pipe, which a killed process cannot take back.
type journal struct{ mu sync.Mutex }

func (j *journal) line(what, id string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	_, _ = os.Stdout.WriteString(what + " " + id + "\n")
}

func child(open Opener, place string, from int) error {
	q, err := open(place)
	if err != nil {
		return err
	}
	ctx := context.Background()
	if err := q.Declare(ctx, bus.Topic{Name: topic, Consumers: []string{"one", "two"}}); err != nil {
		return err
	}
	var log journal
	log.line("R", "-")
	failed := make(chan error, 16)
	for p := range 4 {
		go func() {
			for n := from; ; n++ {
				id := fmt.Sprintf("%d-%d", p, n)
				log.line("T", id)
				if err := q.Publish(ctx, topic, bus.Message{ID: id, Body: []byte(id)}); err != nil {
					failed <- err
				}
				log.line("P", id)
			}
		}()
	}
	for w := range 4 {
		as := []string{"one", "two"}[w%2]
		go func() {
			for {
				ds, err := q.Lease(ctx, bus.Request{Topic: topic, Consumer: as, Max: 5, Lease: 300 * time.Millisecond, Wait: time.Second})
				if err != nil {
					failed <- err
				}
				for _, d := range ds {
					log.line("L", as+"/"+d.ID)
				}
				if err := q.Ack(ctx, ds...); err != nil && !errors.Is(err, bus.ErrLeaseLost) {
					failed <- err
				} else if err == nil {
					for _, d := range ds {
						log.line("A", as+"/"+d.ID)
					}
				}
			}
		}()
	}
	return <-failed
}

// Crash kills processes with SIGKILL in the middle of publishing and working, at random moments and, in a
// build with the tag failpoints, around every commit, and judges by the children's logs: whatever Publish
// acknowledged arrives, whatever was acknowledged by a consumer never comes again, nothing else appears.
// BUSTEST_ROUNDS sets how often (default rounds).
func Crash(t *testing.T, open Opener, place string, rounds int) {
	if n, err := strconv.Atoi(os.Getenv(roundsName)); err == nil {
		rounds = n
	}
	j := &judge{t: t, tried: map[string]bool{}, promised: map[string]bool{}, arrived: map[string]bool{}, ended: map[string]bool{}, next: map[string]int{}}
	for round := range rounds {
		if j.run(place, round); t.Failed() {
			return
		}
	}
	q, err := open(place)
	must(t, err)
	time.Sleep(400 * time.Millisecond) // the last child's leases
	for _, as := range []string{"one", "two"} {
		for {
			ds := leaseAs(t, q, as, 1000, time.Minute)
			if len(ds) == 0 {
				break
			}
			for _, d := range ds {
				j.line("L " + as + "/" + d.ID)
				if string(d.Body) != d.ID {
					t.Errorf("body of %s: %q", d.ID, d.Body)
				}
			}
			must(t, q.Ack(t.Context(), ds...))
			for _, d := range ds {
				j.line("A " + as + "/" + d.ID)
			}
		}
		want(t, "left for "+as, depth(t, q, as), bus.Depth{})
	}
	for id := range j.promised {
		for _, as := range []string{"one", "two"} {
			if !j.arrived[as+"/"+id] {
				t.Errorf("%s was acknowledged to its publisher and never reached %s", id, as)
			}
		}
	}
	t.Logf("%d kills, %d published, %d ended by consumers, slowest start %v", rounds, len(j.promised), len(j.ended), j.slowest)
	if len(j.promised) < rounds {
		t.Errorf("too little happened: %d messages", len(j.promised))
	}
}

type judge struct {
	t                               *testing.T
	tried, promised, arrived, ended map[string]bool
	next                            map[string]int // publisher → the number after its last promise
	slowest                         time.Duration
}

// run starts a child, kills it after a while and reads its log.
func (j *judge) run(place string, round int) {
	from := 1 << 30
	for _, n := range j.next {
		from = min(from, n)
	}
	if len(j.next) < 4 {
		from = 0
	}
	// A publisher that was not answered publishes again, and so do some who were.
	c := exec.Command(os.Args[0], "-test.run=^$") //nolint:gosec // this very binary
	c.Env = append(os.Environ(), childPlace+"="+place, childFrom+"="+strconv.Itoa(max(0, from-3)))
	points := []string{failpoint.CommitBefore, failpoint.CommitAfter, failpoint.PublishBefore, failpoint.PublishAfter, failpoint.LeaseAfter, failpoint.AckBefore, failpoint.AckAfter}
	if round%3 > 0 { // has an effect in builds with the tag only
		c.Env = append(c.Env, fmt.Sprintf("VEDETTE_FAILPOINTS=%s:%d", points[round%len(points)], 1+rand.IntN(40))) //nolint:gosec // a test
	}
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.StdoutPipe()
	must(j.t, err)
	started := time.Now()
	must(j.t, c.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		text := lines.Text()
		if text == "R -" {
			j.slowest = max(j.slowest, time.Since(started))
			timer := time.AfterFunc(time.Duration(5+rand.IntN(150))*time.Millisecond, func() { _ = c.Process.Kill() }) //nolint:gosec // a test
			defer timer.Stop()
			continue
		}
		j.line(text)
	}
	err = c.Wait()
	if c.ProcessState.ExitCode() != -1 { // not by a signal
		j.t.Fatalf("round %d: the child ended by itself: %v\n%s", round, err, stderr.String())
	}
}

// line judges one line of the log; they come in the order in which things happened.
func (j *judge) line(text string) {
	what, id, ok := strings.Cut(text, " ")
	_, message, _ := strings.Cut(id, "/")
	switch {
	case !ok:
		return // cut off by the kill
	case what == "T":
		j.tried[id] = true
	case what == "P":
		j.promised[id] = true
		publisher, number, _ := strings.Cut(id, "-")
		if n, err := strconv.Atoi(number); err == nil {
			j.next[publisher] = max(j.next[publisher], n+1)
		}
	case what == "L":
		j.arrived[id] = true
		if !j.tried[message] {
			j.t.Errorf("%s appeared from nowhere", id)
		}
		if j.ended[id] {
			j.t.Errorf("%s came again after its acknowledgement", id)
		}
	case what == "A":
		if j.ended[id] {
			j.t.Errorf("%s ended twice", id)
		}
		j.ended[id] = true
	}
}
