package playbook

import (
	"regexp"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/query"
)

// Document is a parsed playbook.
type Document struct {
	Name        string
	Description string
	Order       int
	Sources     []Selector // none: all
	When        Condition
	Steps       []Step
	// Store keeps the claims that the playbook handles; off, they go to the outputs only.
	Store   bool
	Outputs []Output
	// Warnings do not keep it from running.
	Warnings []Problem
}

// Selector picks sources: exactly one field is set.
type Selector struct {
	ID      id.ID
	Name    string // folded
	Kind    string
	Tag     string // folded
	Pattern *regexp.Regexp
	line    int
	column  int
}

// Condition picks claims; all parts must hold. The zero Condition picks all.
type Condition struct {
	Types  []string // output names; "file:*" and "hash" style groups are expanded
	Filter query.Node
	Match  []*regexp.Regexp // one of them matches the canonical value
	Except []*regexp.Regexp // none of them does
	Values map[string]bool  // canonical values
	Exact  map[string]bool  // texts as stated, for values of no known form
	// Written is "plain" or "defanged": how the value stood in the text.
	Written string
}

// Action is what a step does.
type Action string

// The actions.
const (
	ActExtract  Action = "extract"
	ActTag      Action = "tag"
	ActTLP      Action = "tlp"
	ActToIDs    Action = "to_ids"
	ActAccept   Action = "accept"
	ActDrop     Action = "drop"
	ActDisabled Action = "disabled" // kept for people to read, does nothing
)

// Step is one step.
type Step struct {
	Action  Action
	When    Condition
	Extract Extraction
	Tags    []string
	TLP     marking.TLP
	Yes     bool // to_ids, accept, drop
	line    int
}

// OutputKind says where rows go.
type OutputKind string

// The outputs.
const (
	ToFile    OutputKind = "file"
	ToWebhook OutputKind = "webhook"
	ToQueue   OutputKind = "queue"
)

// Output is one output besides the store.
type Output struct {
	Kind OutputKind `json:"kind"`
	// Path is relative to the outputs folder of the organisation; Format is "csv" or "ndjson".
	Path    string   `json:"path,omitempty"`
	Format  string   `json:"format,omitempty"`
	Columns []string `json:"columns,omitempty"`
	URL     string   `json:"url,omitempty"`
	Topic   string   `json:"topic,omitempty"`
	// Fields makes the members of each JSON object from templates ("{url}"); none takes a Row as it is.
	Fields map[string]string `json:"fields,omitempty"`
	// MaxTLP is the highest level that may leave; AMBER when not said.
	MaxTLP marking.TLP `json:"max_tlp"`
	// When narrows what this output gets.
	When Condition `json:"-"`
}
