// Package bus owns durable messages: the contract of the work queues that every engine keeps (tables of
// the store, a NATS cluster), the workers that consume them, back-pressure, metrics, and the followers of
// the change log. It owns no storage (package store/queuedb), no schedule (package jobs) and no meaning of
// a message: bodies are the publisher's.
//
// Delivery is at least once: a message is removed after every consumer of its topic acknowledged it, and a
// lease that runs out gives it to the next worker. A consumer makes its effect happen once by writing
// (consumer, message id) in the same transaction (see Once).
package bus

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/vedette-ti/vedette/internal/errs"
)

// Limits that hold on every engine. What is bigger goes to the blob store, its address into the message.
const (
	MaxBody    = 256 << 10 // bytes of one message
	MaxID      = 200       // bytes of a message id
	MaxPublish = 10_000    // messages of one call
	MaxBytes   = 32 << 20  // bytes of all messages of one call
	MaxName    = 64        // bytes of a topic's or consumer's name
)

// Message is one unit of work.
type Message struct {
	// ID is unique in its topic: publishing an id again is one message, as long as the first is queued and
	// some days after (a setting of the engine). Empty: the queue draws one (it begins with "~"), every call is
	// a new message.
	ID   string
	Body []byte
}

// Topic is a named queue. Each of its consumers (consumer groups) sees every message; workers of the same
// consumer share them. A topic without consumers keeps its messages for the first one.
type Topic struct {
	Name      string
	Consumers []string
}

// Delivery is a message leased to a worker.
type Delivery struct {
	Message
	Topic, Consumer string
	Published       time.Time
	// Attempt counts the leases of this message, from 1; a replayed dead letter starts again.
	Attempt int
	Expires time.Time
	// Receipt is the engine's proof of the lease.
	Receipt Receipt
}

// Receipt identifies one lease: the message's place in its topic and the fencing number of the lease.
type Receipt struct{ Seq, Fence int64 }

// Request asks for messages.
type Request struct {
	Topic, Consumer string
	// Max bounds the number of messages (engines bound their bytes as well).
	Max int
	// Lease is how long they are the caller's before somebody else gets them.
	Lease time.Duration
	// Wait is how long to wait for the first message; 0 answers at once.
	Wait time.Duration
}

// Depth is how full a topic is for one consumer.
type Depth struct {
	Topic    string `json:"topic"`
	Consumer string `json:"consumer"`
	Ready    int64  `json:"ready"`   // could be leased now
	Leased   int64  `json:"leased"`  // being worked on
	Delayed  int64  `json:"delayed"` // wait for their next attempt
	Dead     int64  `json:"dead"`    // gave up, see DeadLetters
	// Bytes are the bodies of all but the dead.
	Bytes int64 `json:"bytes"`
	// Oldest is when the oldest message that is neither done nor dead was published; zero when there is none.
	Oldest time.Time `json:"oldest,omitzero"`
}

// Open counts the messages that still want work.
func (d Depth) Open() int64 { return d.Ready + d.Leased + d.Delayed }

// DeadLetter is a message that a consumer gave up on. It stays until it is replayed or discarded.
type DeadLetter struct {
	Seq       int64     `json:"seq"` // names it in Replay and Discard; later deaths have higher numbers
	Topic     string    `json:"topic"`
	Consumer  string    `json:"consumer"`
	ID        string    `json:"id"`
	Body      []byte    `json:"body"`
	Attempts  int       `json:"attempts"`
	Published time.Time `json:"published"`
	Died      time.Time `json:"died"`
	Reason    Reason    `json:"reason"`
}

// Reason is why an attempt failed, for people: Code and Params pick the translated text.
type Reason struct {
	Code   string         `json:"code"`
	Text   string         `json:"text"`
	Params map[string]any `json:"params,omitempty"`
}

// Bounds of what is stored of a reason, in bytes.
const (
	maxReason = 2000
	maxParam  = 300
)

// ReasonOf turns an error into its stored form.
func ReasonOf(err error) Reason {
	if err == nil {
		return Reason{Code: "internal"}
	}
	r := Reason{Code: "internal", Text: clip(err.Error(), maxReason)}
	if e, ok := errs.As(err); ok {
		r.Code = e.Code
		r.Params = make(map[string]any, len(e.Params))
		for name, v := range e.Params {
			r.Params[name] = clip(fmt.Sprint(v), maxParam)
		}
	}
	return r
}

// clip makes text that every engine stores: valid UTF-8 without NUL, of at most about most bytes.
func clip(s string, most int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s[:min(len(s), 2*most)], "\uFFFD"), "\x00", "\uFFFD")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

// Selection picks dead letters. The zero Selection picks none.
type Selection struct {
	All  bool
	Seqs []int64
}

// Publisher is all that a producer needs.
type Publisher interface {
	// Publish returns after the messages are on disk (synced); all of one call are, or none. Unknown topics
	// are errs.NotFound, a full one is errs.Unavailable with code queue_full.
	Publish(ctx context.Context, topic string, msgs ...Message) error
}

// Queue is what an engine keeps. All methods are safe for concurrent use by goroutines and, where the
// engine is shared, by processes. Order: messages of a topic are first leased in the order in which their
// publishing was committed; there is no order between workers or after a retry.
type Queue interface {
	Publisher
	// Declare makes topics and consumers known. It only adds: a topic may be declared by several hosts of
	// different versions. A consumer added to a topic that has some sees what is published from then on.
	Declare(ctx context.Context, topics ...Topic) error
	// Lease hands out messages that nobody else holds: failed ones that are due first, then new ones.
	Lease(ctx context.Context, r Request) ([]Delivery, error)
	// Extend lengthens leases to now + lease and returns those that are not the caller's any more.
	Extend(ctx context.Context, lease time.Duration, ds ...Delivery) (lost []Delivery, err error)
	// Ack ends the deliveries after their effects are on disk. Deliveries held by somebody else meanwhile
	// make it return ErrLeaseLost after the others are done; so do deliveries acknowledged before.
	Ack(ctx context.Context, ds ...Delivery) error
	// Retry gives a delivery back, to be leased again after a while. A nil reason gives it back unworked:
	// where the engine can, the attempt does not count.
	Retry(ctx context.Context, d Delivery, after time.Duration, reason error) error
	// Dead puts a delivery among the dead letters of its consumer.
	Dead(ctx context.Context, d Delivery, reason error) error
	// Depth answers for every topic and consumer, sorted by both.
	Depth(ctx context.Context) ([]Depth, error)
	// DeadLetters lists at most limit of a topic (empty: of all) with Seq below before (0: from the
	// newest), newest first.
	DeadLetters(ctx context.Context, topic string, before int64, limit int) ([]DeadLetter, error)
	// Replay makes dead letters ready again, with no attempt counted; it returns how many.
	Replay(ctx context.Context, topic string, which Selection) (int, error)
	// Discard removes dead letters for good; it returns how many.
	Discard(ctx context.Context, topic string, which Selection) (int, error)
	// Drop forgets a consumer and whatever it had not worked off.
	Drop(ctx context.Context, topic, consumer string) error
}

// ErrLeaseLost says that somebody else holds the message now, or that it is done. Compare by errors.Is.
var ErrLeaseLost error = errs.New(errs.Conflict, "lease_lost", "The message is held by another worker or is done.")

// ErrTopicUnknown makes the answer to a name that was not declared.
func ErrTopicUnknown(topic, consumer string) error {
	return errs.New(errs.NotFound, "topic_unknown", "There is no queue {topic} with the consumer {consumer}.", "topic", topic, "consumer", consumer)
}

// CheckMessages refuses what no engine takes, naming the message.
func CheckMessages(topic string, msgs []Message) error {
	if len(msgs) > MaxPublish {
		return errs.New(errs.TooLarge, "publish_too_many", "At most {max} messages can be published in one call, not {count}.", "max", MaxPublish, "count", len(msgs))
	}
	total := 0
	for i, m := range msgs {
		if total += len(m.Body); total > MaxBytes {
			return errs.New(errs.TooLarge, "publish_too_large", "At most {max} bytes of messages can be published in one call.", "max", MaxBytes)
		}
		if len(m.Body) > MaxBody {
			return errs.New(errs.TooLarge, "message_too_large", "The message has {size} bytes, more than {max}: put the content into the blob store.",
				"size", len(m.Body), "max", MaxBody).At(fmt.Sprintf("queue %s, message %d", topic, i+1))
		}
		if m.ID != "" && (!plain(m.ID, MaxID) || m.ID[0] == '~') {
			return errs.New(errs.Invalid, "bad_message_id", "A message id has at most {max} bytes of visible text and does not begin with ~.", "max", MaxID).
				At(fmt.Sprintf("queue %s, message %d", topic, i+1))
		}
	}
	return nil
}

// CheckTopic refuses names that no engine takes: lower-case letters, digits, "-" and "_" (a NATS subject
// token, a metric label).
func CheckTopic(t Topic) error {
	for _, name := range append([]string{t.Name}, t.Consumers...) {
		ok := name != "" && len(name) <= MaxName
		for _, c := range name {
			ok = ok && (c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_')
		}
		if !ok {
			return errs.New(errs.Invalid, "bad_topic", "{name} cannot name a queue or consumer: use lower-case letters, digits, - and _.", "name", clip(name, 2*MaxName))
		}
	}
	return nil
}

func plain(s string, most int) bool {
	if len(s) > most || !utf8.ValidString(s) {
		return false
	}
	for _, c := range s {
		if !unicode.IsGraphic(c) {
			return false
		}
	}
	return true
}
