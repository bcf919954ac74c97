// Package fetch owns what an HTTP client has to know beyond connections: conditional requests,
// Retry-After, bounded bodies, and answers turned into errors a person can act on. It opens no
// connection (the edge egress does) and follows no rule of addresses; a Doer is handed to it.
package fetch

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
)

// Doer sends HTTP requests. *http.Client and egress clients satisfy it.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// Request is one GET.
type Request struct {
	URL    string
	Accept string
	// Header is added as it is, e.g. credentials; egress drops it on a redirect to another host.
	Header http.Header
	// Since makes the request conditional; the zero value asks for everything.
	Since Validators
	// Max is the largest accepted body in bytes, after decompression. It must be positive.
	Max int64
	// Now is used to read a Retry-After date; zero means time.Now.
	Now time.Time
}

// Response is a whole answer.
type Response struct {
	// NotModified tells that the page is as it was when Since was taken; Body is empty then.
	NotModified bool
	Body        []byte
	// URL is the final one, after redirects.
	URL string
	// MediaType is the declared Content-Type with its parameters, "" when absent.
	MediaType string
	// Name is the file name from Content-Disposition or else the last part of the path.
	Name string
	// Validators are what to send next time. After NotModified they are those of the request,
	// refreshed by what the answer repeats (RFC 9110 §15.4.5).
	Validators Validators
	// Modified is Last-Modified, zero when absent or unreadable.
	Modified time.Time
}

// Get fetches one page whole. Answers other than 200 (and 304 to a conditional request) are
// errors; see Status.
func Get(ctx context.Context, d Doer, r Request) (Response, error) {
	if d == nil {
		return Response{}, errs.New(errs.Unavailable, "no_egress", "No way out to the network is configured.")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.URL, nil)
	if err != nil {
		return Response{}, BadURL(r.URL, err)
	}
	for name, values := range r.Header {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	if r.Accept != "" {
		req.Header.Set("Accept", r.Accept)
	}
	r.Since.apply(req.Header)
	resp, err := d.Do(req)
	if err != nil {
		return Response{}, err
	}
	defer resp.Body.Close()
	out := Response{URL: r.URL, MediaType: resp.Header.Get("Content-Type"), Validators: validators(resp.Header)}
	if resp.Request != nil && resp.Request.URL != nil {
		out.URL = resp.Request.URL.String()
	}
	if t, err := http.ParseTime(resp.Header.Get("Last-Modified")); err == nil {
		out.Modified = t.UTC()
	}
	if resp.StatusCode == http.StatusNotModified && !r.Since.IsZero() {
		out.NotModified = true
		out.Validators = r.Since.refresh(out.Validators)
		return out, nil
	}
	if resp.StatusCode != http.StatusOK {
		return Response{}, Status(resp, r.now())
	}
	out.Name = fileName(resp.Header, out.URL)
	out.Body, err = Body(resp, r.Max)
	return out, err
}

func (r Request) now() time.Time {
	if r.Now.IsZero() {
		return time.Now()
	}
	return r.Now
}

// Body reads a whole answer of at most limit bytes; a longer one is errs.TooLarge. It does not close it.
func Body(resp *http.Response, limit int64) ([]byte, error) {
	host := hostOf(resp)
	if resp.ContentLength > limit {
		return nil, tooLarge(host, limit)
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		if _, shown := errs.As(err); shown {
			return nil, err
		}
		if errors.Is(err, context.Canceled) {
			return nil, err
		}
		return nil, errs.Wrap(err, errs.Unavailable, "answer_cut",
			"The answer of {host} broke off after {bytes} bytes; it is tried again at the next visit.", "host", host, "bytes", len(b))
	}
	if int64(len(b)) > limit {
		return nil, tooLarge(host, limit)
	}
	return b, nil
}

func tooLarge(host string, limit int64) error {
	return errs.New(errs.TooLarge, "answer_too_large",
		"The answer of {host} is larger than the limit of {limit} bytes; raise the source's size limit if this is right.",
		"host", host, "limit", limit)
}

// BadURL is the error for a string that is no usable URL. The URL itself is not repeated whole,
// since it may hold a token.
func BadURL(raw string, cause error) error {
	var ue *url.Error
	if errors.As(cause, &ue) {
		cause = ue.Err
	}
	return errs.Wrap(cause, errs.Invalid, "bad_url", "{url} is not a usable URL; write it as https://host/path.", "url", Redact(raw))
}

// Redact keeps scheme and host of a URL and hides the rest when it could hold a secret (user
// information, query, fragment); for logs and errors.
func Redact(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		const shown = 60
		s := strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f {
				return '�'
			}
			return r
		}, strings.ToValidUTF8(raw, "�"))
		if i := strings.LastIndexByte(s, '@'); i >= 0 {
			s = "…" + s[i:]
		}
		s, _, _ = strings.Cut(s, "?")
		if r := []rune(s); len(r) > shown {
			s = string(r[:shown]) + "…"
		}
		return s
	}
	s := u.Scheme + "://" + u.Host + u.EscapedPath()
	if u.RawQuery != "" || u.Fragment != "" {
		s += "?…"
	}
	return s
}

func hostOf(resp *http.Response) string {
	if resp.Request != nil && resp.Request.URL != nil {
		return resp.Request.URL.Host
	}
	return "the server"
}

// fileName returns a bare file name without any folder part, "" when nothing names one.
func fileName(h http.Header, finalURL string) string {
	if _, params, err := mime.ParseMediaType(h.Get("Content-Disposition")); err == nil {
		if name := baseName(params["filename"]); name != "" {
			return name
		}
	}
	u, err := url.Parse(finalURL)
	if err != nil {
		return ""
	}
	return baseName(u.Path)
}

func baseName(s string) string {
	s = path.Base(strings.ReplaceAll(strings.ToValidUTF8(s, ""), `\`, "/"))
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
	if s == "." || s == "/" || s == ".." {
		return ""
	}
	const longest = 200
	for len(s) > longest {
		r := []rune(s)
		s = string(r[:len(r)-1])
	}
	return s
}
