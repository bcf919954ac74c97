package report

import (
	"context"

	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// renewal is a claim that the source states again under the same UUID.
type renewal struct {
	p     *prepared
	claim id.ID
}

// renewClaims brings claims up to what their source states now. What a person has reviewed or edited here
// stays as they left it.
func (in *ingestion) renewClaims(ctx context.Context) error {
	if len(in.renew) == 0 {
		return nil
	}
	ids := make([]id.ID, len(in.renew))
	for i, r := range in.renew {
		ids[i] = r.claim
	}
	held, err := in.o.Store.ClaimsByID(ctx, sharing.System("ingest"), ids)
	if err != nil {
		return err
	}
	byID := make(map[id.ID]Claim, len(held))
	for _, c := range held {
		byID[c.ID] = c
	}
	for _, r := range in.renew {
		c, ok := byID[r.claim]
		if !ok || c.Reviewer != 0 || c.Correction != 0 {
			continue
		}
		next := in.restated(r.p, c)
		if sameStatement(c, next) {
			continue
		}
		if err := in.o.Store.UpdateClaim(ctx, next, c.Version); err != nil {
			return err
		}
		next.Version = c.Version + 1
		acl, err := in.o.Bulk.InternACL(ctx, next.ACL)
		if err != nil {
			return err
		}
		e := change.By(in.actor, change.Update, "claim", c.ID, acl)
		e.Parent, e.Before, e.After = c.Report, claimState(c), claimState(next)
		in.log = append(in.log, e)
	}
	return nil
}

// restated is the claim as the source states it now.
func (in *ingestion) restated(p *prepared, c Claim) Claim {
	fresh, _ := in.claim(p, c.ID, nil)
	fresh.UUID, fresh.Object, fresh.Created, fresh.Version, fresh.State = c.UUID, c.Object, c.Created, c.Version, c.State
	if p.State != nil {
		fresh.State = *p.State
	}
	if fresh.Published.Equal(c.Published) && p.Expires.IsZero() {
		fresh.Expires = c.Expires
	}
	return fresh
}

func sameStatement(a, b Claim) bool {
	same := a.Type == b.Type && a.Category == b.Category && a.Stated == b.Stated && a.Comment == b.Comment && a.ToIDs == b.ToIDs && a.Correlates == b.Correlates &&
		a.Deleted == b.Deleted && a.State == b.State && a.FirstSeen.Equal(b.FirstSeen) && a.LastSeen.Equal(b.LastSeen) && a.ACL.Equal(b.ACL) &&
		string(a.Residue) == string(b.Residue) && len(a.Parts) == len(b.Parts)
	for i := 0; same && i < len(a.Parts); i++ {
		same = a.Parts[i].ID == b.Parts[i].ID
	}
	return same
}
