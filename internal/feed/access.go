package feed

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"

	"github.com/vedette-ti/vedette/internal/fetch"
)

// Access is how a feed identifies itself to its server. It is embedded in the configuration of the
// kinds that use HTTP; the secrets "password", "token" and "header_value" come from Poll.Secret.
type Access struct {
	Username  string `json:"username,omitempty"`
	Header    string `json:"header,omitempty"` // name of the header that carries header_value
	UserAgent string `json:"user_agent,omitempty"`
}

// AccessFields are the form fields of Access.
func AccessFields() []Field {
	return []Field{
		{Name: "username", Type: String, Label: Text{"User name", "用户名"}, Help: Text{"For HTTP basic authentication.", "用于 HTTP 基本认证。"}},
		{Name: "password", Type: Secret, Label: Text{"Password", "密码"}},
		{Name: "token", Type: Secret, Label: Text{"Bearer token", "Bearer 令牌"}},
		{Name: "header", Type: String, Label: Text{"Header name", "请求头名称"},
			Help: Text{"A header that carries a key, e.g. X-Api-Key. It is only sent to the source's own host.", "携带密钥的请求头，例如 X-Api-Key；只发送给来源自己的主机。"}},
		{Name: "header_value", Type: Secret, Label: Text{"Header value", "请求头的值"}},
		{Name: "user_agent", Type: String, Label: Text{"User agent", "User-Agent"}},
	}
}

// MaxBytesField is the form field for the size limit of one item.
func MaxBytesField() Field {
	return Field{Name: "max_bytes", Type: Integer, Label: Text{"Size limit (bytes)", "大小上限（字节）"}, Default: int64(DefaultMaxBytes),
		Help: Text{"Larger items are not acquired; the log says which.", "超过上限的条目不会采集，日志会注明。"}}
}

// PatternFields are the form fields of include and exclude; what names the thing compared.
func PatternFields(what Text) []Field {
	return []Field{
		{Name: "include", Type: Lines, Label: Text{"Only these", "仅包含"}, Help: what},
		{Name: "exclude", Type: Lines, Label: Text{"Not these", "排除"}, Help: what},
	}
}

// Check tells what is wrong with the configured access.
func (a Access) Check() error {
	if a.Header != "" {
		switch name := textproto.CanonicalMIMEHeaderKey(a.Header); name {
		case "Host", "Content-Length", "Transfer-Encoding", "Connection", "Te", "Trailer", "Upgrade", "Accept-Encoding", "Range":
			return BadField("header", "cannot be "+name)
		}
		if strings.Trim(a.Header, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" || len(a.Header) > 100 {
			return BadField("header", "is not a header's name; letters, digits and hyphens are allowed")
		}
	}
	for field, v := range map[string]string{"user_agent": a.UserAgent, "username": a.Username} {
		if strings.ContainsAny(v, "\r\n\x00") || len(v) > 500 {
			return BadField(field, "has a line break or is longer than 500 characters")
		}
	}
	return nil
}

// Get fetches a page. Credentials go only to the origin of home, the configured address: a feed's
// articles may lie anywhere.
func (a Access) Get(ctx context.Context, env Env, p Poll, home string, r fetch.Request) (fetch.Response, error) {
	r.Now = env.Clock()
	r.Header = http.Header{}
	if a.UserAgent != "" {
		r.Header.Set("User-Agent", a.UserAgent)
	}
	if sameOrigin(home, r.URL) {
		if password := p.Secret("password"); a.Username != "" || password != "" {
			r.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(a.Username+":"+password)))
		}
		if token := p.Secret("token"); token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		if value := p.Secret("header_value"); a.Header != "" && value != "" {
			r.Header.Set(a.Header, value)
		}
	}
	return fetch.Get(ctx, env.HTTP, r)
}

func sameOrigin(a, b string) bool {
	u, err1 := url.Parse(a)
	v, err2 := url.Parse(b)
	return err1 == nil && err2 == nil && u.Scheme == v.Scheme && strings.EqualFold(u.Host, v.Host)
}
