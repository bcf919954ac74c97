package cli

import (
	"context"
	"net/http"
	"net/url"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

type watchCmd struct {
	List   watchListCmd   `cmd:"" help:"List watches."`
	Add    watchAddCmd    `cmd:"" help:"Watch a value, tag, asset, source or search."`
	Hits   watchHitsCmd   `cmd:"" help:"List what a watch found."`
	Test   watchTestCmd   `cmd:"" help:"Send a test message to every channel of a watch."`
	Remove watchRemoveCmd `cmd:"" help:"Delete watches."`
}

type watchListCmd struct {
	place
	paging
	Match string `arg:"" optional:"" help:"Part of a name."`
}

// Run implements the command.
func (k watchListCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{}, func(s *session) error {
		items, next, err := s.list(ctx, "/watches", matching(k.Match), k.Cursor, k.Limit)
		if err != nil {
			return err
		}
		return c.show(k.JSON, items, next, "id", "name", "kind", "query", "enabled", "channels", "hits", "last_hit", "error")
	})
}

type watchAddCmd struct {
	place
	output
	Name    string   `arg:"" help:"Name."`
	Kind    string   `enum:"value,tag,asset,source,search" default:"value" help:"value (default), tag, asset, source or search."`
	Query   string   `required:"" help:"The value, the name of the tag, the id of asset or source, or the search."`
	Channel []string `sep:"none" help:"Name or id of a channel; may be repeated."`
}

// Help is shown below the flags.
func (watchAddCmd) Help() string {
	return `Examples:
  vedette watch add "C2 of last year" --query 'evil[.]example' --channel soc
  vedette watch add Foxes --kind search --query '银狐 type:domain-name' --channel feishu`
}

// Run implements the command.
func (k watchAddCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{create: true}, func(s *session) error {
		channels := []string{}
		for _, name := range k.Channel {
			id, err := s.findID(ctx, "/channels", "channel", "name", name)
			if err != nil {
				return err
			}
			channels = append(channels, id)
		}
		var raw jsonx.Raw
		err := s.send(ctx, http.MethodPost, "/watches", nil, map[string]any{"name": k.Name, "kind": k.Kind, "query": k.Query, "channels": channels}, &raw)
		if err != nil {
			return err
		}
		return c.one(k.JSON, raw, "id", "name", "kind", "query", "enabled", "channels")
	})
}

type watchHitsCmd struct {
	place
	paging
	Name string `arg:"" help:"Name or id."`
}

// Run implements the command.
func (k watchHitsCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{}, func(s *session) error {
		id, err := s.findID(ctx, "/watches", "watch", "name", k.Name)
		if err != nil {
			return err
		}
		items, next, err := s.list(ctx, "/watches/"+id+"/hits", nil, k.Cursor, k.Limit)
		if err != nil {
			return err
		}
		return c.show(k.JSON, items, next, "at", "report", "claim")
	})
}

type watchTestCmd struct {
	place
	Name string `arg:"" help:"Name or id."`
}

// Run implements the command.
func (k watchTestCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{}, func(s *session) error {
		it, err := s.find(ctx, "/watches", "watch", "name", k.Name)
		if err != nil {
			return err
		}
		list, _ := member(it, "channels").([]any)
		if len(list) == 0 {
			return errs.New(errs.Invalid, "watch_silent", "The watch {name} has no channel: it shows its hits in the console only.", "name", k.Name)
		}
		var channels []string
		for _, x := range list {
			channels = append(channels, text(x))
		}
		return c.each(channels, func(id string) error { return s.testChannel(ctx, id) })
	})
}

func (s *session) testChannel(ctx context.Context, id string) error {
	return s.send(ctx, http.MethodPost, "/channels/"+url.PathEscape(id)+"/test", nil, nil, nil)
}

type watchRemoveCmd struct {
	place
	Names []string `arg:"" help:"Names or ids."`
}

// Run implements the command.
func (k watchRemoveCmd) Run(ctx context.Context, c *console) error {
	return k.remove(ctx, c, "/watches", "watch", "name", k.Names)
}

type channelCmd struct {
	List    channelListCmd    `cmd:"" help:"List channels."`
	Kinds   channelKindsCmd   `cmd:"" help:"List kinds of channel with their fields."`
	Add     channelAddCmd     `cmd:"" help:"Add a webhook, mail, Feishu, DingTalk or WeCom channel."`
	Test    channelTestCmd    `cmd:"" help:"Send a test message."`
	Enable  channelEnableCmd  `cmd:"" help:"Switch channels on."`
	Disable channelDisableCmd `cmd:"" help:"Switch channels off."`
	Remove  channelRemoveCmd  `cmd:"" help:"Delete channels."`
}

type channelListCmd struct {
	place
	paging
	Match string `arg:"" optional:"" help:"Part of a name."`
}

// Run implements the command.
func (k channelListCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{}, func(s *session) error {
		items, next, err := s.list(ctx, "/channels", matching(k.Match), k.Cursor, k.Limit)
		if err != nil {
			return err
		}
		return c.show(k.JSON, items, next, "id", "name", "kind", "enabled", "tlp", "per_hour", "error=last_error")
	})
}

type channelKindsCmd struct {
	place
	output
}

// Run implements the command.
func (k channelKindsCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{create: true}, func(s *session) error { return s.kinds(ctx, c, "/channels/kinds", k.JSON) })
}

type channelAddCmd struct {
	place
	output
	formFlags
	Name    string `arg:"" help:"Name."`
	Kind    string `required:"" help:"webhook, mail, feishu, dingtalk or wecom (see channel kinds)."`
	PerHour int    `help:"Most messages of an hour (default 30)."`
}

// Help is shown below the flags.
func (channelAddCmd) Help() string {
	return `Examples:
  vedette channel add soc --kind mail --field to=soc@example.org
  vedette channel add fox --kind feishu --secret url=feishu-url.txt`
}

// Run implements the command.
func (k channelAddCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{create: true}, func(s *session) error {
		f, err := s.kind(ctx, "/channels/kinds", k.Kind)
		if err != nil {
			return err
		}
		config, secrets, err := k.fill(c, f)
		if err != nil {
			return err
		}
		in := map[string]any{"kind": k.Kind, "name": k.Name, "config": config, "per_hour": k.PerHour}
		if len(secrets) > 0 {
			in["secrets"] = secrets
		}
		var raw jsonx.Raw
		if err := s.send(ctx, http.MethodPost, "/channels", nil, in, &raw); err != nil {
			return err
		}
		return c.one(k.JSON, raw, "id", "name", "kind", "enabled", "tlp", "config", "secrets_set")
	})
}

type channelNames struct {
	place
	Names []string `arg:"" help:"Names or ids."`
}

type (
	channelTestCmd    struct{ channelNames }
	channelEnableCmd  struct{ channelNames }
	channelDisableCmd struct{ channelNames }
	channelRemoveCmd  struct{ channelNames }
)

// Run implements the command.
func (k channelTestCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{}, func(s *session) error {
		return c.each(k.Names, func(name string) error {
			id, err := s.findID(ctx, "/channels", "channel", "name", name)
			if err != nil {
				return err
			}
			return s.testChannel(ctx, id)
		})
	})
}

// Run implements the command.
func (k channelEnableCmd) Run(ctx context.Context, c *console) error {
	return k.patch(ctx, c, "/channels", "channel", k.Names, map[string]any{"enabled": true})
}

// Run implements the command.
func (k channelDisableCmd) Run(ctx context.Context, c *console) error {
	return k.patch(ctx, c, "/channels", "channel", k.Names, map[string]any{"enabled": false})
}

// Run implements the command.
func (k channelRemoveCmd) Run(ctx context.Context, c *console) error {
	return k.remove(ctx, c, "/channels", "channel", "name", k.Names)
}
