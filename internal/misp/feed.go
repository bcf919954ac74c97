package misp

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

// Listing is one event in a feed's manifest.json.
type Listing struct {
	UUID      string
	Info      string
	Date      string
	Timestamp time.Time
	Orgc      Org
	Tags      []Tag
	Residue   jsonx.Raw
}

// Manifest reads a feed's manifest.json: an object with the UUIDs of its events as names, in the order of
// the file. An entry that is no object comes as an error; the sequence goes on.
func Manifest(r io.Reader) iter.Seq2[Listing, error] {
	return func(yield func(Listing, error) bool) {
		dec := newDecoder(r)
		stop := false
		err := members(dec, func(name []byte, raw jsonx.Raw) error {
			var e Event
			err := eventCodec().decodeRaw(raw, &e)
			if er, ok := errs.As(err); ok {
				err = er.At("manifest " + clip(string(name)))
			}
			l := Listing{UUID: string(name), Info: e.Info, Date: e.Date, Timestamp: e.Timestamp, Orgc: e.Orgc, Tags: e.Tags, Residue: e.Residue}
			if !yield(l, err) {
				stop = true
				return errStop
			}
			return nil
		})
		if err != nil && !stop {
			yield(Listing{}, jsonx.Explain(err))
		}
	}
}

// Append writes the manifest entry's value; the caller writes its name.
func (l *Listing) Append(b []byte) []byte {
	e := Event{Info: l.Info, Date: l.Date, Timestamp: l.Timestamp, Orgc: l.Orgc, Tags: l.Tags, Residue: l.Residue}
	return listingCodec().append(b, &e)
}

func listingCodec() *codec[Event] {
	all := eventCodec()
	c := &codec[Event]{residue: all.residue}
	for _, name := range []string{"info", "date", "timestamp", "Orgc", "Tag"} {
		c.fields = append(c.fields, *all.find([]byte(name)))
	}
	return c
}

// HashLine is one line of a feed's hashes.csv: the MD5 of a value and the event it is in.
type HashLine struct {
	Value [16]byte
	Event string
}

// Hashes reads a feed's hashes.csv. Lines of another form are errors that name the line.
func Hashes(r io.Reader) iter.Seq2[HashLine, error] {
	return func(yield func(HashLine, error) bool) {
		scan := bufio.NewScanner(r)
		scan.Buffer(make([]byte, 4096), 1<<16)
		for n := 1; scan.Scan(); n++ {
			line := bytes.TrimSpace(scan.Bytes())
			if len(line) == 0 {
				continue
			}
			sum, event, ok := strings.Cut(string(line), ",")
			var h HashLine
			if ok && len(sum) == 32 {
				_, err := hex.Decode(h.Value[:], []byte(sum))
				ok = err == nil
			} else {
				ok = false
			}
			h.Event = strings.TrimSpace(event)
			var err error
			if !ok {
				err = errs.New(errs.Invalid, "misp_hash_line", "Line {line} of hashes.csv is not an MD5, a comma and a UUID.", "line", n)
			}
			if !yield(h, err) {
				return
			}
		}
		if err := scan.Err(); err != nil {
			yield(HashLine{}, errs.Wrap(err, errs.Invalid, "misp_hashes", "hashes.csv cannot be read."))
		}
	}
}
