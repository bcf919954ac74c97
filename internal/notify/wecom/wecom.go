// Package wecom owns the channel to a group robot of WeCom 企业微信: messages of the type "text", at
// most 2,048 bytes, unsigned; the key in the address is the only secret (developer.work.weixin.qq.com,
// group robot). The syntax that mentions people is taken out of messages.
package wecom

import (
	"context"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/notify"
)

const (
	service     = "WeCom"
	longestText = 2048 // bytes of UTF-8, of the whole content
)

// Kind describes the family member.
func Kind() notify.Kind {
	return notify.Kind{
		Name:  "wecom",
		Label: feed.Text{EN: "WeCom", ZH: "企业微信"},
		Help:  feed.Text{EN: "Sends to a group through its robot. Texts are cut to 2,048 bytes.", ZH: "通过群机器人发送消息，文本最长 2048 字节。"},
		Fields: []feed.Field{
			{Name: "url", Type: feed.Secret, Required: true, Label: feed.Text{EN: "Robot address", ZH: "机器人 Webhook 地址"},
				Help: feed.Text{EN: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=… Whoever knows it can post.", ZH: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=… 知道地址即可发消息，请保密。"}},
			notify.CeilingField(),
		},
		Count: 20, Per: time.Minute,
		New: func(config []byte) (notify.Channel, error) { return build(config) },
	}
}

func build(doc []byte) (*robot, error) {
	var c notify.Ceiling
	if err := feed.Decode(doc, &c); err != nil {
		return nil, err
	}
	level, err := c.Level()
	return &robot{ceiling: level}, err
}

type robot struct{ ceiling marking.TLP }

type (
	request struct {
		Type string  `json:"msgtype"`
		Text content `json:"text"`
	}
	content struct {
		Content string `json:"content"`
	}
)

// Send implements notify.Channel.
func (r *robot) Send(ctx context.Context, env notify.Env, m notify.Message) error {
	env = env.Filled()
	u, err := feed.CheckURL("url", env.Secret("url"))
	if err != nil {
		return err
	}
	doc := request{Type: "text", Text: content{text(notify.Prepare(m, r.ceiling))}}
	return notify.PostChat(ctx, env, u.String(), doc, "errcode", "errmsg", refused)
}

// text fits heading, body and link into the limit; the link goes first when it must, since half a
// link is none.
func text(o notify.Outgoing) string {
	link := ""
	if o.URL != "" && len(o.URL) < longestText/2 {
		link = "\n" + o.LinkText() + " " + o.URL
	}
	head := notify.Truncate(calm(o.Heading()), longestText/3, "…")
	rest := longestText - len(head) - len("\n") - len(link)
	body := calm(o.Text(rest))
	return head + "\n" + notify.Truncate(body, rest, "") + link
}

// calm breaks the syntax <@userid>, which would call people of the group.
func calm(s string) string { return strings.ReplaceAll(s, "<@", "< @") }

func refused(code int64, text string) error {
	switch code {
	case 45009, 45033: // more than 20 in a minute
		return notify.Limited(service, code, time.Minute)
	case 93000, 40001, 40014:
		return notify.Refused(errs.Invalid, service, code, text, "check the robot's address; the robot may have been removed")
	case 93004:
		return notify.Refused(errs.Invalid, service, code, text, "the robot is disabled; enable it in the group")
	case 93008:
		return notify.Refused(errs.Invalid, service, code, text, "the robot is not in the group any more")
	case 44004, 45002, 40008, 40058:
		return notify.Refused(errs.Invalid, service, code, text, "the message has a wrong form; please report this")
	}
	return notify.Refused(errs.Unavailable, service, code, text, "it is tried again later")
}
