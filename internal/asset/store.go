package asset

import (
	"context"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// Store is what the store gives. Writes join the transaction of ctx and need one. An organisation sees its
// own assets only; the system sees all.
type Store interface {
	InternACL(ctx context.Context, a sharing.ACL) (sharing.ACLID, error)
	// NewIDs allocates successive ids for InsertAssets.
	NewIDs(ctx context.Context, n int) (id.ID, error)
	// InsertAssets writes assets with ids set; it fills in UUID, Created, Modified and Version.
	InsertAssets(ctx context.Context, list []Asset) error
	// UpdateAsset writes every field of the row whose version is a.Version, and raises it.
	UpdateAsset(ctx context.Context, a *Asset) error
	// Asset returns deleted ones too.
	Asset(ctx context.Context, s sharing.Scope, n id.ID) (Asset, error)
	// AssetsByValue returns those of the organisation with these canonical values, deleted ones too.
	AssetsByValue(ctx context.Context, s sharing.Scope, org id.ID, values []string) ([]Asset, error)
	// Assets lists in id order, newest first.
	Assets(ctx context.Context, s sharing.Scope, f Filter, p report.Page) ([]Asset, string, error)
	// AssetStamp changes whenever an asset of the organisation does.
	AssetStamp(ctx context.Context, s sharing.Scope, org id.ID) (string, error)
	// AssetHits counts, by asset, the live reports that concern it and that the scope sees.
	AssetHits(ctx context.Context, s sharing.Scope, assets []id.ID) (map[id.ID]int64, error)
}

// Values lets known values be matched again after assets changed.
type Values interface {
	// AssetValues returns at most limit hosts, URLs, mail addresses, addresses and networks with ids above after, in id order.
	AssetValues(ctx context.Context, s sharing.Scope, after id.ID, limit int) ([]Known, error)
	// AddAssetHits adds hits to all live claims on the values and returns how many were new.
	AddAssetHits(ctx context.Context, hits map[id.ID][]Hit) (int64, error)
	// ClearAssetHits removes the hits of these assets.
	ClearAssetHits(ctx context.Context, assets []id.ID) error
}

// Known is a value that the store holds.
type Known struct {
	ID    id.ID
	Value observable.Value
}
