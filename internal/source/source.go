// Package source owns the noun "source": where claims come from. It holds what people configure (kind,
// publisher, schedule, credentials, default label, how far it is trusted), what the machine remembers
// (cursor, failures, next visit, runs with their log), and the health computed from both. It does not visit
// anything: the scheduler asks Due, builds the feed by Open and reports back by StartRun and FinishRun.
package source

import (
	"time"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// Plane is the plane of production that a source belongs to.
type Plane string

// The planes (concepts: "How intelligence is produced").
const (
	Traffic  Plane = "traffic"
	Files    Plane = "files"
	Intranet Plane = "intranet"
	Extranet Plane = "extranet"
)

// Trust says what of a source is accepted without review.
type Trust int

// The levels, as stored.
const (
	TrustNothing Trust = iota
	TrustStated        // what was stated as such (MISP, STIX), not what was extracted from text
	TrustAll
)

// Built-in kinds: every organisation has one source of each, made when first asked for.
const (
	KindDrop = "drop" // pastes and uploads, by console and API
	KindCLI  = "cli"  // vedette import
)

// Source is a configured origin. Secrets are not part of it.
type Source struct {
	ID   id.ID   `json:"id"`
	UUID id.UUID `json:"uuid"`
	Kind string  `json:"kind"`
	Name string  `json:"name"`
	Org  id.ID   `json:"org"`
	// ACL says who sees the source. Config and Options are shown to the owning organisation only.
	ACL         sharing.ACL         `json:"acl"`
	Publisher   string              `json:"publisher"`
	Plane       Plane               `json:"plane"`
	Reliability marking.Reliability `json:"reliability"`
	// Config holds the fields of the kind, a JSON object.
	Config jsonx.Raw `json:"config,omitempty"`
	// Schedule is "@every 15m", a cron expression of five fields in UTC, or "" for only by hand.
	Schedule string `json:"schedule"`
	Enabled  bool   `json:"enabled"`
	Accept   Trust  `json:"accept"`
	// ClaimACL is the label of what it brings, where that states none.
	ClaimACL sharing.ACL `json:"claim_acl"`
	Tags     []string    `json:"tags"`
	Options  Handling    `json:"options,omitzero"`
	// SecretsSet names the secret fields that have a value.
	SecretsSet []string  `json:"secrets_set"`
	Builtin    bool      `json:"builtin,omitempty"`
	Created    time.Time `json:"created"`
	Modified   time.Time `json:"modified"`
	Version    int64     `json:"version"`
	Deleted    bool      `json:"deleted,omitempty"`

	State  State  `json:"state"`
	Health Health `json:"health"`
}

// Handling says how the pipeline treats items of a source.
type Handling struct {
	// Hosts are the publisher's own: their names in texts are not indicators.
	Hosts []string `json:"hosts,omitempty"`
	// Follow fetches the pages that items link to.
	Follow bool `json:"follow,omitempty"`
	// MaxAgeDays passes over items published longer ago; 0 takes all.
	MaxAgeDays int `json:"max_age_days,omitempty"`
	// MaxItems bounds one visit; the rest comes with the next. 0 is no bound.
	MaxItems int `json:"max_items,omitempty"`
	// Types are the observable types to extract; none means the default ones.
	Types []string `json:"types,omitempty"`
	Lang  string   `json:"lang,omitempty"`
	// Preset is the name of the preset that it was made from.
	Preset string `json:"preset,omitempty"`
}

// Draft is a source to be made. Zero fields take defaults: the actor's organisation, the name as publisher,
// extranet, an ACL of Community, and claims labelled Community and TLP:AMBER.
type Draft struct {
	Org         id.ID               `json:"org,omitzero"`
	Kind        string              `json:"kind"`
	Name        string              `json:"name"`
	ACL         *sharing.ACL        `json:"acl,omitempty"`
	Publisher   string              `json:"publisher,omitempty"`
	Plane       Plane               `json:"plane,omitempty"`
	Reliability marking.Reliability `json:"reliability,omitzero"`
	Config      jsonx.Raw           `json:"config,omitempty"`
	Secrets     map[string]string   `json:"secrets,omitempty"`
	Schedule    string              `json:"schedule,omitempty"`
	Enabled     bool                `json:"enabled,omitempty"`
	Accept      Trust               `json:"accept,omitempty"`
	ClaimACL    *sharing.ACL        `json:"claim_acl,omitempty"`
	Tags        []string            `json:"tags,omitempty"`
	Options     Handling            `json:"options,omitzero"`
}

// Edit changes a source; nil fields stay.
type Edit struct {
	Version     int64 // the one that was read
	Name        *string
	ACL         *sharing.ACL
	Publisher   *string
	Plane       *Plane
	Reliability *marking.Reliability
	Config      *jsonx.Raw
	// Secrets sets the named fields; an empty value removes one.
	Secrets  map[string]string
	Schedule *string
	Enabled  *bool
	Accept   *Trust
	ClaimACL *sharing.ACL
	Tags     *[]string
	Options  *Handling
}

// State is what the machine remembers of a source.
type State struct {
	NextRun      time.Time `json:"next_run,omitzero"`
	Failures     int       `json:"failures"` // in a row
	LastRun      time.Time `json:"last_run,omitzero"`
	LastSuccess  time.Time `json:"last_success,omitzero"`
	LastItem     time.Time `json:"last_item,omitzero"`
	FailingSince time.Time `json:"failing_since,omitzero"`
	LastError    string    `json:"last_error,omitempty"`
	LeaseOwner   string    `json:"-"`
	LeaseUntil   time.Time `json:"-"`
	Running      bool      `json:"running"`
}

// Outcome of a run.
type Outcome string

// The outcomes.
const (
	Running Outcome = "running"
	Done    Outcome = "ok"
	Failed  Outcome = "failed"
	Aborted Outcome = "aborted" // the process ended before the run did
)

// Run is one visit of a source.
type Run struct {
	ID      id.ID     `json:"id"`
	Source  id.ID     `json:"source"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero"`
	Outcome Outcome   `json:"outcome"`
	Items   int64     `json:"items"`   // acquired
	Fresh   int64     `json:"fresh"`   // of them new or changed
	Skipped int64     `json:"skipped"` // could not be acquired, see the log
	Error   string    `json:"error,omitempty"`
	Log     []Line    `json:"log,omitempty"`

	owner string // of the lease
}

// Line is one line of a run's log.
type Line struct {
	At    time.Time `json:"at"`
	Level string    `json:"level"` // "info", "warn", "error"
	Item  string    `json:"item,omitempty"`
	Text  string    `json:"text"`
}

// Result is what a visit came to.
type Result struct {
	Items, Fresh, Skipped int64
	// Err is nil when the visit went through.
	Err error
	// NotBefore is when the source asks to be left alone until (Retry-After); zero for nothing said.
	NotBefore time.Time
	// Partial: the visit ended early and is to go on at once (MaxItems, shutdown).
	Partial bool
}

// Status is the health of a source in one word.
type Status string

// The statuses, the most pressing first.
const (
	StatusFailing  Status = "failing"
	StatusStale    Status = "stale" // visits go through or are due, but too long without success
	StatusNever    Status = "never" // not visited yet
	StatusOK       Status = "ok"
	StatusDisabled Status = "disabled"
)

// Health is computed, never stored.
type Health struct {
	Status Status    `json:"status"`
	Since  time.Time `json:"since,omitzero"`
	Error  string    `json:"error,omitempty"`
}

// Filter narrows a list. Zero fields do not.
type Filter struct {
	Match   string // part of the name, any letter case
	Kind    string
	Org     id.ID
	Plane   Plane
	Status  Status
	Tag     string
	Preset  string
	Enabled *bool
	Deleted bool // deleted ones only
	IDs     []id.ID
}
