package playbook

import (
	"context"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// Store is what the store gives. Writes join the transaction of ctx and need one. A scope sees its own
// organisation's playbooks; the system sees all.
type Store interface {
	InternACL(ctx context.Context, a sharing.ACL) (sharing.ACLID, error)
	// InsertPlaybook fills in ID, Created, Modified and Version.
	InsertPlaybook(ctx context.Context, p *Playbook) error
	// UpdatePlaybook writes every field of the row whose version is p.Version, and raises it.
	UpdatePlaybook(ctx context.Context, p *Playbook) error
	// Playbook returns deleted ones too.
	Playbook(ctx context.Context, s sharing.Scope, n id.ID) (Playbook, error)
	// Playbooks lists in the order of folded names.
	Playbooks(ctx context.Context, s sharing.Scope, f Filter, p report.Page) ([]Playbook, string, error)
	// PlaybookStamp changes whenever a playbook of the organisation does.
	PlaybookStamp(ctx context.Context, s sharing.Scope, org id.ID) (string, error)
	// SetPlaybookError notes what went wrong in the last run ("" for nothing).
	SetPlaybookError(ctx context.Context, n id.ID, text string) error
}

// Filter narrows a list. Zero fields do not.
type Filter struct {
	Org     id.ID
	Match   string // part of the name, any letter case
	Enabled *bool
	Deleted bool // deleted ones only
}
