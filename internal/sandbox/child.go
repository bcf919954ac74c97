package sandbox

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/parser"
)

// Child is the whole life of a child process: it limits itself, then answers requests on stdin
// until it ends. It must be the first thing that the binary does under Argument.
func Child(stdin io.Reader, stdout io.Writer, parsers []parser.Parser) error {
	in := bufio.NewReaderSize(stdin, 1<<16)
	out := bufio.NewWriterSize(stdout, 1<<16)
	p, err := readKind(in, fHello, 1<<16)
	if err != nil {
		return err
	}
	var h hello
	if err := jsonx.Unmarshal(p, &h); err != nil {
		return err
	}
	byName := map[string]parser.Parser{}
	for _, p := range parsers {
		if t, ok := p.(parser.Tooled); ok && h.Tools {
			p = t.WithRun(run)
		}
		byName[p.Name()] = p
	}
	runtime.GOMAXPROCS(min(2, runtime.NumCPU()))
	debug.SetMemoryLimit(h.Memory / 4 * 3)
	debug.SetMaxStack(int(min(h.Memory/8, 256<<20)))
	active, err := restrict(h)
	if err != nil {
		return err
	}
	if err := writeJSON(out, fReady, ready{Active: active}); err != nil {
		return err
	}
	for {
		if err := out.Flush(); err != nil {
			return err
		}
		if err := serve(in, out, byName, h); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// serve answers one request.
func serve(in *bufio.Reader, out *bufio.Writer, parsers map[string]parser.Parser, h hello) error {
	p, err := readKind(in, fRequest, 1<<24)
	if err != nil {
		return err
	}
	var q request
	if err := jsonx.Unmarshal(p, &q); err != nil {
		return err
	}
	data, err := readKind(in, fData, 1<<40)
	if err != nil {
		return err
	}
	moreCPU(h.CPU)
	if err := answer(out, parsers, q, data); err != nil {
		return err
	}
	data = nil
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return writeJSON(out, fDone, done{Heap: m.HeapSys - m.HeapReleased})
}

func answer(out io.Writer, parsers map[string]parser.Parser, q request, data []byte) error {
	lim := q.Limits.limits().WithDefaults()
	ctx, cancel := context.WithTimeout(context.Background(), lim.Time)
	defer cancel()
	if q.Command != nil {
		q.Command.Stdin, q.Command.Wall = data, lim.Time
		b, err := Command(ctx, *q.Command)
		if err != nil {
			return writeJSON(out, fFailure, toFailure(err, q.Name, q.Command.Program))
		}
		return writeFrame(out, fText, b)
	}
	var doc parser.Document
	err := error(errs.New(errs.Internal, "no_such_parser", "There is no parser {parser}.", "parser", q.Parser))
	if p := parsers[q.Parser]; p != nil {
		in := parser.Input{Name: q.Name, MediaType: q.MediaType, URL: q.URL, Data: data, Passwords: q.Passwords, Options: q.Options}
		doc, err = parser.RunInline(ctx, p, in, lim)
	}
	if err == nil {
		if err = doc.Check(lim); err != nil {
			err = fmt.Errorf("parser %s breaks its contract: %w", q.Parser, err)
		}
	}
	if err != nil {
		return writeJSON(out, fFailure, toFailure(err, q.Name, q.Parser))
	}
	return writeDocument(out, doc)
}

// run is parser.Run inside a child that may start programs.
func run(ctx context.Context, program string, args []string, stdin []byte) ([]byte, error) {
	wall := time.Minute
	if d, ok := ctx.Deadline(); ok {
		wall = time.Until(d)
	}
	return Command(ctx, Spec{Program: program, Args: args, Stdin: stdin, Wall: wall, Output: 512 << 20})
}
