package watch

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/naming"
	"github.com/vedette-ti/vedette/internal/notify"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

const (
	defaultPerHour = 30
	maxPerHour     = 10_000
	maxConfig      = 64 << 10
	maxSecret      = 16 << 10
)

// Kinds returns the kinds of channel that can be made, for forms and the command line.
func (s *Service) Kinds() []notify.Kind { return s.o.Kinds }

func (s *Service) kind(name string) (notify.Kind, bool) {
	i := slices.IndexFunc(s.o.Kinds, func(k notify.Kind) bool { return k.Name == name })
	if i < 0 {
		return notify.Kind{}, false
	}
	return s.o.Kinds[i], true
}

// CreateChannel makes a channel of the actor's organisation; needs watches.manage.
func (s *Service) CreateChannel(ctx context.Context, a sharing.Actor, d ChannelDraft) (Channel, error) {
	if err := a.Need(sharing.ManageWatches); err != nil {
		return Channel{}, err
	}
	c := Channel{Org: a.Org, Owner: a.User, Kind: d.Kind, Name: d.Name, Config: d.Config, PerHour: d.PerHour, Enabled: d.Enabled, SecretsSet: []string{}}
	if c.PerHour == 0 {
		c.PerHour = defaultPerHour
	}
	if err := errors.Join(s.checkChannel(&c), s.checkSecrets(c.Kind, d.Secrets)); err != nil {
		return Channel{}, err
	}
	err := s.o.Tx.Run(ctx, func(ctx context.Context) error {
		made := c
		if err := s.o.Store.InsertChannel(ctx, &made); err != nil {
			return nameTaken(err, c.Name)
		}
		if err := s.setSecrets(ctx, &made, d.Secrets); err != nil {
			return err
		}
		c = made
		return s.note(ctx, a, change.Create, "channel", made.ID, nil, made)
	})
	return c, err
}

func nameTaken(err error, name string) error {
	if e, ok := errs.As(err); ok && e.Code == "exists" {
		return errs.Wrap(err, errs.Conflict, "channel_name_taken", "There is a channel {name} already: choose another name.", "name", name).At("name")
	}
	return err
}

// checkChannel cleans a channel and lets its kind judge the configuration.
func (s *Service) checkChannel(c *Channel) error {
	var err error
	if c.Name, err = naming.Name("name", c.Name); err != nil {
		return err
	}
	if c.PerHour < 1 || c.PerHour > maxPerHour {
		return bad("per_hour", "lies between 1 and 10000")
	}
	k, ok := s.kind(c.Kind)
	if !ok {
		names := make([]string, len(s.o.Kinds))
		for i, k := range s.o.Kinds {
			names[i] = k.Name
		}
		return bad("kind", "takes one of "+strings.Join(names, ", "))
	}
	if len(c.Config) == 0 {
		c.Config = jsonx.Raw("{}")
	}
	var members map[string]jsonx.Raw
	if len(c.Config) > maxConfig || jsonx.Unmarshal(c.Config, &members) != nil {
		return bad("config", "is not a JSON object of at most 64 KiB")
	}
	for _, f := range k.Fields {
		if _, given := members[f.Name]; given && f.Type == feed.Secret {
			return bad(f.Name, "is a secret: send it with the secrets, not in the configuration")
		}
	}
	if _, err := k.New(c.Config); err != nil {
		return err
	}
	c.TLP = marking.TLPAmber // as the kinds have it
	var level string
	if raw, ok := members["max_tlp"]; ok && jsonx.Unmarshal(raw, &level) == nil {
		if t, ok := marking.ParseTLP(level); ok {
			c.TLP = t
		}
	}
	return nil
}

func (s *Service) checkSecrets(kind string, secrets map[string]string) error {
	k, _ := s.kind(kind)
	for name, v := range secrets {
		if !slices.ContainsFunc(k.Fields, func(f feed.Field) bool { return f.Name == name && f.Type == feed.Secret }) {
			return bad(name, "is no secret of this kind of channel")
		}
		if len(v) > maxSecret || strings.ContainsRune(v, 0) {
			return bad(name, "is longer than 16 KiB or holds a zero byte")
		}
	}
	return nil
}

// UpdateChannel edits a channel: its maker may, and who manages the organisation's users.
func (s *Service) UpdateChannel(ctx context.Context, a sharing.Actor, n id.ID, e ChannelEdit) (Channel, error) {
	return s.changeChannel(ctx, a, n, change.Update, func(c *Channel) error {
		if c.Deleted {
			return errs.New(errs.Conflict, "channel_deleted", "The channel {name} is deleted.", "name", c.Name)
		}
		before := *c
		c.Version = e.Version
		set(&c.Name, e.Name)
		set(&c.Config, e.Config)
		set(&c.PerHour, e.PerHour)
		set(&c.Enabled, e.Enabled)
		c.Error = ""
		if err := errors.Join(s.checkChannel(c), s.checkSecrets(c.Kind, e.Secrets)); err != nil {
			return err
		}
		return secretsStay(before, *c, e.Secrets)
	}, e.Secrets)
}

// secretsStay refuses to send stored secrets to a host that the channel did not have when they were entered.
func secretsStay(before, after Channel, given map[string]string) error {
	old := hosts(before.Config)
	for host := range hosts(after.Config) {
		if old[host] {
			continue
		}
		for _, name := range before.SecretsSet {
			if _, again := given[name]; !again {
				return errs.New(errs.Invalid, "secrets_again",
					"{host} is new to this channel: enter its {field} again (or empty), so that it is not sent to a host that it was not meant for.",
					"host", host, "field", name).At(name)
			}
		}
	}
	return nil
}

// hosts returns every text at the top of a configuration that is or holds a host.
func hosts(config jsonx.Raw) map[string]bool {
	out := map[string]bool{}
	var members map[string]any
	if jsonx.Unmarshal(config, &members) != nil {
		return out
	}
	for name, v := range members {
		text, ok := v.(string)
		if !ok {
			continue
		}
		if u, err := url.Parse(strings.TrimSpace(text)); err == nil && u.Host != "" {
			out[strings.ToLower(u.Scheme+"://"+u.Host)] = true
		} else if name == "host" || name == "server" || name == "address" {
			out[strings.ToLower(text)] = true
		}
	}
	return out
}

// DeleteChannel ends a channel; watches that use it go on without it.
func (s *Service) DeleteChannel(ctx context.Context, a sharing.Actor, n id.ID, version int64) error {
	_, err := s.changeChannel(ctx, a, n, change.Delete, func(c *Channel) error {
		c.Deleted, c.Enabled, c.Version = true, false, version
		return nil
	}, nil)
	return err
}

// RestoreChannel undoes DeleteChannel; the channel comes back switched off.
func (s *Service) RestoreChannel(ctx context.Context, a sharing.Actor, n id.ID, version int64) error {
	_, err := s.changeChannel(ctx, a, n, change.Revive, func(c *Channel) error {
		c.Deleted, c.Version = false, version
		return nil
	}, nil)
	return err
}

func (s *Service) changeChannel(ctx context.Context, a sharing.Actor, n id.ID, op string, edit func(*Channel) error, secrets map[string]string) (Channel, error) {
	var out Channel
	err := s.o.Tx.Run(ctx, func(ctx context.Context) error {
		before, err := s.Channel(ctx, a, n)
		if err != nil {
			return err
		}
		if !mayTouch(a, before.Org, before.Owner) {
			return errs.New(errs.Forbidden, "channel_foreign", "The channel {name} was made by somebody else: only they or an administrator may change it.", "name", before.Name)
		}
		after := before
		if err := edit(&after); err != nil {
			return err
		}
		if err := s.o.Store.UpdateChannel(ctx, &after); err != nil {
			return nameTaken(err, after.Name)
		}
		if err := s.setSecrets(ctx, &after, secrets); err != nil {
			return err
		}
		out = after
		return s.note(ctx, a, op, "channel", n, before, after)
	})
	return out, err
}

// Channel returns a channel of the actor's organisation; needs watches.manage.
func (s *Service) Channel(ctx context.Context, a sharing.Actor, n id.ID) (Channel, error) {
	if err := a.Need(sharing.ManageWatches); err != nil {
		return Channel{}, err
	}
	return s.o.Store.Channel(ctx, a.Scope, n)
}

// Channels returns the channels of the actor's organisation in the order of names, and the next cursor.
func (s *Service) Channels(ctx context.Context, a sharing.Actor, f Filter, p report.Page) ([]Channel, string, error) {
	if err := a.Need(sharing.ManageWatches); err != nil {
		return nil, "", err
	}
	return s.o.Store.Channels(ctx, a.Scope, f, p)
}

// Test sends a test message over a channel at once and returns what came of it.
func (s *Service) Test(ctx context.Context, a sharing.Actor, n id.ID, lang string) error {
	c, err := s.Channel(ctx, a, n)
	if err != nil {
		return err
	}
	if !mayTouch(a, c.Org, c.Owner) {
		return errs.New(errs.Forbidden, "channel_foreign", "The channel {name} was made by somebody else: only they or an administrator may change it.", "name", c.Name)
	}
	m := notify.Message{ID: "test-" + n.String() + "-" + s.now().Format("20060102150405.000000"), Event: "channel.test", Time: s.now(), TLP: marking.TLPClear, Lang: lang}
	m.Title, m.Body = "Test message from Vedette", "The channel "+c.Name+" works."
	if lang == "zh" {
		m.Title, m.Body = "前哨测试消息", "渠道“"+c.Name+"”工作正常。"
	}
	err = s.send(ctx, c, m)
	text := ""
	if err != nil {
		text = shown(err)
	}
	return errors.Join(err, s.o.Tx.Run(ctx, func(ctx context.Context) error { return s.o.Store.SetChannelError(ctx, n, text) }))
}

// send hands a message to the channel's kind.
func (s *Service) send(ctx context.Context, c Channel, m notify.Message) error {
	k, ok := s.kind(c.Kind)
	if !ok {
		return bad("kind", "is not known on this host")
	}
	ch, err := k.New(c.Config)
	if err != nil {
		return err
	}
	secrets, err := s.secrets(ctx, c.ID)
	if err != nil {
		return err
	}
	env := s.o.Env
	env.Secret = func(name string) string { return secrets[name] }
	return ch.Send(ctx, env, m)
}

func sealContext(n id.ID) string { return "channel:" + n.String() }

func (s *Service) secrets(ctx context.Context, n id.ID) (map[string]string, error) {
	out := map[string]string{}
	sealed, err := s.o.Store.ChannelSecrets(ctx, sharing.System("send a notice"), n)
	if err != nil || len(sealed) == 0 {
		return out, err
	}
	plain, err := s.o.Box.Open(sealed, sealContext(n))
	if err != nil {
		return nil, err
	}
	return out, jsonx.Unmarshal(plain, &out)
}

// setSecrets merges given secrets (empty ones are removed) into the stored ones and fills c.SecretsSet.
func (s *Service) setSecrets(ctx context.Context, c *Channel, given map[string]string) error {
	if len(given) == 0 {
		return nil
	}
	have := map[string]string{}
	if slices.ContainsFunc(c.SecretsSet, func(name string) bool { _, again := given[name]; return !again }) {
		var err error
		if have, err = s.secrets(ctx, c.ID); err != nil {
			return err
		}
	}
	for name, v := range given {
		if have[name] = v; v == "" {
			delete(have, name)
		}
	}
	c.SecretsSet = slices.AppendSeq([]string{}, maps.Keys(have))
	slices.Sort(c.SecretsSet)
	if len(have) == 0 {
		return s.o.Store.SetChannelSecrets(ctx, c.ID, nil, c.SecretsSet)
	}
	plain, err := jsonx.Marshal(have)
	if err != nil {
		return err
	}
	sealed, err := s.o.Box.Seal(plain, sealContext(c.ID))
	if err != nil {
		return err
	}
	return s.o.Store.SetChannelSecrets(ctx, c.ID, sealed, c.SecretsSet)
}

// shown is what people may read of an error.
func shown(err error) string {
	e, ok := errs.As(err)
	if !ok {
		return "An internal error; the server's log has it."
	}
	c := *e
	c.Err = nil
	return naming.Clip(c.Error(), 1000)
}
