// Package watch owns the nouns "watch" and "channel": what somebody wants to hear about (a value, tag, asset,
// source or saved search), over which channels, how often and up to which TLP; the hits, the notices made of
// them and their log. Hits are found through store queries with the owner's scope, and looked at again with
// the owner's scope at the time of delivery. It does not own how a message is sent (package notify) nor the
// queue between (Publisher).
package watch

import (
	"time"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/marking"
)

// Kind says what a watch looks at.
type Kind string

// The kinds, and what Query holds for them.
const (
	Value  Kind = "value"  // a value as written, defanged or not; a network also means what is inside
	Tag    Kind = "tag"    // a tag, * as wildcard
	Asset  Kind = "asset"  // the id of an own asset, or "any"
	Source Kind = "source" // the id of a source
	Search Kind = "search" // a query of the search language
)

// Watch is one person's wish to hear.
type Watch struct {
	ID       id.ID     `json:"id"`
	Org      id.ID     `json:"org"`
	Owner    id.ID     `json:"owner"`
	Name     string    `json:"name"`
	Kind     Kind      `json:"kind"`
	Query    string    `json:"query"`
	Channels []id.ID   `json:"channels"`
	Enabled  bool      `json:"enabled"`
	Options  Options   `json:"options"`
	Muted    time.Time `json:"muted_until,omitzero"`
	// Since is the change log's position from which it looks.
	Since    int64     `json:"-"`
	Hits     int64     `json:"hits"`
	LastHit  time.Time `json:"last_hit,omitzero"`
	Error    string    `json:"error,omitempty"` // why it could not be evaluated
	Created  time.Time `json:"created"`
	Modified time.Time `json:"modified"`
	Version  int64     `json:"version"`
	Deleted  bool      `json:"deleted,omitempty"`
}

// Options tune a watch.
type Options struct {
	// Window groups the hits of that many seconds after the first into one message; 0 sends at once.
	Window int `json:"window"`
	// Related widens a value: URLs, mail addresses and names below a watched domain.
	Related bool `json:"related,omitempty"`
	// AcceptedOnly leaves out claims that are proposed or rejected.
	AcceptedOnly bool `json:"accepted_only,omitempty"`
	// Lines bounds the claims shown in one message; the rest is counted. 0 means 20.
	Lines int `json:"lines,omitempty"`
	// Lang is the language of the messages, "en" (also when empty) or "zh".
	Lang string `json:"lang,omitempty"`
}

// Draft is a watch to be made.
type Draft struct {
	Name     string  `json:"name"`
	Kind     Kind    `json:"kind"`
	Query    string  `json:"query"`
	Channels []id.ID `json:"channels"`
	Enabled  bool    `json:"enabled"`
	Options  Options `json:"options,omitzero"`
}

// Edit changes a watch; nil fields stay.
type Edit struct {
	Version  int64
	Name     *string
	Kind     *Kind
	Query    *string
	Channels *[]id.ID
	Enabled  *bool
	Options  *Options
	Muted    *time.Time // the zero time unmutes
}

// Channel is a way out, shared by the organisation. Its secrets are write-only.
type Channel struct {
	ID         id.ID       `json:"id"`
	Org        id.ID       `json:"org"`
	Owner      id.ID       `json:"owner"`
	Kind       string      `json:"kind"` // "webhook", "mail", "feishu", "dingtalk", "wecom"
	Name       string      `json:"name"`
	Config     jsonx.Raw   `json:"config"`
	SecretsSet []string    `json:"secrets_set"`
	TLP        marking.TLP `json:"tlp"` // the highest that may leave: max_tlp of the configuration
	// PerHour bounds the messages of an hour; hits beyond it wait and come together.
	PerHour  int       `json:"per_hour"`
	Enabled  bool      `json:"enabled"`
	Error    string    `json:"last_error,omitempty"`
	Created  time.Time `json:"created"`
	Modified time.Time `json:"modified"`
	Version  int64     `json:"version"`
	Deleted  bool      `json:"deleted,omitempty"`
}

// ChannelDraft is a channel to be made. PerHour 0 means 30.
type ChannelDraft struct {
	Kind    string            `json:"kind"`
	Name    string            `json:"name"`
	Config  jsonx.Raw         `json:"config"`
	Secrets map[string]string `json:"secrets,omitempty"`
	PerHour int               `json:"per_hour,omitempty"`
	Enabled bool              `json:"enabled"`
}

// ChannelEdit changes a channel; nil fields stay. An empty secret removes it.
type ChannelEdit struct {
	Version int64
	Name    *string
	Config  *jsonx.Raw
	Secrets map[string]string
	PerHour *int
	Enabled *bool
}

// Hit is something that a watch found. Claim is 0 when the report itself was found.
type Hit struct {
	Seq    int64     `json:"seq"` // ascending
	Watch  id.ID     `json:"watch"`
	Report id.ID     `json:"report,omitzero"`
	Claim  id.ID     `json:"claim,omitzero"`
	At     time.Time `json:"at"`
}

// NoticeState is where a notice stands.
type NoticeState string

// The states.
const (
	Queued     NoticeState = "queued"
	Sent       NoticeState = "sent"
	Failed     NoticeState = "failed"
	Suppressed NoticeState = "suppressed" // nothing in it may be seen by the owner or leave by the channel
)

// Notice is one message of a watch to a channel, made of the hits First … Last.
type Notice struct {
	ID       id.ID       `json:"id"`
	Watch    id.ID       `json:"watch"`
	Channel  id.ID       `json:"channel"`
	First    int64       `json:"-"`
	Last     int64       `json:"-"`
	Hits     int64       `json:"hits"`
	State    NoticeState `json:"state"`
	Attempts int         `json:"attempts"`
	Created  time.Time   `json:"created"`
	Ended    time.Time   `json:"ended,omitzero"`
	Error    string      `json:"error,omitempty"`
}

// Filter narrows lists of watches and notices. Zero fields do not.
type Filter struct {
	Org, Owner     id.ID
	Watch, Channel id.ID
	Kind           Kind
	Match          string
	Enabled        *bool
	State          NoticeState
	Deleted        bool
}
