// Package note owns what people write beside intelligence: notes and opinions on reports and values, their
// shape and what makes one acceptable. Package report decides who may write and see one; the store keeps it.
package note

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// maxBody bounds a note in bytes.
const maxBody = 64 << 10

// Note is a text on an item.
type Note struct {
	ID      id.ID
	UUID    id.UUID
	Item    id.ID
	Kind    string // note, opinion
	Body    string
	Author  id.ID
	By      string
	ACL     sharing.ACL
	Created time.Time
	Version int64
}

// Input is a note to be written, on a report or on a value.
type Input struct {
	Report, Value id.ID // one of them
	Kind          string
	Body          string
	// ACL: nil inherits the report's label; on a value it is the own organisation's alone.
	ACL *sharing.ACL
}

// Normal returns the body as it is kept: without space around it, lines ended by line feeds. The error names
// what is wrong with the input.
func (in Input) Normal() (string, error) {
	body := strings.TrimSpace(strings.ReplaceAll(in.Body, "\r\n", "\n"))
	control := func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }
	switch {
	case !utf8.ValidString(body) || strings.ContainsFunc(body, control):
		return "", errs.New(errs.Invalid, "note_control", "A note is plain text without control characters.").At("body")
	case body == "":
		return "", errs.New(errs.Invalid, "note_empty", "A note needs words.").At("body")
	case len(body) > maxBody:
		return "", errs.New(errs.TooLarge, "note_too_long", "A note has at most {limit} bytes.", "limit", maxBody).At("body")
	case !slices.Contains([]string{"note", "opinion"}, in.Kind):
		return "", errs.New(errs.Invalid, "note_kind", "A note is a note or an opinion.").At("kind")
	}
	return body, nil
}
