// Package asset owns the noun "asset": what is ours (domains, networks, brands, software), by hand or from a
// CSV file, and the matcher that tells which values and texts concern it. Assets give relevance to reports
// and claims, and are never blocked. It does not own the hits (the bulk writer stores them with claims).
package asset

import (
	"time"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/report"
)

// Kind says what an asset is.
type Kind string

// The kinds.
const (
	Domain   Kind = "domain"   // with everything below it
	Network  Kind = "network"  // an address or a network
	Brand    Kind = "brand"    // a name that others imitate
	Software Kind = "software" // a product in use, by name or CPE 2.3
)

// Kinds lists them in display order.
func Kinds() []Kind { return []Kind{Domain, Network, Brand, Software} }

// Asset is one thing of ours. Value is canonical and unique by organisation and kind; Name is how people
// write it.
type Asset struct {
	ID          id.ID     `json:"id"`
	UUID        id.UUID   `json:"uuid"`
	Org         id.ID     `json:"org"`
	Kind        Kind      `json:"kind"`
	Value       string    `json:"value"`
	Name        string    `json:"name"`
	Criticality int       `json:"criticality"` // 0 not said, 1 low … 4 critical
	Tags        []string  `json:"tags"`
	Comment     string    `json:"comment"`
	Created     time.Time `json:"created"`
	Modified    time.Time `json:"modified"`
	Version     int64     `json:"version"`
	Deleted     bool      `json:"deleted,omitempty"`
}

// Draft is an asset to be made. An empty kind is recognised for domains, networks and CPE names.
type Draft struct {
	Kind        Kind     `json:"kind,omitempty"`
	Value       string   `json:"value"`
	Name        string   `json:"name,omitempty"`
	Criticality int      `json:"criticality,omitempty"`
	Tags        []string `json:"tags,omitempty"`
	Comment     string   `json:"comment,omitempty"`
}

// Edit changes an asset; nil fields stay. Kind and value are its identity: for others make a new one.
type Edit struct {
	Version     int64
	Name        *string
	Criticality *int
	Tags        *[]string
	Comment     *string
}

// Filter narrows a list. Zero fields do not.
type Filter struct {
	Org     id.ID
	Kind    Kind
	Match   string // part of value or name, any letter case
	Tag     string
	IDs     []id.ID
	Deleted bool // deleted ones only
}

// RowError is why a row of an import was not taken.
type RowError struct {
	Line    int            `json:"line"` // in the file, from 1
	Column  string         `json:"column,omitempty"`
	Value   string         `json:"value,omitempty"`
	Code    string         `json:"code"`
	Message string         `json:"message"`
	Params  map[string]any `json:"params,omitempty"`
}

// ImportResult says what an import did, or would do.
type ImportResult struct {
	DryRun    bool       `json:"dry_run"`
	Rows      int        `json:"rows"`
	Added     int        `json:"added"`
	Updated   int        `json:"updated"`
	Unchanged int        `json:"unchanged"`
	Errors    []RowError `json:"errors"` // the first MaxRowErrors
	Failed    int        `json:"failed"` // rows with errors, all of them
}

// Hit is a relation of a value or text to an asset. How is "same", "subdomain", "inside network", "contains
// network", "lookalike: …", "brand in domain", "brand in text" or "software in text".
type Hit = report.AssetHit
