// Package preset owns the descriptions of public sources that come with Vedette, all switched off:
// somebody chooses one, reads its licence, and turns it on. It holds no data of these sources, and
// what it says of them was true when it was written; a source may have moved.
package preset

import (
	_ "embed"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/marking"
)

//go:embed presets.json
var document []byte

// Preset describes one public source.
type Preset struct {
	ID       string    `json:"id"`
	Name     feed.Text `json:"name"`
	Help     feed.Text `json:"help"`
	Kind     string    `json:"kind"`   // a name of feed/all
	Config   jsonx.Raw `json:"config"` // for that kind
	Homepage string    `json:"homepage"`
	// Licence is its name or, in words, what the publisher states.
	Licence    string `json:"licence"`
	LicenceURL string `json:"licence_url,omitempty"`
	// Secrets names the credentials without which the source answers nothing.
	Secrets     []string            `json:"secrets,omitempty"`
	Reliability marking.Reliability `json:"reliability"`
	TLP         marking.TLP         `json:"tlp"`
	// Every is the interval in minutes that suits the publisher.
	Every int      `json:"every_minutes"`
	Lang  string   `json:"lang"`
	Tags  []string `json:"tags,omitempty"`
}

// List returns all presets in the order in which they are offered.
func List() ([]Preset, error) {
	var list []Preset
	if err := jsonx.UnmarshalExact(document, &list); err != nil {
		return nil, err
	}
	return list, nil
}

// Find returns one preset.
func Find(id string) (Preset, error) {
	list, err := List()
	if err != nil {
		return Preset{}, err
	}
	for _, p := range list {
		if p.ID == id {
			return p, nil
		}
	}
	return Preset{}, errs.New(errs.NotFound, "no_preset", "There is no preset {id}.", "id", id)
}
