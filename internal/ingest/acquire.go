package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/bus"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/failpoint"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// Order is one acquired item on its way: the message of the queue. The bytes are in the blob store.
type Order struct {
	Source    id.ID        `json:"source"`
	Key       string       `json:"key"`
	Name      string       `json:"name,omitempty"`
	URL       string       `json:"url,omitempty"`
	Title     string       `json:"title,omitempty"`
	MediaType string       `json:"media_type,omitempty"`
	Published time.Time    `json:"published,omitzero"`
	Blob      string       `json:"blob"`
	Size      int64        `json:"size"`
	Parser    string       `json:"parser,omitempty"`
	Options   jsonx.Raw    `json:"options,omitempty"`
	Summary   string       `json:"summary,omitempty"`
	Tags      []string     `json:"tags,omitempty"`
	ACL       *sharing.ACL `json:"acl,omitempty"`
	Passwords []string     `json:"passwords,omitempty"`
	// By is who dropped it; zero for the scheduler.
	By     id.ID  `json:"by,omitzero"`
	ByName string `json:"by_name,omitempty"`
	// Accept makes its claims accepted.
	Accept bool `json:"accept,omitempty"`
	// Again makes a replay a message of its own.
	Again string `json:"again,omitempty"`
}

// Drop is an item handed over by a person or a program.
type Drop struct {
	feed.Item
	ACL       *sharing.ACL
	Passwords []string
	Accept    bool
	// Kept names content that is in the blob store already; Body is nil then.
	Kept *blob.Ref
}

func (d Drop) size() int64 {
	if d.Kept != nil {
		return d.Kept.Size
	}
	return int64(len(d.Body))
}

// MaxItem is how many bytes an item may have.
func (e *Engine) MaxItem() int64 { return e.o.Limits.Bytes }

// Acquire takes items of a source: when it returns, their bytes and messages are on disk. Ids are those of
// the messages, in order. The same key with the same bytes is the same message.
func (e *Engine) Acquire(ctx context.Context, src id.ID, items []feed.Item) ([]string, error) {
	drops := make([]Drop, len(items))
	for i, it := range items {
		drops[i] = Drop{Item: it}
	}
	return e.take(ctx, sharing.Actor{}, src, drops)
}

// Drop takes items from an actor; see Acquire.
func (e *Engine) Drop(ctx context.Context, a sharing.Actor, src id.ID, items []Drop) ([]string, error) {
	if err := a.Need(sharing.WriteIntel); err != nil {
		return nil, err
	}
	for _, d := range items {
		if d.Accept {
			if err := a.Need(sharing.ReviewIntel); err != nil {
				return nil, err
			}
		}
	}
	return e.take(ctx, a, src, items)
}

func (e *Engine) take(ctx context.Context, a sharing.Actor, src id.ID, items []Drop) ([]string, error) {
	hashes, err := e.keep(ctx, items)
	if err != nil {
		return nil, err
	}
	failpoint.Hit(failpoint.BlobAfter)
	msgs := make([]bus.Message, len(items))
	ids := make([]string, len(items))
	for i, it := range items {
		o := Order{
			Source: src, Key: it.Key, Name: it.Name, URL: it.URL, Title: it.Title, MediaType: it.MediaType, Published: it.Published, Blob: hex.EncodeToString(hashes[i][:]),
			Size: it.size(), Parser: it.Parser, Options: it.Options, Summary: it.Summary, Tags: it.Tags, ACL: it.ACL, Passwords: it.Passwords, Accept: it.Accept,
			By: a.User, ByName: a.Name,
		}
		if msgs[i], err = o.message(); err != nil {
			return nil, err
		}
		ids[i] = msgs[i].ID
	}
	return ids, e.o.Queue.Publish(ctx, Topic, msgs...)
}

// keep puts the bytes of all items on disk, together, and returns where.
func (e *Engine) keep(ctx context.Context, items []Drop) ([]blob.Hash, error) {
	hashes := make([]blob.Hash, len(items))
	var bodies [][]byte
	var at []int
	for i, it := range items {
		if it.size() > e.o.Limits.Bytes {
			return nil, errs.New(errs.TooLarge, "item_too_large", "{name} has {size} bytes; {limit} are allowed.",
				"name", it.Name, "size", it.size(), "limit", e.o.Limits.Bytes)
		}
		if it.Kept != nil {
			hashes[i] = it.Kept.SHA256
			continue
		}
		bodies, at = append(bodies, it.Body), append(at, i)
	}
	if len(bodies) == 0 {
		return hashes, nil
	}
	put, err := e.o.Blobs.Put(ctx, bodies)
	if err != nil {
		return nil, err
	}
	for i, h := range put {
		hashes[at[i]] = h
	}
	return hashes, nil
}

// message makes the queue's message; its id is drawn from what is processed, so that a second delivery of
// the same bytes is the same message.
func (o Order) message() (bus.Message, error) {
	body, err := jsonx.Marshal(o)
	if err != nil {
		return bus.Message{}, err
	}
	h := sha256.New()
	for _, part := range []string{o.Source.String(), o.Key, o.Blob, o.Parser, string(o.Options), o.Again} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return bus.Message{ID: hex.EncodeToString(h.Sum(nil)[:16]), Body: body}, nil
}

var errReplayPart = errs.New(errs.Unsupported, "replay_part", "This is a part of a file, not a whole one: mend it at its source, or replay the file.")

func (o Order) hash() (blob.Hash, error) {
	var h blob.Hash
	b, err := hex.DecodeString(o.Blob)
	if err != nil || len(b) != len(h) {
		return h, errs.New(errs.Invalid, "order_blob", "The message names no content.")
	}
	copy(h[:], b)
	return h, nil
}

// Replay processes a quarantined order again, whatever was done with it before. What lies in quarantine may
// also be a part of a file, word for word, and such a text may be made to look like an order: only one that
// names the source and the content that it was put aside with is one.
func (e *Engine) Replay(ctx context.Context, a sharing.Actor, src id.ID, content blob.Hash, order []byte) error {
	if err := a.Need(sharing.ManageSources); err != nil {
		return err
	}
	if content == (blob.Hash{}) {
		return errReplayPart
	}
	var o Order
	if err := jsonx.Unmarshal(order, &o); err != nil {
		return err
	}
	if o.Source != src || o.Blob != content.String() {
		return errReplayPart
	}
	o.Again = e.o.Clock().UTC().Format(time.RFC3339Nano)
	m, err := o.message()
	if err != nil {
		return err
	}
	return e.o.Queue.Publish(ctx, Topic, m)
}
