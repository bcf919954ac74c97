package app

import (
	"bytes"
	"context"
	"io"
	"path/filepath"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/export"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/ingest"
	"github.com/vedette-ti/vedette/internal/parser"
	"github.com/vedette-ti/vedette/internal/quarantine"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/translate/misp"
	"github.com/vedette-ti/vedette/internal/translate/stix"
)

// blobs lets the pipeline use the blob store.
type blobs struct{ blob.Store }

func (b blobs) Put(ctx context.Context, data [][]byte) ([]blob.Hash, error) {
	refs, err := blob.PutMany(ctx, b.Store, data)
	out := make([]blob.Hash, len(refs))
	for i, r := range refs {
		out[i] = r.SHA256
	}
	return out, err
}

func (b blobs) Read(ctx context.Context, h blob.Hash, limit int64) ([]byte, error) {
	return blob.Read(ctx, b.Store, h, limit)
}

// mispFormat and stixFormat are the formats that state claims themselves.
type mispFormat struct{ a *App }

func (mispFormat) Name() string { return "misp" }

func (mispFormat) Detect(in parser.Input) bool {
	return misp.Detect(in.Data[:min(len(in.Data), headBytes)])
}

func (f mispFormat) Read(ctx context.Context, r io.Reader, _ sharing.ACL, yield func(report.Batch) error) error {
	src, size, err := readerAt(r)
	if err != nil {
		return err
	}
	for b, err := range misp.Read(src, size, misp.ReadOptions{Keep: f.a.keep(ctx)}) {
		if err != nil {
			return err
		}
		if err := yield(b); err != nil {
			return err
		}
	}
	return nil
}

type stixFormat struct{}

func (stixFormat) Name() string { return "stix" }

func (stixFormat) Detect(in parser.Input) bool {
	return stix.Detect(in.Data[:min(len(in.Data), headBytes)])
}

func (stixFormat) Read(_ context.Context, r io.Reader, _ sharing.ACL, yield func(report.Batch) error) error {
	src, size, err := readerAt(r)
	if err != nil {
		return err
	}
	for b, err := range stix.Read(src, size, stix.ReadOptions{}) {
		if err != nil {
			return err
		}
		if err := yield(b); err != nil {
			return err
		}
	}
	return nil
}

// headBytes is how much of a file decides what it is.
const headBytes = 64 << 10

func readerAt(r io.Reader) (io.ReaderAt, int64, error) {
	if b, ok := r.(*bytes.Reader); ok {
		return b, b.Size(), nil
	}
	data, err := io.ReadAll(r)
	return bytes.NewReader(data), int64(len(data)), err
}

// keep stores attachments of events.
func (a *App) keep(ctx context.Context) func([]byte) (blob.Hash, error) {
	return func(data []byte) (blob.Hash, error) {
		ref, err := a.Blobs.Put(ctx, bytes.NewReader(data), int64(len(data)))
		return ref.SHA256, err
	}
}

func (a *App) producer(ctx context.Context, org id.ID) (export.Producer, error) {
	o, err := a.Accounts.Organisation(ctx, LocalOperator(), org)
	return export.Producer{UUID: o.UUID, Name: o.Name}, err
}

// replayer puts quarantined items through the pipeline again.
type replayer struct{ a *App }

func (r replayer) Replay(ctx context.Context, actor sharing.Actor, it quarantine.Item) error {
	return r.a.Ingest.Replay(ctx, actor, it.Source, it.Blob, []byte(it.Payload))
}

var (
	_ ingest.Structured = mispFormat{}
	_ ingest.Structured = stixFormat{}
	_ ingest.Blobs      = blobs{}
)

// outputs is the folder that playbooks may write to.
func (a *App) outputs() string { return filepath.Join(a.cfg.Data, outFolder) }
