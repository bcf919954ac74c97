package app

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/share"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/web"
)

// buildHTTP puts every path in one place.
func (a *App) buildHTTP(ctx context.Context) error {
	a.Metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	api, err := a.buildAPI(ctx)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]any{"status": "ok", "version": Version})
	})
	mux.HandleFunc("GET /readyz", a.readyz)
	mux.Handle("GET /metrics", a.metrics())
	mux.HandleFunc("GET /export/{token}", a.exportByToken)
	mux.Handle("/api/v1/", api)
	mux.Handle("/", web.Handler())
	a.handler = secureHeaders(mux)
	return nil
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	b, err := jsonx.Marshal(v)
	if err != nil {
		status, b = http.StatusInternalServerError, []byte(`{}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b)
}

// readyz answers 200 when every part works, else 503 with the reasons.
func (a *App) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	problems := a.ready(ctx)
	status := http.StatusOK
	if len(problems) > 0 {
		status = http.StatusServiceUnavailable
	}
	writeJSON(w, status, map[string]any{"ready": len(problems) == 0, "problems": problems})
}

// metrics serves Prometheus; by default to those who may see the system, since figures tell of data.
func (a *App) metrics() http.Handler {
	h := promhttp.HandlerFor(a.Metrics, promhttp.HandlerOpts{})
	if a.cfg.Metrics == "open" {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r, err := a.Auth.Authenticate(r)
		if err == nil {
			err = auth.ActorFrom(r.Context()).Need(sharing.ManageSystem)
		}
		if err != nil {
			http.Error(w, "metrics need a key with system.manage, or metrics: open in the configuration", http.StatusUnauthorized)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// exportByToken serves stable exports: no login, the token in the path is the right. Conditional requests
// are answered from the content's hash.
func (a *App) exportByToken(w http.ResponseWriter, r *http.Request) {
	token, _, _ := strings.Cut(r.PathValue("token"), ".") // an extension may follow for picky clients
	f, actor, err := a.Share.Open(r.Context(), token)
	if err != nil {
		a.exportFailed(w, r, err)
		return
	}
	c, err := a.Share.Copy(r.Context(), f, actor)
	if err != nil {
		a.exportFailed(w, r, err)
		return
	}
	format, err := a.Share.Format(f.Format)
	if err != nil {
		a.exportFailed(w, r, err)
		return
	}
	body, err := a.Blobs.Open(r.Context(), c.Ref.SHA256)
	if err != nil {
		a.exportFailed(w, r, err)
		return
	}
	defer body.Close() //nolint:errcheck // only read
	h := w.Header()
	h.Set("Content-Type", format.MediaType)
	h.Set("Cache-Control", "private, no-cache")
	h.Set("ETag", c.ETag)
	rec := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
	http.ServeContent(rec, r, "", time.Time{}, body)
	err = a.Share.Log(context.WithoutCancel(r.Context()), share.Fetch{
		Export: f.ID, Who: clipHeader(r.UserAgent()), Address: a.Auth.Client(r).Address.String(), Format: f.Format, Query: f.Query, ETag: c.ETag, Status: rec.status,
		Rows: c.Counts.Rows, Snapshot: c.Ref.SHA256,
	})
	if err != nil {
		a.log.ErrorContext(r.Context(), "fetch not recorded", slog.Any("error", err))
	}
}

func clipHeader(s string) string {
	if len(s) > 300 {
		return s[:300]
	}
	return s
}

func (a *App) exportFailed(w http.ResponseWriter, r *http.Request, err error) {
	status, text := http.StatusInternalServerError, "The export could not be made."
	if e, ok := errs.As(err); ok {
		text = e.Error()
		switch e.Kind {
		case errs.NotFound:
			status = http.StatusNotFound
		case errs.Unavailable:
			status = http.StatusServiceUnavailable
			w.Header().Set("Retry-After", "10")
		case errs.Forbidden:
			status = http.StatusForbidden
		}
	}
	if status == http.StatusInternalServerError {
		a.log.ErrorContext(r.Context(), "export failed", slog.Any("error", err))
	}
	http.Error(w, text, status)
}

type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (s *statusRecorder) WriteHeader(code int) {
	s.status = code
	s.ResponseWriter.WriteHeader(code)
}

// secureHeaders binds what browsers may do with anything from here.
func secureHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox") // the console sets its own
		if r.TLS != nil {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}
