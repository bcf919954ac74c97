// Package playbook owns the noun "playbook": a YAML document that says which sources go through which filters
// and steps to which outputs. It parses strictly (every error with line and column), compiles the enabled
// playbooks of an organisation into a Plan for one source, applies the plan to a batch before it is written,
// and writes file, webhook and queue outputs. It also reads ThreatIngestor's configuration files. It does
// not own storing (report.Service.Ingest), extraction, or the queue.
//
// A document:
//
//	name: Vendor indicators
//	description: what it is for
//	order: 10                                  # lower ones first, then by name
//	sources: ["Vendor blog", "tag:vendor", "kind:rss", "/^pastes-/", "id:12"]   # none: all
//	when: {types: [url, domain-name], filter: "-tag:test tlp:<=amber", match: ['\.example$'], except: ['^www\.']}
//	steps:
//	  - extract: {types: [url, domain-name], keep_suppressed: true}
//	  - tag: [vendor, "workflow:todo"]
//	    when: {types: [url]}
//	  - tlp: green
//	  - to_ids: false
//	  - accept: true
//	  - drop: true
//	    when: {values: [example.com]}
//	store: true
//	outputs:
//	  - file: {path: urls.csv, format: csv, columns: [type, value]}
//	  - webhook: {url: "https://soc.example/hook"}
//	  - queue: {topic: crawl, fields: {url: "{url}"}}
//	    max_tlp: green
package playbook

import (
	"time"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/marking"
)

// Playbook is a stored document. Name is the one in it.
type Playbook struct {
	ID       id.ID     `json:"id"`
	Org      id.ID     `json:"org"`
	Name     string    `json:"name"`
	Body     string    `json:"body"`
	Enabled  bool      `json:"enabled"`
	Error    string    `json:"last_error,omitempty"` // of the last run
	Created  time.Time `json:"created"`
	Modified time.Time `json:"modified"`
	Version  int64     `json:"version"`
	Deleted  bool      `json:"deleted,omitempty"`
}

// Draft is a playbook to be made.
type Draft struct {
	Body    string `json:"body"`
	Enabled bool   `json:"enabled"`
}

// Edit changes a playbook; nil fields stay.
type Edit struct {
	Version int64
	Body    *string
	Enabled *bool
}

// Problem is one thing that is wrong with a document, with its place (both from 1).
type Problem struct {
	Line    int            `json:"line"`
	Column  int            `json:"column"`
	Code    string         `json:"code"`
	Message string         `json:"message"`
	Params  map[string]any `json:"params,omitempty"`
	Warning bool           `json:"warning,omitempty"`
}

// SourceRef is what a plan needs to know of a source.
type SourceRef struct {
	ID        id.ID
	Name      string
	Kind      string
	Publisher string
	Plane     string
	Tags      []string
	TLP       marking.TLP // default of what it brings
}

// Extraction is what playbooks ask of the extractor for a source.
type Extraction struct {
	Types          []string // none: the default ones
	KeepSuppressed bool
}

// Applied says what a plan did to a batch.
type Applied struct {
	Deliveries []Delivery
	// Dropped counts claims taken out, by playbook.
	Dropped map[string]int
	// Errors are playbooks that could not be applied; the batch is whole without them.
	Errors map[id.ID]error
}

// Delivery is what one output of one playbook gets of a batch.
type Delivery struct {
	// Key is the same when the same batch is applied again, so that outputs can tell repeats.
	Key      string `json:"key"`
	Playbook id.ID  `json:"playbook"`
	Name     string `json:"name"`
	Org      id.ID  `json:"org"`
	Output   Output `json:"output"`
	First    int    `json:"first,omitempty"` // place of Rows[0] in the whole delivery
	Rows     []Row  `json:"rows"`
	Withheld int    `json:"withheld,omitempty"` // over the output's TLP
}

// Row is one claim for an output. Values are as canonical as the batch has them.
type Row struct {
	Type      string    `json:"type"`
	Value     string    `json:"value"`
	Defanged  string    `json:"defanged"`
	Stated    string    `json:"stated,omitempty"`
	Comment   string    `json:"comment,omitempty"`
	Category  string    `json:"category,omitempty"`
	ToIDs     bool      `json:"to_ids"`
	TLP       string    `json:"tlp"`
	Tags      []string  `json:"tags,omitempty"`
	Report    string    `json:"report,omitempty"`
	URL       string    `json:"url,omitempty"`
	Source    string    `json:"source"`
	Publisher string    `json:"publisher,omitempty"`
	Published time.Time `json:"published,omitzero"`
}
