// Package dingtalk owns the channel to a custom robot of a DingTalk 钉钉 group. Messages are of the
// type "text": markdown would let a report's title draw images and links. Signature: the query
// parameters timestamp (milliseconds) and sign, the Base64 of HMAC-SHA256 with the secret as key
// over "timestamp\nsecret" (open.dingtalk.com, custom robot security).
package dingtalk

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
	service = "DingTalk"
	// longestText keeps the whole request below the documented 20,000 bytes.
	longestText = 8000
)

// Kind describes the family member.
func Kind() notify.Kind {
	return notify.Kind{
		Name:  "dingtalk",
		Label: feed.Text{EN: "DingTalk", ZH: "钉钉"},
		Help:  feed.Text{EN: "Sends to a group through its custom robot.", ZH: "通过群自定义机器人发送消息。"},
		Fields: []feed.Field{
			{Name: "url", Type: feed.Secret, Required: true, Label: feed.Text{EN: "Robot address", ZH: "机器人 Webhook 地址"},
				Help: feed.Text{EN: "https://oapi.dingtalk.com/robot/send?access_token=… Whoever knows it can post.", ZH: "https://oapi.dingtalk.com/robot/send?access_token=… 知道地址即可发消息，请保密。"}},
			{Name: "secret", Type: feed.Secret, Label: feed.Text{EN: "Signing secret (SEC…)", ZH: "加签密钥（SEC…）"}},
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
	if secret := env.Secret("secret"); secret != "" {
		stamp := strconv.FormatInt(env.Clock().UnixMilli(), 10)
		q := u.Query()
		q.Set("timestamp", stamp)
		q.Set("sign", sign(stamp, secret))
		u.RawQuery = q.Encode()
	}
	o := notify.Prepare(m, r.ceiling)
	text := o.Heading() + "\n" + o.Text(longestText)
	if o.URL != "" {
		text += "\n" + o.LinkText() + " " + o.URL
	}
	return notify.PostChat(ctx, env, u.String(), request{Type: "text", Text: content{text}}, "errcode", "errmsg", refused)
}

func sign(timestamp, secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + "\n" + secret))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func refused(code int64, text string) error {
	switch code {
	case 130101, 410100: // over 20 a minute closes the robot for ten minutes
		return notify.Limited(service, code, 10*time.Minute)
	case 310000:
		return notify.Refused(errs.Invalid, service, code, text, "check the signing secret, this machine's clock, and the robot's keywords and addresses")
	case 300001, 300005, 40035, 400013, 400101, 400102:
		return notify.Refused(errs.Invalid, service, code, text, "check the robot's address; the robot may have been removed or switched off")
	case 400105, 43004, 40014:
		return notify.Refused(errs.Invalid, service, code, text, "the message has a wrong form; please report this")
	}
	return notify.Refused(errs.Unavailable, service, code, text, "it is tried again later")
}
