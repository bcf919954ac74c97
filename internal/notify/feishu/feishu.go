// Package feishu owns the channel to a custom robot of a Feishu 飞书 (Lark) group: rich text of the
// type "post", whose parts are plain, so that nothing in a message can mention people or draw links.
// Signature: Base64 of HMAC-SHA256 with the key "timestamp\nsecret" over nothing, timestamp in
// seconds (open.feishu.cn, custom bot guide).
package feishu

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/notify"
)

const (
	service = "Feishu"
	// longestText keeps the whole request below the documented 20 KB, since JSON may write a
	// character in up to six bytes only for controls, which Prepare removed, and quotes in two.
	longestText = 8000
)

// Kind describes the family member.
func Kind() notify.Kind {
	return notify.Kind{
		Name:  "feishu",
		Label: feed.Text{EN: "Feishu (Lark)", ZH: "飞书"},
		Help:  feed.Text{EN: "Sends to a group through its custom robot.", ZH: "通过群自定义机器人发送消息。"},
		Fields: []feed.Field{
			{Name: "url", Type: feed.Secret, Required: true, Label: feed.Text{EN: "Robot address", ZH: "机器人 Webhook 地址"},
				Help: feed.Text{EN: "https://open.feishu.cn/open-apis/bot/v2/hook/… Whoever knows it can post.", ZH: "https://open.feishu.cn/open-apis/bot/v2/hook/… 知道地址即可发消息，请保密。"}},
			{Name: "secret", Type: feed.Secret, Label: feed.Text{EN: "Signing secret", ZH: "签名密钥"}},
			notify.CeilingField(),
		},
		Count: 100, Per: time.Minute,
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
		Timestamp string  `json:"timestamp,omitempty"`
		Sign      string  `json:"sign,omitempty"`
		Type      string  `json:"msg_type"`
		Content   content `json:"content"`
	}
	content struct {
		Post map[string]post `json:"post"`
	}
	post struct {
		Title   string   `json:"title"`
		Content [][]part `json:"content"`
	}
	part struct {
		Tag  string `json:"tag"`
		Text string `json:"text"`
		Href string `json:"href,omitempty"`
	}
)

// Send implements notify.Channel.
func (r *robot) Send(ctx context.Context, env notify.Env, m notify.Message) error {
	env = env.Filled()
	u, err := feed.CheckURL("url", env.Secret("url"))
	if err != nil {
		return err
	}
	o := notify.Prepare(m, r.ceiling)
	lines := [][]part{{{Tag: "text", Text: o.Text(longestText)}}}
	if o.URL != "" {
		lines = append(lines, []part{{Tag: "a", Text: o.LinkText(), Href: o.URL}})
	}
	locale := "en_us"
	if o.Lang == "zh" {
		locale = "zh_cn"
	}
	doc := request{Type: "post", Content: content{Post: map[string]post{locale: {Title: o.Heading(), Content: lines}}}}
	if secret := env.Secret("secret"); secret != "" {
		doc.Timestamp = strconv.FormatInt(env.Clock().Unix(), 10)
		doc.Sign = sign(doc.Timestamp, secret)
	}
	return notify.PostChat(ctx, env, u.String(), doc, "code", "msg", refused)
}

func sign(timestamp, secret string) string {
	return base64.StdEncoding.EncodeToString(hmac.New(sha256.New, []byte(timestamp+"\n"+secret)).Sum(nil))
}

func refused(code int64, text string) error {
	switch code {
	case 11232, 11233, 99991400:
		return notify.Limited(service, code, time.Minute)
	case 19001:
		return notify.Refused(errs.Invalid, service, code, text, "check the robot's address; the robot may have been removed")
	case 19021:
		return notify.Refused(errs.Invalid, service, code, text, "check the signing secret and this machine's clock")
	case 19022:
		return notify.Refused(errs.Invalid, service, code, text, "add this machine's address to the robot's list of addresses")
	case 19024:
		return notify.Refused(errs.Invalid, service, code, text, "the robot asks for a keyword; use the signature instead")
	case 9499:
		return notify.Refused(errs.Invalid, service, code, text, "the message has a wrong form; please report this")
	}
	return notify.Refused(errs.Unavailable, service, code, text, "it is tried again later")
}
