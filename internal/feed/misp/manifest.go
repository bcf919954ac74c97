package misp

import (
	"bytes"
	"context"
	"io"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

// event is one line of a manifest.
type event struct {
	uuid      string
	timestamp int64 // of the last change, seconds
	info      string
	date      time.Time
	text      string // what patterns are compared with
}

// version changes with the event.
func (e event) version() string { return strconv.FormatInt(e.timestamp, 10) }

// entry is the form of a manifest's value. Feeds in the wild write numbers as strings and back, and
// an empty map as a list.
type entry struct {
	Orgc      jsonx.Raw `json:"Orgc"`
	Tag       jsonx.Raw `json:"Tag"`
	Info      string    `json:"info"`
	Date      string    `json:"date"`
	Timestamp jsonx.Raw `json:"timestamp"`
}

const mostEvents = 60_000 // as many as a ledger holds

// parseManifest reads a manifest. Lines that cannot be used are returned with their reason.
func parseManifest(body []byte) ([]event, map[string]error, error) {
	var lines map[string]jsonx.Raw
	if trimmed := bytes.TrimSpace(body); bytes.Equal(trimmed, []byte("[]")) { // an empty feed written by PHP
		return nil, nil, nil
	}
	if err := jsonx.UnmarshalLenient(body, &lines); err != nil {
		return nil, nil, errs.Wrap(err, errs.Invalid, "bad_manifest", "The manifest of the MISP feed cannot be read; check the address of the feed.")
	}
	var list []event
	bad := map[string]error{}
	for key, raw := range lines {
		id, err := uuid.Parse(key)
		if err != nil || len(key) != 36 { // the key becomes a file name
			bad[feed.Clean(key, 100)] = errs.New(errs.Invalid, "bad_event_uuid", "The manifest names an event {uuid}, which is not a UUID.", "uuid", feed.Clean(key, 100))
			continue
		}
		var e entry
		if err := jsonx.UnmarshalLenient(raw, &e); err != nil {
			bad[id.String()] = err
			continue
		}
		list = append(list, newEvent(id.String(), e))
	}
	if len(list) > mostEvents {
		return nil, nil, errs.New(errs.TooLarge, "manifest_too_large", "The manifest lists {count} events, more than {limit}.", "count", len(list), "limit", mostEvents)
	}
	return list, bad, nil
}

func newEvent(id string, e entry) event {
	ev := event{uuid: id, info: feed.Clean(e.Info, 500)}
	stamp := strings.Trim(string(e.Timestamp), `" `)
	ev.timestamp, _ = strconv.ParseInt(stamp, 10, 64) // 0 sorts first and still tells versions apart
	if t, err := time.Parse("2006-01-02", e.Date); err == nil && t.Year() >= 1970 {
		ev.date = t
	}
	var org struct {
		Name string `json:"name"`
	}
	var tags []struct {
		Name string `json:"name"`
	}
	words := []string{e.Info}
	if jsonx.UnmarshalLenient(e.Orgc, &org) == nil {
		words = append(words, org.Name)
	}
	if jsonx.UnmarshalLenient(e.Tag, &tags) == nil {
		for _, t := range tags {
			words = append(words, t.Name)
		}
	}
	ev.text = strings.Join(words, "\n")
	return ev
}

func looksJSON(body []byte) bool {
	body = bytes.TrimLeft(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")), " \t\r\n")
	return len(body) > 0 && (body[0] == '{' || body[0] == '[')
}

// folder tells whether the local folder has a manifest, and where it lies.
func (v *visit) folder(ctx context.Context) (bool, error) {
	if v.env.Files == nil {
		return false, errs.New(errs.Unavailable, "no_files", "This host reads no local files; run the source on a host that does.")
	}
	stop := errs.New(errs.Internal, "found", "found")
	err := v.env.Files.Walk(ctx, v.Path, func(f feed.File) error {
		if f.Rel == manifestName {
			v.local = strings.TrimSuffix(f.Path, manifestName)
			return stop
		}
		return nil
	}, func(string, error) {})
	if err != nil && err != error(stop) {
		return false, err
	}
	if v.local != "" && v.globsOnly != nil {
		return false, v.globsOnly
	}
	return v.local != "", nil
}

func (v *visit) readFile(ctx context.Context, name string, limit int64) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, err := v.env.Files.Open(path.Join(v.local, name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	body, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "file_unreadable", "{file} cannot be read; it is tried again at the next visit.", "file", name)
	}
	if int64(len(body)) > limit {
		return nil, errs.New(errs.TooLarge, "file_too_large", "{file} has more than the source's limit of {limit} bytes.", "file", name, "limit", limit)
	}
	return body, nil
}
