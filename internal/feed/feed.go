// Package feed owns the contract between the scheduler and the kinds of source, one folder per
// kind (feed/rss, feed/misp …), listed in feed/all. A feed acquires: it brings whole items (files,
// pages, lists) and a cursor. It does not parse, extract or store; the ingest pipeline does, so
// that whatever was acquired is kept whole and can be replayed.
package feed

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"
)

// Env is what a feed may use of the outside world; app injects it. Nothing else may be opened.
type Env struct {
	// HTTP obeys the egress rules (no private addresses unless allowed, caps, politeness).
	HTTP Doer
	// Open reads local files below the folders the operator allowed; nil on other hosts.
	Files Files
	Clock func() time.Time
	Log   *slog.Logger
}

// Doer sends HTTP requests. *http.Client and egress clients satisfy it.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// Files lists and opens local files. Paths are as configured by the operator; anything outside the
// allowed roots, and symbolic links that lead out of them, answer errs.Forbidden.
type Files interface {
	// Walk calls fn for each regular file below root in lexical order.
	Walk(ctx context.Context, root string, fn func(File) error) error
	Open(path string) (io.ReadCloser, error)
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
	// Cursor is what the last successful visit returned; nil at first.
	Cursor []byte
	// Secret returns a decrypted credential by the field's name, "" when not set.
	Secret func(name string) string
	// Limit stops after that many items (dry run); 0 means no limit.
	Limit int
	// Emit hands an item over. It returns after the item is durable (on disk); an error stops the
	// visit. A feed must not advance its cursor past an item whose Emit failed.
	Emit func(ctx context.Context, it Item) error
	// Skip records an item that could not be acquired, with its reason; the visit goes on.
	Skip func(key string, reason error)
	// Progress reports done of total (0 when unknown) for the live log.
	Progress func(done, total int)
}

// Feed is one configured source. Visit must be safe to repeat: items are idempotent by key and
// content, so after a crash it may emit them again.
type Feed interface {
	// Visit brings what is new and returns the new cursor (opaque, ≤ 1 MiB).
	Visit(ctx context.Context, env Env, p Poll) (cursor []byte, err error)
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
