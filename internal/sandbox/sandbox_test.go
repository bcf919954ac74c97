package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/parser"
	"github.com/vedette-ti/vedette/internal/parser/all"
	"github.com/vedette-ti/vedette/internal/sandbox"
)

// TestMain makes the test binary its own sandbox child, as cmd/vedette does.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == sandbox.Argument {
		if err := sandbox.Child(os.Stdin, os.Stdout, append(all.List(), evil{}, evilTools{})); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// evil does what its input says.
type evil struct{}

func (evil) Name() string             { return "evil" }
func (evil) Accepts(parser.Input) int { return 1 }
func (evil) Risky() bool              { return true }
func (evil) Parse(ctx context.Context, in parser.Input, lim parser.Limits) (parser.Document, error) {
	b := parser.NewBuilder(lim)
	what, arg, _ := strings.Cut(string(in.Data), " ")
	switch what {
	case "echo":
		b.Begin(parser.Heading, "", 1)
		b.Write(arg)
		b.End()
		b.Link(in.URL, 0)
		b.Warn("here", "there")
		doc := b.Document()
		doc.Title, doc.Published = in.Name, time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
		doc.Meta = map[string]string{"password": strings.Join(in.Passwords, ","), "options": string(in.Options)}
		doc.Children = []parser.Child{{Name: "a.bin", Data: bytes.Repeat([]byte{0, 1}, 100)}, {Name: "empty"}}
		return doc, nil
	case "refuse":
		return parser.Document{}, errs.New(errs.Unsupported, "odd_file", "{name} is odd.", "name", in.Name)
	case "panic":
		panic("inside the parser")
	case "goroutine":
		go panic("outside the parser")
		time.Sleep(time.Minute)
	case "stack":
		b.Write(strconv.Itoa(deep(1)))
	case "exit":
		os.Exit(3)
	case "spin":
		for {
			if arg == "polite" && ctx.Err() != nil {
				return parser.Document{}, ctx.Err()
			}
		}
	case "sleep":
		time.Sleep(time.Hour)
	case "hog":
		var keep [][]byte
		for {
			keep = append(keep, bytes.Repeat([]byte{1}, 16<<20))
			if len(keep) > 1000 {
				b.Write("no limit")
				return b.Document(), nil
			}
		}
	case "flood":
		return parser.Document{Text: strings.Repeat("x", lim.Text+100)}, nil
	case "lie":
		return parser.Document{Text: "short\n", Sections: []parser.Section{{Kind: parser.Row, Start: 0, End: 99}}}, nil
	case "garbage":
		os.Stdout.WriteString(strings.Repeat("Z", 1000))
		time.Sleep(time.Hour)
	case "reach":
		b.Write(reach(arg))
	}
	return b.Document(), nil
}

// deep ends far beyond any stack.
func deep(n int) int {
	if n == math.MaxInt {
		return n
	}
	return deep(n+1) + n
}

// reach tries to leave the sandbox and says what happened: "reached" must never come back.
func reach(where string) string {
	var err error
	switch where {
	case "read":
		_, err = os.ReadFile("/etc/passwd")
	case "list":
		_, err = os.ReadDir("/")
	case "write":
		err = os.WriteFile("/dev/shm/vedette-sandbox-test", []byte("x"), 0o600)
	case "dial":
		_, err = net.DialTimeout("tcp", "127.0.0.1:22", time.Second)
	case "listen":
		_, err = net.Listen("tcp", "127.0.0.1:0")
	case "exec":
		err = exec.Command("/bin/true").Run()
	case "kill":
		err = syscall.Kill(os.Getppid(), 0)
		if os.Getppid() == 0 {
			err = errors.New("no parent in this namespace")
		}
	case "environment":
		if len(os.Environ()) == 0 {
			err = errors.New("empty")
		}
	}
	if err == nil {
		return "reached"
	}
	return "refused: " + err.Error()
}

// evilTools runs in children that may start programs.
type evilTools struct{ run parser.Run }

func (evilTools) Name() string                         { return "evil-tools" }
func (evilTools) Accepts(parser.Input) int             { return 0 }
func (evilTools) Risky() bool                          { return true }
func (evilTools) WithRun(run parser.Run) parser.Parser { return evilTools{run} }
func (e evilTools) Parse(ctx context.Context, in parser.Input, lim parser.Limits) (parser.Document, error) {
	b := parser.NewBuilder(lim)
	what, arg, _ := strings.Cut(string(in.Data), " ")
	if what == "reach" {
		b.Write(reach(arg))
		return b.Document(), nil
	}
	if e.run == nil {
		return parser.Document{}, errors.New("no Run")
	}
	out, err := e.run(ctx, what, strings.Fields(arg), []byte("to standard input"))
	if err != nil {
		return parser.Document{}, err
	}
	b.Write(string(out))
	return b.Document(), nil
}

func runner(t *testing.T, o sandbox.Options) *sandbox.Runner {
	t.Helper()
	r, err := sandbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func TestDocumentsComeThroughWhole(t *testing.T) {
	r := runner(t, sandbox.Options{})
	in := parser.Input{Name: "名.doc", URL: "http://x.example/", Data: []byte("echo 银狐 text"), Passwords: []string{"a"}, Options: []byte(`{"x":1}`)}
	got, err := r.Parse(t.Context(), evil{}, in, parser.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want, _ := evil{}.Parse(t.Context(), in, parser.DefaultLimits())

	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Error(d)
	}
}

func TestMisbehaviourBecomesAClearError(t *testing.T) {
	r := runner(t, sandbox.Options{Memory: 256 << 20, CPU: 2 * time.Second})
	for _, c := range []struct {
		do   string
		lim  parser.Limits
		kind errs.Kind
		say  string
	}{
		{"refuse", parser.Limits{}, errs.Unsupported, "bad.doc is odd."},
		{"panic", parser.Limits{}, errs.Invalid, "bad.doc cannot be read as evil"},
		{"goroutine", parser.Limits{}, errs.Invalid, "bad.doc made its reader stop (panic: outside the parser)"},
		{"stack", parser.Limits{}, errs.TooLarge, "bad.doc needs more than 256 MB"},
		{"exit", parser.Limits{}, errs.Invalid, "bad.doc made its reader stop (exit status 3)"},
		{"spin", parser.Limits{Time: 60 * time.Second}, errs.TooLarge, "bad.doc took longer"},
		{"spin polite", parser.Limits{Time: time.Second}, errs.TooLarge, "bad.doc took longer than 1s"},
		{"sleep", parser.Limits{Time: time.Second}, errs.TooLarge, "bad.doc took longer than 1s"},
		{"hog", parser.Limits{}, errs.TooLarge, "bad.doc needs more than 256 MB"},
		{"flood", parser.Limits{Text: 1000}, errs.Invalid, "bad.doc cannot be read as evil"},
		{"lie", parser.Limits{}, errs.Invalid, "bad.doc cannot be read as evil"},
		{"garbage", parser.Limits{}, errs.Invalid, "bad.doc made its reader stop"},
	} {
		t.Run(c.do, func(t *testing.T) {
			if c.do == "hog" && sandbox.Instrumented {
				t.Skip("memory is not limited under the race detector")
			}
			_, err := r.Parse(t.Context(), evil{}, parser.Input{Name: "bad.doc", Data: []byte(c.do)}, c.lim)
			if errs.KindOf(err) != c.kind || err == nil || !strings.Contains(err.Error(), c.say) {
				t.Errorf("got %v: %v", errs.KindOf(err), err)
			}
			if _, err := r.Parse(t.Context(), evil{}, parser.Input{Data: []byte("echo fine")}, parser.Limits{}); err != nil {
				t.Errorf("the next document fails: %v", err)
			}
		})
	}
}

func TestNothingReachesOut(t *testing.T) {
	var log bytes.Buffer
	r := runner(t, sandbox.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	active, err := r.Capabilities(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Log("active:", active)
	if !slices.Contains(active, "landlock") || !slices.Contains(active, "seccomp") {
		t.Skip("this kernel has neither", active, log.String())
	}
	for _, p := range []parser.Parser{evil{}, evilTools{}} {
		for _, where := range []string{"read", "list", "write", "dial", "listen", "exec", "kill", "environment"} {
			if p.Name() == "evil-tools" && where == "exec" {
				continue // what may be started is checked below
			}
			doc, err := r.Parse(t.Context(), p, parser.Input{Name: where, Data: []byte("reach " + where)}, parser.Limits{})
			if err != nil || !strings.HasPrefix(doc.Text, "refused") {
				t.Errorf("%s %s: %q %v", p.Name(), where, doc.Text, err)
			}
		}
	}
}

func TestPrograms(t *testing.T) {
	r := runner(t, sandbox.Options{})
	out, err := r.Command(t.Context(), sandbox.Spec{Program: "cat", Stdin: []byte("through")})
	if err != nil || string(out) != "through" {
		t.Errorf("cat: %q %v", out, err)
	}
	for name, c := range map[string]struct {
		spec sandbox.Spec
		kind errs.Kind
	}{
		"missing":     {sandbox.Spec{Program: "no-such-program"}, errs.Unsupported},
		"a path":      {sandbox.Spec{Program: "../bin/cat"}, errs.Unsupported},
		"fails":       {sandbox.Spec{Program: "false"}, errs.Invalid},
		"reads files": {sandbox.Spec{Program: "cat", Args: []string{"/etc/passwd"}}, errs.Invalid},
		"too slow":    {sandbox.Spec{Program: "sleep", Args: []string{"60"}, Wall: time.Second}, errs.TooLarge},
		"too much":    {sandbox.Spec{Program: "yes", Output: 1 << 20}, errs.TooLarge},
	} {
		out, err := r.Command(t.Context(), c.spec)
		if errs.KindOf(err) != c.kind || err == nil {
			t.Errorf("%s: %q %v", name, out, err)
		}
	}
	doc, err := r.Parse(t.Context(), evilTools{}, parser.Input{Name: "x", Data: []byte("cat -")}, parser.Limits{})
	if err != nil || doc.Text != "to standard input\n" {
		t.Errorf("Run: %q %v", doc.Text, err)
	}
	if _, err := sandbox.Command(t.Context(), sandbox.Spec{Program: "true"}); err != nil {
		t.Error(err)
	}
}

func TestManySmallDocumentsAreCheap(t *testing.T) {
	r := runner(t, sandbox.Options{})
	start := time.Now()
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for j := range 100 {
				in := parser.Input{Name: fmt.Sprintf("%d-%d", i, j), Data: []byte("echo small")}
				if _, err := r.Parse(t.Context(), evil{}, in, parser.Limits{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	d := time.Since(start)
	t.Logf("400 documents in %v", d)
	if d > 10*time.Second {
		t.Errorf("400 small documents took %v: children are not kept warm", d)
	}
}

func TestCancel(t *testing.T) {
	r := runner(t, sandbox.Options{Children: 1})
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := r.Parse(ctx, evil{}, parser.Input{Name: "x", Data: []byte("sleep")}, parser.Limits{})
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 10*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
	done, cancelled := context.WithCancel(t.Context())
	cancelled()
	if _, err := r.Parse(done, evil{}, parser.Input{Data: []byte("echo")}, parser.Limits{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestOptionsAndMissingBinary(t *testing.T) {
	if _, err := sandbox.New(sandbox.Options{Memory: 1}); errs.KindOf(err) != errs.Invalid {
		t.Error(err)
	}
	if _, err := sandbox.New(sandbox.Options{Wall: -1}); errs.KindOf(err) != errs.Invalid {
		t.Error(err)
	}
	r := runner(t, sandbox.Options{Exe: "/nonexistent/vedette"})
	_, err := r.Parse(t.Context(), evil{}, parser.Input{Name: "x", Data: []byte("echo")}, parser.Limits{})
	if errs.KindOf(err) != errs.Unavailable {
		t.Error(err)
	}
}

// steady parsers run inline.
type steady struct{}

func (steady) Name() string             { return "steady" }
func (steady) Accepts(parser.Input) int { return 1 }
func (steady) Parse(context.Context, parser.Input, parser.Limits) (parser.Document, error) {
	return parser.Document{Meta: map[string]string{"pid": fmt.Sprint(os.Getpid())}}, nil
}

func TestParsersThatAreNotRiskyRunHere(t *testing.T) {
	r := runner(t, sandbox.Options{Exe: "/nonexistent/vedette"})
	doc, err := r.Parse(t.Context(), steady{}, parser.Input{}, parser.Limits{})
	if err != nil || doc.Meta["pid"] != fmt.Sprint(os.Getpid()) {
		t.Error(doc.Meta, err)
	}
}
