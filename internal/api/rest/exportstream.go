package rest

import (
	"context"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/export"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/share"
	"github.com/vedette-ti/vedette/internal/sharing"
)

type exportIn struct {
	request
	Q      string `query:"q" maxLength:"16384" doc:"Search language; everything when left out."`
	Format string `query:"format" default:"stix21" maxLength:"40"`
	All    bool   `query:"all"`
	TLP    string `query:"tlp" enum:"clear,green,amber,amber+strict,red" doc:"The highest that leaves; default amber."`
	Title  string `query:"title" maxLength:"300"`
	Inline bool   `query:"inline" doc:"Shown in place of downloaded."`
}

// export streams a selection. Trouble before the first byte is an answer like any other.
func (s *Server) export(ctx context.Context, in *exportIn) (*stream, error) {
	f, err := s.o.Share.Format(in.Format)
	if err != nil {
		return nil, err
	}
	r := share.Request{Query: in.Q, Format: f.Name, All: in.All, Ceiling: ceiling(in.TLP), Title: in.Title}
	from := s.o.Auth.Client(in.http).Address.String()
	return &stream{Body: func(c huma.Context) {
		req, w := unwrap(c)
		late := &lateWriter{w: w, open: func() { s.exportHead(w.Header(), f, in) }}
		counts, err := s.o.Share.Write(ctx, auth.ActorFrom(ctx), r, late)
		s.exported(ctx, share.Fetch{Format: f.Name, Query: in.Q, Address: from, Rows: counts.Rows, Status: statusOfExport(err)})
		switch {
		case err == nil:
			late.start()
		case late.began:
			s.o.Log.WarnContext(ctx, "export cut off", slog.String("request_id", requestID(ctx)), slog.Any("error", err))
			panic(http.ErrAbortHandler) // the client must not take it for whole
		default:
			s.writeProblem(w, req, err)
		}
	}}, nil
}

// ceiling reads a level that the schema has checked; none takes the default.
func ceiling(text string) sharing.Ceiling {
	level, _ := marking.ParseTLP(text)
	return sharing.Ceiling{TLP: level}
}

func unwrap(c huma.Context) (*http.Request, http.ResponseWriter) { return humago.Unwrap(c) }

func statusOfExport(err error) int {
	if err == nil {
		return http.StatusOK
	}
	return 499
}

func (s *Server) exportHead(h http.Header, f export.Format, in *exportIn) {
	h.Set("Content-Type", f.MediaType)
	kind := "attachment"
	if in.Inline {
		kind = "inline"
	}
	name := in.Title
	if name == "" {
		name = "vedette-" + s.o.Clock().UTC().Format("2006-01-02")
	}
	h.Set("Content-Disposition", mime.FormatMediaType(kind, map[string]string{"filename": safeName(name + f.Extension)}))
}

// exported notes who took a selection. The export has left: a failure is only logged.
func (s *Server) exported(ctx context.Context, f share.Fetch) {
	a := auth.ActorFrom(ctx)
	f.Account, f.Who = a.User, a.Name
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := s.o.Share.Log(ctx, f); err != nil {
		s.o.Log.ErrorContext(ctx, "export not recorded", slog.Any("error", err))
	}
}

// lateWriter sets the header with the first byte, so that an error before it can be an answer of its own.
type lateWriter struct {
	w     io.Writer
	open  func()
	began bool
}

func (l *lateWriter) start() {
	if !l.began {
		l.began = true
		l.open()
	}
}

// Write implements io.Writer.
func (l *lateWriter) Write(b []byte) (int, error) {
	l.start()
	return l.w.Write(b)
}

// safeName makes a foreign name fit for a download: one line, without folders.
func safeName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, plainText([]byte(name)))
	if name = strings.Trim(name, ". "); name == "" {
		return "file"
	}
	return clipped(name, 150)
}

// plainText makes bytes fit for an answer: valid UTF-8.
func plainText(b []byte) string { return strings.ToValidUTF8(string(b), "\uFFFD") }

// clipped shortens at a character's border.
func clipped(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && text[limit]&0xc0 == 0x80 {
		limit--
	}
	return text[:limit] + "…"
}

// formatShape is a format of exports.
type formatShape struct {
	Name      string `json:"name" example:"stix21"`
	MediaType string `json:"media_type"`
	Extension string `json:"extension"`
}

func (s *Server) exportFormats(context.Context, *empty) (*body[list[formatShape]], error) {
	return page(shapes(s.o.Share.Formats(), func(f export.Format) formatShape {
		return formatShape{Name: f.Name, MediaType: f.MediaType, Extension: f.Extension}
	}), ""), nil
}

type countExportIn struct {
	Q   string `query:"q" maxLength:"16384"`
	All bool   `query:"all"`
	TLP string `query:"tlp" enum:"clear,green,amber,amber+strict,red"`
}

// exportCounts tell what an export holds and what it holds back.
type exportCounts struct {
	Rows int64            `json:"rows"`
	Held map[string]int64 `json:"held" doc:"Visible claims that match and do not leave, by reason: proposed, rejected, not_to_ids, expired, ceiling, listed, own, no_value."`
}

func (s *Server) countExport(ctx context.Context, in *countExportIn) (*body[exportCounts], error) {
	counts, err := s.o.Share.Write(ctx, auth.ActorFrom(ctx), share.Request{Query: in.Q, Format: "ndjson", All: in.All, Ceiling: ceiling(in.TLP)}, io.Discard)
	return answer(exportCounts{Rows: counts.Rows, Held: counts.Held}), err
}

type whySelectionIn struct {
	Value string `query:"value" required:"true" maxLength:"16384" doc:"Defanged or not."`
	Type  string `query:"type" maxLength:"100" doc:"Left out: recognised. Rules need it."`
	Q     string `query:"q" maxLength:"16384"`
	All   bool   `query:"all"`
	TLP   string `query:"tlp" enum:"clear,green,amber,amber+strict,red"`
}

// whyShape says whether a value is on an export.
type whyShape struct {
	Value  valueShape `json:"value"`
	On     bool       `json:"on"`
	Claims []whyClaim `json:"claims" doc:"Empty: no visible claim states it."`
}

// whyClaim is one claim's part in it.
type whyClaim struct {
	Claim  claimShape `json:"claim"`
	Title  string     `json:"title,omitempty" doc:"Of its report."`
	Source string     `json:"source_name"`
	Reason string     `json:"reason,omitempty" enum:"proposed,rejected,not_to_ids,expired,ceiling,listed,own,no_value,query," doc:"Why it does not leave; left out when it does."`
}

func (s *Server) whySelection(ctx context.Context, in *whySelectionIn) (*body[whyShape], error) {
	return s.why(ctx, share.Request{Query: in.Q, All: in.All, Ceiling: ceiling(in.TLP)}, in.Type, in.Value)
}

type whyExportIn struct {
	ID    string `path:"id"`
	Value string `query:"value" required:"true" maxLength:"16384" doc:"Defanged or not."`
	Type  string `query:"type" maxLength:"100" doc:"Left out: recognised. Rules need it."`
}

func (s *Server) whyExport(ctx context.Context, in *whyExportIn) (*body[whyShape], error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	f, err := s.o.Share.Feed(ctx, actor, n)
	if err != nil {
		return nil, err
	}
	return s.why(ctx, f.Request(), in.Type, in.Value)
}

func (s *Server) why(ctx context.Context, r share.Request, stated, text string) (*body[whyShape], error) {
	v, err := s.valueOfText(stated, text)
	if err != nil {
		return nil, err
	}
	got, err := s.o.Share.Why(ctx, auth.ActorFrom(ctx), r, v)
	if err != nil {
		return nil, err
	}
	out := whyShape{Value: valueOf(0, v), On: got.On, Claims: []whyClaim{}}
	for _, c := range got.Claims {
		w := whyClaim{Claim: s.claimOf(c.Row.Claim), Source: c.Row.SourceName, Reason: c.Reason}
		if c.Row.Report != nil {
			w.Title = c.Row.Report.Title
		}
		out.Claims = append(out.Claims, w)
	}
	return answer(out), nil
}
