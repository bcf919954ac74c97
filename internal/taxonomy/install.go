package taxonomy

import (
	"cmp"
	"context"
	"crypto/sha256"
	"slices"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// Refused is a file of a pack that could not be used.
type Refused struct {
	File   string
	Reason error
}

// Installed says what an installation did.
type Installed struct {
	Fresh, Updated, Unchanged int
	Packs                     []Pack // what the source holds, in the order of kinds and names
	Refused                   []Refused
}

// Install reads a source and keeps every pack in it. What is there in the same bytes stays as it is; a new
// version of a pack keeps its id, its category and whether it is enabled; new packs are enabled. Files that are broken
// are refused, the others go in. Warninglists and taxonomies take effect before Install returns.
func (s *Service) Install(ctx context.Context, actor sharing.Actor, src Source) (Installed, error) {
	var res Installed
	if err := actor.Need(sharing.ManageSystem); err != nil {
		return res, err
	}
	found, bodies, err := s.gather(ctx, src, &res)
	if err != nil {
		return res, err
	}
	if len(found) == 0 {
		if len(res.Refused) > 0 {
			return res, res.Refused[0].Reason
		}
		return res, errNoPack
	}
	old, err := s.o.Packs.Packs(ctx, sharing.System("install packs"), "")
	if err != nil {
		return res, err
	}
	before := map[[2]string]Pack{}
	for _, p := range old {
		before[[2]string{p.Kind, p.Name}] = p
	}
	var save []Pack
	var keep [][]byte
	for i, p := range found {
		was, known := before[[2]string{p.Kind, p.Name}]
		if known && was.Blob == p.Blob {
			res.Unchanged++
			res.Packs = append(res.Packs, was)
			continue
		}
		if known {
			p.ID, p.Enabled, p.Category = was.ID, was.Enabled, was.Category
			res.Updated++
		} else {
			res.Fresh++
		}
		p.Installed = s.o.Clock().UTC()
		save, keep = append(save, p), append(keep, bodies[i])
	}
	if len(save) > 0 {
		if err := s.save(ctx, actor, save, keep); err != nil {
			return res, err
		}
		res.Packs = append(res.Packs, save...)
	}
	slices.SortFunc(res.Packs, byKindAndName)
	return res, s.Load(ctx)
}

func byKindAndName(a, b Pack) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
}

// gather reads and recognises the files. Of two files of one name the later counts.
func (s *Service) gather(ctx context.Context, src Source, res *Installed) ([]Pack, [][]byte, error) {
	var packs []Pack
	var bodies [][]byte
	at := map[[2]string]int{}
	err := src(ctx, func(name string, body []byte) error {
		p, ok, err := recognise(name, body)
		switch {
		case err != nil:
			if e, is := errs.As(err); is {
				err = e.At(name)
			}
			res.Refused = append(res.Refused, Refused{name, err})
			return nil
		case !ok:
			return nil
		}
		p.Blob = sha256.Sum256(body)
		key := [2]string{p.Kind, p.Name}
		if i, again := at[key]; again {
			packs[i], bodies[i] = p, body
			return nil
		}
		at[key] = len(packs)
		packs, bodies = append(packs, p), append(bodies, body)
		return nil
	})
	return packs, bodies, err
}

// save writes bodies, then rows and change log in one transaction.
func (s *Service) save(ctx context.Context, actor sharing.Actor, packs []Pack, bodies [][]byte) error {
	refs, err := blob.PutMany(ctx, s.o.Blobs, bodies)
	if err != nil {
		return err
	}
	for i := range packs {
		packs[i].Blob = refs[i].SHA256
	}
	updated := make([]bool, len(packs))
	for i, p := range packs {
		updated[i] = p.ID != 0
	}
	return s.o.Tx.Run(ctx, func(ctx context.Context) error {
		for i := range packs { // a transaction may run again
			if !updated[i] {
				packs[i].ID = 0
			}
		}
		acl, err := s.o.Packs.InternACL(ctx, packLabel(actor))
		if err != nil {
			return err
		}
		if err := s.o.Packs.SavePacks(ctx, packs); err != nil {
			return err
		}
		var fresh []id.ID
		var log []change.Entry
		for i, p := range packs {
			if !updated[i] {
				fresh = append(fresh, p.ID)
				continue
			}
			e := change.By(actor, change.Update, "pack", p.ID, acl)
			e.After = summary(p)
			log = append(log, e)
		}
		if len(fresh) > 0 { // SavePacks numbers new packs in a row
			e := change.By(actor, change.Create, "pack", slices.Min(fresh), acl)
			e.Last = slices.Max(fresh)
			log = append(log, e)
		}
		return s.o.Changes.Append(ctx, log...)
	})
}
