// Package backup owns the archive of a whole Vedette: its form, its digests and its encryption. It reads one
// consistent state of store, queue and files into a stream, checks such a stream, and hands it to a target row
// by row, so that what one engine held another can take. It owns no SQL and opens no store (package app does)
// and no schedule.
//
// An archive, format 1, is a tar stream, gzip inside age (or bare, when that was asked for):
//
//	manifest.json               Manifest
//	keys, vedette.yaml          the key file, the configuration file where there is one
//	files/<sha256>              stored files
//	queue/<table>/<n>.ndjson    rows of the queue
//	store/<table>/<n>.ndjson    rows of the store
//	end.json                    End: SHA-256 of every part, rows and digests of every table
//
// A part begins with its columns, [["id","int"],…]; each further line is a row, a JSON array of numbers, texts,
// base64 and booleans after the column's kind (int, text, bytes, bool) or null. Text that is not UTF-8 is
// {"x":base64}. The digest of a table is the sum, modulo 2^256, of the SHA-256 of its row lines, so that it
// does not hang on their order: equal digests are equal contents on every engine.
package backup

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math/bits"
	"time"

	"github.com/vedette-ti/vedette/internal/blob"
)

// Format is the newest form of archives, and the only one so far.
const Format = 1

// The sections with tables.
const (
	Queue = "queue"
	Store = "store"
)

// Rows is one state of a set of tables. Its methods are called by one goroutine.
type Rows interface {
	// Names lists the tables in the order in which they can be loaded.
	Names() []string
	// Columns returns names and kinds (int, text, bytes, bool) of a table's columns.
	Columns(ctx context.Context, table string) (names, kinds []string, err error)
	// Rows calls fn for every row with nil, int64, string, []byte or bool a column.
	Rows(ctx context.Context, table string, columns []string, fn func(values []any) error) error
	// Sequences are the last numbers drawn by the engine, by table.
	Sequences(ctx context.Context) (map[string]int64, error)
}

// Section is one set of tables with its schema's version and the engine it comes from.
type Section struct {
	Rows    Rows   `json:"-"`
	Engine  string `json:"engine"`
	Version int64  `json:"version"`
}

// Source is what a backup holds.
type Source struct {
	Program string // version of Vedette
	Created time.Time
	Store   Section
	Queue   Section
	Files   blob.Store
	Keys    []byte // the key file
	Config  []byte // the configuration file; nil for none
}

// Manifest is the head of an archive.
type Manifest struct {
	Format  int       `json:"format"`
	Program string    `json:"program"`
	Created time.Time `json:"created"`
	Store   Section   `json:"store"`
	Queue   Section   `json:"queue"`
}

// End is the foot of an archive. What it says was counted while writing, and is counted again while reading.
type End struct {
	Parts     []Part                      `json:"parts"`
	Tables    map[string]Table            `json:"tables"` // by "section/table"
	Sequences map[string]map[string]int64 `json:"sequences"`
	Files     int64                       `json:"files"`
	FileBytes int64                       `json:"file_bytes"`
	// Gone counts files that were deleted while the backup ran.
	Gone int64 `json:"gone,omitzero"`
	// Damaged are stored files whose bytes did not fit their names when the backup was made.
	Damaged []string `json:"damaged,omitempty"`
}

// Part is one file of rows.
type Part struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	Rows   int64  `json:"rows"`
}

// Table is what a table holds.
type Table struct {
	Rows   int64  `json:"rows"`
	Digest string `json:"digest"`
}

// Progress is what a running backup or restore tells: what it is at, and how much is done in all.
type Progress struct {
	At    string // "files", "store/claim"
	Rows  int64
	Files int64
	Bytes int64 // of files and rows, before packing
}

// digest is a number below 2^256, the least significant word first.
type digest [4]uint64

func (d *digest) add(line []byte) {
	h := sha256.Sum256(line)
	var carry uint64
	for i := range d {
		d[i], carry = bits.Add64(d[i], binary.LittleEndian.Uint64(h[8*i:]), carry)
	}
}

func (d *digest) String() string {
	var b [32]byte
	for i, w := range d {
		binary.LittleEndian.PutUint64(b[8*i:], w)
	}
	return hex.EncodeToString(b[:])
}

// Digests returns rows and digests of a section without writing anything, to compare two stores.
func Digests(ctx context.Context, r Rows) (map[string]Table, error) {
	out := map[string]Table{}
	for _, table := range r.Names() {
		names, _, err := r.Columns(ctx, table)
		if err != nil {
			return nil, err
		}
		var d digest
		var n int64
		var line []byte
		err = r.Rows(ctx, table, names, func(values []any) error {
			line = appendRow(line[:0], values)
			d.add(line)
			n++
			return nil
		})
		if err != nil {
			return nil, err
		}
		out[table] = Table{Rows: n, Digest: d.String()}
	}
	return out, nil
}
