package rig

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/jsonx"
)

// Client speaks to the API with a key.
type Client struct {
	Base, Key string
	// HTTP may be set; nil takes one with a time limit of a minute.
	HTTP *http.Client
}

// Refused is an answer that is no success.
type Refused struct {
	Status  int    `json:"-"`
	Code    string `json:"code"`
	Detail  string `json:"detail"`
	Subject string `json:"subject"`
	Type    string `json:"-"` // media type of the answer
	Body    string `json:"-"` // its beginning
}

// Error implements error.
func (r *Refused) Error() string {
	return fmt.Sprintf("status %d, %s: %s", r.Status, r.Code, r.Detail)
}

// Call sends in as JSON (nil: nothing) below /api/v1 and decodes the answer into out (nil: drops it).
func (c Client) Call(ctx context.Context, method, path string, in, out any, headers ...string) error {
	var body io.Reader
	media := ""
	if in != nil {
		b, err := jsonx.Marshal(in)
		if err != nil {
			return err
		}
		body, media = bytes.NewReader(b), "application/json"
	}
	res, err := c.Send(ctx, method, "/api/v1"+path, media, body, headers...)
	if err != nil {
		return err
	}
	defer res.Body.Close() //nolint:errcheck // only read
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode/100 != 2 {
		return refused(res, raw)
	}
	if out == nil || len(raw) == 0 {
		return nil
	}
	return jsonx.Unmarshal(raw, out)
}

// Send sends a request below Base as it is. headers are names and values in turn.
func (c Client) Send(ctx context.Context, method, path, media string, body io.Reader, headers ...string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.Base+path, body)
	if err != nil {
		return nil, err
	}
	if media != "" {
		req.Header.Set("Content-Type", media)
	}
	if c.Key != "" {
		req.Header.Set("Authorization", "Bearer "+c.Key)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	client := c.HTTP
	if client == nil {
		client = &http.Client{Timeout: time.Minute}
	}
	return client.Do(req)
}

// refused reads a problem; what is none is kept as text.
func refused(res *http.Response, raw []byte) error {
	r := &Refused{}
	if jsonx.Unmarshal(raw, r) != nil {
		r = &Refused{}
	}
	r.Status, r.Type, r.Body = res.StatusCode, res.Header.Get("Content-Type"), string(raw[:min(len(raw), 2000)])
	return r
}

// Answered tells a refusal (the server answered) from a broken connection.
func Answered(err error) (*Refused, bool) {
	var r *Refused
	ok := errors.As(err, &r)
	return r, ok
}

// The first administrator of a server that SetUp set up.
const (
	Email    = "bench@vedette.example"
	Password = "correct-horse-battery-staple-8320"
)

// SetUp makes the first administrator by the link that a fresh server prints, and an API key; the client uses
// the key from then on.
func (s *Server) SetUp(ctx context.Context) error {
	token := ""
	for range 100 {
		s.mu.Lock()
		token = s.link
		s.mu.Unlock()
		if token != "" {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if token == "" {
		return errors.New("the server printed no set-up link")
	}
	in, err := jsonx.Marshal(map[string]any{"token": token, "organisation": "Bench", "email": Email, "name": "Bench", "password": Password})
	if err != nil {
		return err
	}
	res, err := s.Send(ctx, http.MethodPost, "/api/v1/setup", "application/json", bytes.NewReader(in))
	if err != nil {
		return err
	}
	defer res.Body.Close() //nolint:errcheck // only read
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusCreated {
		return fmt.Errorf("set-up: %w", refused(res, raw))
	}
	var cookies []string
	for _, c := range res.Cookies() {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	var made struct {
		Key string `json:"key"`
	}
	if err := s.Call(ctx, http.MethodPost, "/me/keys", map[string]any{"name": "bench"}, &made, "Cookie", strings.Join(cookies, "; ")); err != nil {
		return fmt.Errorf("key: %w", err)
	}
	s.Key = made.Key
	return nil
}

// Idle waits until the queue holds nothing that is waiting or worked on. stuck is what has died for good.
func (c Client) Idle(ctx context.Context) (stuck int64, err error) {
	for quiet := 0; quiet < 3; {
		var depths struct {
			Items []struct {
				Ready   int64 `json:"ready"`
				Leased  int64 `json:"leased"`
				Delayed int64 `json:"delayed"`
				Dead    int64 `json:"dead"`
			} `json:"items"`
		}
		if err := c.Call(ctx, http.MethodGet, "/queue", nil, &depths); err != nil {
			return 0, err
		}
		open := int64(0)
		stuck = 0
		for _, d := range depths.Items {
			open += d.Ready + d.Leased + d.Delayed
			stuck += d.Dead
		}
		if quiet++; open > 0 {
			quiet = 0
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return stuck, ctx.Err()
		}
	}
	return stuck, nil
}
