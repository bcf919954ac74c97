// Package feed owns the contract between the scheduler and the kinds of source, one folder per
// kind (feed/rss, feed/misp …), listed in feed/all. A feed acquires: it brings whole items (files,
// pages, lists) and a cursor. It does not parse, extract or store; the ingest pipeline does, so
// that whatever was acquired is kept whole and can be replayed.
package feed

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/vedette-ti/vedette/internal/fetch"
)

// Env is what a feed may use of the outside world; app injects it. Nothing else may be opened.
type Env struct {
	// HTTP obeys the egress rules (no private addresses unless allowed, caps, politeness).
	HTTP Doer
	// Files reads local files below the folders the operator allowed; nil where there are none.
	Files Files
	Clock func() time.Time // nil means time.Now
	Log   *slog.Logger     // nil discards
}

// Filled returns e with defaults for what may be nil.
func (e Env) Filled() Env {
	if e.Clock == nil {
		e.Clock = time.Now
	}
	if e.Log == nil {
		e.Log = slog.New(slog.DiscardHandler)
	}
	return e
}

// Doer sends HTTP requests. *http.Client and egress clients satisfy it.
type Doer = fetch.Doer

// Files lists and opens local files. Paths are as configured by the operator; anything outside the
// allowed roots, and symbolic links that lead out of them, answer errs.Forbidden.
type Files interface {
	// Walk calls fn for each regular file below root in lexical order of its folders. A root that is
	// itself a file is walked as this one file. What cannot be read goes to skip, and the walk goes on.
	Walk(ctx context.Context, root string, fn func(File) error, skip func(path string, reason error)) error
	Open(path string) (io.ReadCloser, error)
	// Watch calls changed soon after something below root changed, until ctx ends. It is a hint: it
	// may miss changes and may come for nothing. It returns errs.Unsupported where it cannot work.
	Watch(ctx context.Context, root string, changed func()) error
}

// File is one regular file.
type File struct {
	Path     string // absolute
	Rel      string // relative to the walked root, with "/"
	Size     int64
	Modified time.Time
}

// Item is one acquired file, page or list, whole.
type Item struct {
	// Key names the item within the source for ever: a URL, a path, a UUID. The same key with
	// the same bytes is the same document; with other bytes it is a new version of it.
	Key       string
	Name      string // file name
	URL       string
	Title     string
	MediaType string
	Published time.Time
	Body      []byte
	// Parser forces a parser by name ("list", "misp", "stix"); "" lets the pipeline choose.
	Parser  string
	Options []byte // for that parser
	// Summary is the feed's own teaser, kept when the article cannot be fetched.
	Summary string
	Tags    []string
}

// Poll is one visit of a source.
type Poll struct {
	// Cursor is what the last visit returned or saved; nil at first. One that cannot be read counts as nil.
	Cursor []byte
	// Secret returns a decrypted credential by the field's name, "" when not set. May be nil.
	Secret func(name string) string
	// Limit stops after that many items (dry run); 0 means no limit. A feed keeps nothing between
	// visits but the cursor, so a visit whose Emit, Save and cursor go nowhere has no effect.
	Limit int
	// Emit hands an item over. It returns after the item is durable (on disk); an error stops the
	// visit. A feed must not advance its cursor past an item whose Emit failed.
	Emit func(ctx context.Context, it Item) error
	// EmitMany does the same for several items at once, all durable when it returns; for kinds that
	// bring many small items. May be nil.
	EmitMany func(ctx context.Context, items []Item) error
	// Save records a cursor in the middle of a visit that covers all items emitted so far. Feeds call
	// it now and then in long visits, so that a crash does not start them over. May be nil.
	Save func(ctx context.Context, cursor []byte) error
	// Skip records an item that could not be acquired, with its reason; the visit goes on. May be nil.
	Skip func(key string, reason error)
	// Progress reports done of total (0 when unknown) for the live log. May be nil.
	Progress func(done, total int)
}

// Filled returns p with do-nothing functions for what may be nil.
func (p Poll) Filled() Poll {
	if p.Secret == nil {
		p.Secret = func(string) string { return "" }
	}
	if p.EmitMany == nil {
		emit := p.Emit
		p.EmitMany = func(ctx context.Context, items []Item) error {
			for _, it := range items {
				if err := emit(ctx, it); err != nil {
					return err
				}
			}
			return nil
		}
	}
	if p.Save == nil {
		p.Save = func(context.Context, []byte) error { return nil }
	}
	if p.Skip == nil {
		p.Skip = func(string, error) {}
	}
	if p.Progress == nil {
		p.Progress = func(int, int) {}
	}
	return p
}

// Full tells whether a visit that emitted n items has reached its limit.
func (p Poll) Full(n int) bool { return p.Limit > 0 && n >= p.Limit }

// Feed is one configured source. Visit must be safe to repeat: items are idempotent by key and
// content, so after a crash it may emit them again.
type Feed interface {
	// Visit brings what is new and returns the new cursor (opaque, ≤ MaxCursor). A cursor returned
	// together with an error covers what was emitted before it and is kept too; nil then means
	// "as before".
	Visit(ctx context.Context, env Env, p Poll) (cursor []byte, err error)
}

// MaxCursor is the most bytes a cursor has.
const MaxCursor = 1 << 20

// Watcher is implemented by feeds that can tell early that a visit is worth while.
type Watcher interface {
	// Watch calls changed when there may be something new, until ctx ends.
	Watch(ctx context.Context, env Env, changed func()) error
}

// Text is a string in the languages of the console.
type Text struct {
	EN string `json:"en"`
	ZH string `json:"zh"`
}

// FieldType is the kind of form control that a configuration field takes.
type FieldType string

// The field types. Secret fields are write-only and encrypted at rest.
const (
	String  FieldType = "string"
	URL     FieldType = "url"
	Path    FieldType = "path"
	Integer FieldType = "integer"
	Boolean FieldType = "boolean"
	Choice  FieldType = "choice"
	Lines   FieldType = "lines"   // list of strings
	Mapping FieldType = "mapping" // column/path mapping, see parser/list
	Secret  FieldType = "secret"
)

// Field describes one configuration field of a kind, for forms, validation and the CLI.
type Field struct {
	Name     string    `json:"name"` // key in the configuration document
	Type     FieldType `json:"type"`
	Label    Text      `json:"label"`
	Help     Text      `json:"help,omitzero"`
	Required bool      `json:"required,omitempty"`
	Default  any       `json:"default,omitempty"`
	Choices  []string  `json:"choices,omitempty"`
}

// Kind describes one family member.
type Kind struct {
	Name   string  `json:"name"` // folder's name, e.g. "rss"
	Label  Text    `json:"label"`
	Help   Text    `json:"help"`
	Fields []Field `json:"fields"`
	// Push kinds are not visited: items arrive through the API (drop).
	Push bool `json:"push,omitempty"`
	// New validates a configuration document (JSON object) and returns the feed. Errors are
	// errs.Invalid with Subject set to the field's name.
	New func(config []byte) (Feed, error) `json:"-"`
}
