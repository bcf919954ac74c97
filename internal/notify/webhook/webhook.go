// Package webhook owns the channel that posts a message as JSON to a web address, signed as the
// Standard Webhooks specification says (standardwebhooks.com, symmetric signatures): the headers
// webhook-id, webhook-timestamp and webhook-signature, where the signature is "v1," and the Base64
// of HMAC-SHA256 over "id.timestamp.body".
package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/notify"
)

// Kind describes the family member.
func Kind() notify.Kind {
	return notify.Kind{
		Name:  "webhook",
		Label: feed.Text{EN: "Webhook", ZH: "Webhook"},
		Help: feed.Text{
			EN: "Posts each message as JSON, signed by HMAC-SHA256 (Standard Webhooks).",
			ZH: "以 JSON 发送每条消息，并用 HMAC-SHA256 签名（Standard Webhooks）。",
		},
		Fields: []feed.Field{
			{Name: "url", Type: feed.URL, Required: true, Label: feed.Text{EN: "Address", ZH: "地址"}},
			{Name: "secret", Type: feed.Secret, Label: feed.Text{EN: "Signing secret", ZH: "签名密钥"},
				Help: feed.Text{EN: "Any text, or a key like whsec_… in Base64.", ZH: "任意文本，或形如 whsec_… 的 Base64 密钥。"}},
			{Name: "authorization", Type: feed.Secret, Label: feed.Text{EN: "Authorization header", ZH: "Authorization 请求头"},
				Help: feed.Text{EN: "Sent as it is, e.g. Bearer abc.", ZH: "原样发送，例如 Bearer abc。"}},
			notify.CeilingField(),
		},
		New: func(config []byte) (notify.Channel, error) { return build(config) },
	}
}

type config struct {
	URL string `json:"url"`
	notify.Ceiling
}

func build(doc []byte) (*hook, error) {
	var c config
	if err := feed.Decode(doc, &c); err != nil {
		return nil, err
	}
	u, err := feed.CheckURL("url", c.URL)
	if err != nil {
		return nil, err
	}
	level, err := c.Level()
	return &hook{url: u.String(), ceiling: level}, err
}

type hook struct {
	url     string
	ceiling marking.TLP
}

// payload is the posted document. Fields are only ever added to it.
type payload struct {
	ID     string         `json:"id"`
	Type   string         `json:"type"`
	Time   time.Time      `json:"timestamp"`
	Title  string         `json:"title"`
	Body   string         `json:"body"`
	URL    string         `json:"url,omitempty"`
	TLP    string         `json:"tlp,omitempty"`
	Fields []notify.Field `json:"fields"`
}

// Send implements notify.Channel.
func (h *hook) Send(ctx context.Context, env notify.Env, m notify.Message) error {
	env = env.Filled()
	o := notify.Prepare(m, h.ceiling)
	body, err := jsonx.Marshal(payload{
		ID: o.ID, Type: o.Event, Time: o.Time.UTC(), Title: o.Title, Body: o.Body, URL: o.URL, TLP: o.TLP.String(), Fields: o.Fields,
	})
	if err != nil {
		return err
	}
	id, stamp := feed.Clean(o.ID, 200), strconv.FormatInt(env.Clock().Unix(), 10)
	header := http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {stamp}}
	if secret := env.Secret("secret"); secret != "" {
		header.Set("Webhook-Signature", Sign(secret, id, stamp, body))
	}
	if auth := env.Secret("authorization"); auth != "" {
		header.Set("Authorization", strings.TrimSpace(auth))
	}
	_, err = notify.Post(ctx, env, h.url, header, body)
	return err
}

// Sign returns the signature header for a delivery, for receivers written in Go too.
func Sign(secret, id, timestamp string, body []byte) string {
	key := []byte(secret)
	if encoded, ok := strings.CutPrefix(secret, "whsec_"); ok {
		if raw, err := base64.StdEncoding.DecodeString(encoded); err == nil {
			key = raw
		}
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
