package source

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/naming"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// Bounds of what is stored.
const (
	maxConfig = 256 << 10 // bytes
	maxSecret = 16 << 10
	maxTags   = 100
	maxHosts  = 200
)

func fold(s string) string { return naming.Fold(s) }

// defaultLabel completes the label of what a source brings: unmarked is AMBER, never CLEAR.
func defaultLabel(a *sharing.ACL) sharing.ACL {
	if a == nil {
		return sharing.ACL{Distribution: sharing.Community, TLP: marking.TLPAmber}
	}
	c := *a
	if c.TLP == marking.TLPUnset {
		c.TLP = marking.TLPAmber
	}
	return c
}

// check cleans a source and refuses what cannot be. All problems come together (errors.Join), each an
// *errs.Error whose Subject is the field.
func (s *Service) check(src *Source) error {
	var list []error
	add := func(err error) {
		if err != nil {
			list = append(list, err)
		}
	}
	var err error
	src.Name, err = naming.Name("name", src.Name)
	add(err)
	if err == nil || src.Publisher != "" { // without one it is the name, which is complained about already
		src.Publisher, err = naming.Name("publisher", src.Publisher)
		add(err)
	}
	src.Tags, err = naming.Tags("tags", src.Tags, maxTags)
	add(err)
	add(checkChoice("plane", src.Plane, Traffic, Files, Intranet, Extranet))
	if src.Accept < TrustNothing || src.Accept > TrustAll {
		add(bad("accept", "takes 0 (nothing), 1 (what is stated as such) or 2 (everything)"))
	}
	if src.Reliability != 0 && (src.Reliability < 'A' || src.Reliability > 'F') {
		add(bad("reliability", "takes a letter from A to F"))
	}
	src.ACL.Owner, src.ClaimACL.Owner = src.Org, src.Org
	src.ACL, src.ClaimACL = src.ACL.Normal(), src.ClaimACL.Normal()
	add(checkLabel("acl", src.ACL))
	add(checkLabel("claim_acl", src.ClaimACL))
	src.Schedule = strings.TrimSpace(src.Schedule)
	add(checkSchedule(src.Schedule))
	add(checkHandling(&src.Options))
	if !src.Builtin {
		add(s.checkConfig(src))
	}
	return errors.Join(list...)
}

func bad(field, problem string) *errs.Error {
	return errs.New(errs.Invalid, "bad_source_field", "{field} {problem}.", "field", field, "problem", problem).At(field)
}

func checkChoice[T ~string](field string, v T, choices ...T) error {
	if slices.Contains(choices, v) {
		return nil
	}
	names := make([]string, len(choices))
	for i, c := range choices {
		names[i] = string(c)
	}
	return bad(field, "takes one of "+strings.Join(names, ", "))
}

func checkLabel(field string, a sharing.ACL) error {
	switch {
	case a.Distribution > sharing.Group:
		return bad(field, "cannot inherit its distribution: choose who may see it")
	case a.Distribution == sharing.Group && a.SharingGroup == 0:
		return bad(field, "names no sharing group")
	case a.TLP > marking.TLPRed || a.PAP > marking.PAPRed:
		return bad(field, "has an unknown level")
	}
	return nil
}

func checkHandling(h *Handling) error {
	if h.MaxAgeDays < 0 || h.MaxAgeDays > 36500 {
		return bad("options.max_age_days", "lies between 0 and 36500")
	}
	if h.MaxItems < 0 || h.MaxItems > 1_000_000 {
		return bad("options.max_items", "lies between 0 and 1000000")
	}
	if len(h.Hosts) > maxHosts {
		return bad("options.hosts", "has more than 200 hosts")
	}
	for i, host := range h.Hosts {
		v, err := observable.Canonical(observable.Domain, host)
		if err != nil || v.Type != observable.Domain {
			return bad("options.hosts", "has an entry that is no host name: "+naming.Clip(host, 80))
		}
		h.Hosts[i] = v.Text
	}
	for _, t := range h.Types {
		if _, ok := observable.Parse(t); !ok {
			return bad("options.types", "has an unknown type: "+naming.Clip(t, 80))
		}
	}
	var err error
	if h.Lang, err = naming.Line("options.lang", h.Lang, 20); err != nil {
		return err
	}
	h.Preset, err = naming.Line("options.preset", h.Preset, naming.MaxName)
	return err
}

// checkConfig lets the kind judge its configuration. Secrets must not be in it.
func (s *Service) checkConfig(src *Source) error {
	k, ok := s.kind(src.Kind)
	if !ok {
		names := make([]string, 0, len(s.o.Kinds))
		for _, k := range s.o.Kinds {
			names = append(names, k.Name)
		}
		return errs.New(errs.Invalid, "source_kind", "There is no kind of source {kind}: choose one of {kinds}.",
			"kind", naming.Clip(src.Kind, 80), "kinds", strings.Join(names, ", ")).At("kind")
	}
	if len(src.Config) == 0 {
		src.Config = jsonx.Raw("{}")
	}
	if len(src.Config) > maxConfig {
		return bad("config", "is larger than 256 KiB")
	}
	var members map[string]jsonx.Raw
	if err := jsonx.Unmarshal(src.Config, &members); err != nil {
		return errs.Wrap(err, errs.Invalid, "bad_source_config", "The configuration of the source cannot be read.").At("config")
	}
	var list []error
	for _, f := range k.Fields {
		v, given := members[f.Name]
		switch {
		case f.Type == feed.Secret && given:
			list = append(list, bad(f.Name, "is a secret: send it with the secrets, not in the configuration"))
		case f.Required && f.Type != feed.Secret && (!given || string(v) == `""` || string(v) == "null"):
			list = append(list, bad(f.Name, "is missing"))
		}
	}
	if len(list) > 0 || k.New == nil {
		return errors.Join(list...)
	}
	_, err := k.New(src.Config)
	if e, ok := errs.As(err); ok && e.Subject == "" {
		return e.At("config")
	}
	return err
}

// checkSecrets refuses secrets that the kind does not know.
func (s *Service) checkSecrets(kind string, secrets map[string]string) error {
	k, _ := s.kind(kind)
	for name, v := range secrets {
		if !slices.ContainsFunc(k.Fields, func(f feed.Field) bool { return f.Name == name && f.Type == feed.Secret }) {
			return bad(name, "is no secret of this kind of source")
		}
		if len(v) > maxSecret || strings.ContainsRune(v, 0) {
			return bad(name, "is longer than 16 KiB or holds a zero byte")
		}
	}
	return nil
}

// secretsStay refuses to send stored secrets to hosts that the source did not name when they were entered:
// who can change a source but does not know its credentials must not learn them.
func secretsStay(before, after Source, given map[string]string) error {
	old, fresh := hosts(before.Config), hosts(after.Config)
	for host := range fresh {
		if old[host] {
			continue
		}
		for _, name := range before.SecretsSet {
			if _, again := given[name]; !again {
				return errs.New(errs.Invalid, "secrets_again",
					"{host} is new to this source: enter its {field} again (or empty), so that it is not sent to a host that it was not meant for.",
					"host", host, "field", name).At(name)
			}
		}
	}
	return nil
}

// hosts returns the origins of all web addresses anywhere in a configuration.
func hosts(config jsonx.Raw) map[string]bool {
	out := map[string]bool{}
	var doc any
	if len(config) == 0 || jsonx.Unmarshal(config, &doc) != nil {
		return out
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, m := range v {
				walk(m)
			}
		case []any:
			for _, m := range v {
				walk(m)
			}
		case string:
			if u, err := url.Parse(strings.TrimSpace(v)); err == nil && u.Host != "" {
				out[strings.ToLower(u.Scheme+"://"+u.Host)] = true
			}
		}
	}
	walk(doc)
	return out
}

func sameJSON(a, b jsonx.Raw) bool {
	x, err1 := jsonx.Canonical(a)
	y, err2 := jsonx.Canonical(b)
	return err1 == nil && err2 == nil && string(x) == string(y)
}

// mayTrust asks for further permissions where a source would publish or accept by itself.
func mayTrust(a sharing.Actor, src, before Source) error {
	if src.Accept > before.Accept {
		if err := a.Need(sharing.ReviewIntel); err != nil {
			return err
		}
	}
	reach := func(l sharing.ACL) bool { return l.Distribution > sharing.Community }
	if reach(src.ClaimACL) && !src.ClaimACL.Equal(before.ClaimACL) || reach(src.ACL) && !src.ACL.Equal(before.ACL) {
		return a.Need(sharing.PublishIntel)
	}
	return nil
}
