package secret

import (
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/vedette-ti/vedette/internal/jsonx"
)

// Mark stands where a secret was.
const Mark = "[secret]"

// minRedacted is the shortest value that is replaced: shorter ones would blank ordinary words.
const minRedacted = 6

// Redactor replaces registered secret values wherever they occur in text: plain, as in JSON, in a URL or in
// base64. The zero value is ready; it is safe for concurrent use.
type Redactor struct {
	mu     sync.Mutex
	values map[string]int // value → how often it was added
	active atomic.Pointer[strings.Replacer]
}

// Add registers secret values. Values under 6 bytes are left out.
func (r *Redactor) Add(values ...string) { r.change(1, values) }

// Remove takes values back, once for each time they were added.
func (r *Redactor) Remove(values ...string) { r.change(-1, values) }

func (r *Redactor) change(by int, values []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.values == nil {
		r.values = map[string]int{}
	}
	for _, v := range values {
		if len(v) < minRedacted {
			continue
		}
		if r.values[v] += by; r.values[v] <= 0 {
			delete(r.values, v)
		}
	}
	var forms []string
	for v := range r.values {
		forms = append(forms, spellings(v)...)
	}
	if len(forms) == 0 {
		r.active.Store(nil)
		return
	}
	// The replacer takes the first that fits, so the longest come first.
	slices.SortFunc(forms, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	forms = slices.Compact(forms)
	pairs := make([]string, 0, 2*len(forms))
	for _, f := range forms {
		pairs = append(pairs, f, Mark)
	}
	r.active.Store(strings.NewReplacer(pairs...))
}

// spellings returns the forms in which a value turns up in logs.
func spellings(v string) []string {
	quoted := strconv.Quote(v)
	b64 := base64.StdEncoding.EncodeToString([]byte(v))
	return []string{
		v, quoted[1 : len(quoted)-1], url.QueryEscape(v), url.PathEscape(v), url.UserPassword("", v).String()[1:],
		b64, strings.TrimRight(b64, "="), base64.RawURLEncoding.EncodeToString([]byte(v)),
	}
}

// Replace returns text with every registered value replaced by Mark.
func (r *Redactor) Replace(text string) string {
	if rep := r.active.Load(); rep != nil {
		return rep.Replace(text)
	}
	return text
}

// Handler wraps a slog handler so that messages and attributes of any type pass Replace.
func (r *Redactor) Handler(next slog.Handler) slog.Handler { return &handler{next: next, r: r} }

type handler struct {
	next slog.Handler
	r    *Redactor
}

func (h *handler) Enabled(ctx context.Context, l slog.Level) bool { return h.next.Enabled(ctx, l) }

func (h *handler) Handle(ctx context.Context, rec slog.Record) error {
	if h.r.active.Load() == nil {
		return h.next.Handle(ctx, rec)
	}
	clean := slog.NewRecord(rec.Time, rec.Level, h.r.Replace(rec.Message), rec.PC)
	rec.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(h.attr(a))
		return true
	})
	return h.next.Handle(ctx, clean)
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clean[i] = h.attr(a)
	}
	return &handler{next: h.next.WithAttrs(clean), r: h.r}
}

func (h *handler) WithGroup(name string) slog.Handler {
	return &handler{next: h.next.WithGroup(name), r: h.r}
}

func (h *handler) attr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindString:
		return slog.String(a.Key, h.r.Replace(v.String()))
	case slog.KindGroup:
		group := v.Group()
		clean := make([]slog.Attr, len(group))
		for i, g := range group {
			clean[i] = h.attr(g)
		}
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(clean...)}
	case slog.KindAny:
		return h.any(a.Key, v.Any())
	}
	return a
}

// any keeps a value as it is unless one of its texts holds a secret.
func (h *handler) any(key string, v any) slog.Attr {
	var text string
	switch v := v.(type) {
	case error:
		text = v.Error()
	case []byte:
		text = string(v)
	default:
		text = fmt.Sprintf("%+v", v)
		if js, err := jsonx.Marshal(v); err == nil { // follows pointers, as a JSON log does
			text += " " + string(js)
		}
	}
	if clean := h.r.Replace(text); clean != text {
		return slog.String(key, clean)
	}
	return slog.Any(key, v)
}
