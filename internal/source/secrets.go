package source

import (
	"context"
	"maps"
	"slices"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// sealContext binds sealed secrets to their row.
func sealContext(n id.ID) string { return "source:" + n.String() }

// secrets opens what a source has stored.
func (s *Service) secrets(ctx context.Context, n id.ID) (map[string]string, error) {
	out := map[string]string{}
	sealed, err := s.o.Store.SourceSecrets(ctx, sharing.System("visit of a source"), n)
	if err != nil || len(sealed) == 0 {
		return out, err
	}
	plain, err := s.o.Box.Open(sealed, sealContext(n))
	if err != nil {
		return nil, err
	}
	return out, jsonx.Unmarshal(plain, &out)
}

// setSecrets merges given secrets (empty ones are removed) into the stored ones and fills src.SecretsSet.
func (s *Service) setSecrets(ctx context.Context, src *Source, given map[string]string) error {
	if len(given) == 0 {
		return nil
	}
	have := map[string]string{}
	// Stored secrets that do not open are given up only when all of them are entered anew.
	known := func(name string) bool { _, ok := given[name]; return ok }
	if !allOf(src.SecretsSet, known) {
		var err error
		if have, err = s.secrets(ctx, src.ID); err != nil {
			return err
		}
	}
	for name, v := range given {
		if have[name] = v; v == "" {
			delete(have, name)
		}
	}
	src.SecretsSet = slices.AppendSeq([]string{}, maps.Keys(have))
	slices.Sort(src.SecretsSet)
	if len(have) == 0 {
		return s.o.Store.SetSourceSecrets(ctx, src.ID, nil, src.SecretsSet)
	}
	plain, err := jsonx.Marshal(have)
	if err != nil {
		return err
	}
	sealed, err := s.o.Box.Seal(plain, sealContext(src.ID))
	if err != nil {
		return err
	}
	return s.o.Store.SetSourceSecrets(ctx, src.ID, sealed, src.SecretsSet)
}

func allOf[T any](list []T, ok func(T) bool) bool {
	return !slices.ContainsFunc(list, func(v T) bool { return !ok(v) })
}
