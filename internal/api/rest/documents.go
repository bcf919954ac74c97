package rest

import (
	"context"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/report"
)

func (s *Server) documentRoutes() {
	read, write := Rule{Need: readIntel}, Rule{Need: writeIntel}
	const tag, missing = "reports", "report_missing document_missing bad_id"
	register(s, op{Method: "GET", Path: "/reports/{id}/documents", ID: "list-documents", Tag: tag, Summary: "Files and pages of a report", Rule: read, Codes: missing, Doc: "Current versions first, then older ones; without their sections."}, s.listDocuments)
	register(s, op{Method: "GET", Path: "/reports/{id}/documents/{document}", ID: "get-document", Tag: tag, Summary: "A file or page with its sections", Rule: read, Codes: missing}, s.getDocument)
	register(s, op{Method: "GET", Path: "/reports/{id}/documents/{document}/text", ID: "document-text", Tag: tag, Summary: "Decoded text", Rule: read, Codes: missing, Doc: "text/plain in UTF-8. Offsets of mentions and sections count its bytes. Takes Range."}, s.documentText)
	register(s, op{Method: "GET", Path: "/reports/{id}/documents/{document}/original", ID: "document-original", Tag: tag, Summary: "The file as it was acquired", Rule: read, Codes: missing, Doc: "As an attachment: it may be malicious. Takes Range."}, s.documentOriginal)
	register(s, op{Method: "GET", Path: "/reports/{id}/mentions", ID: "list-mentions", Tag: tag, Summary: "Where claims stand in the texts", Rule: read, Codes: missing + " unit_needs_document", Doc: "Whole, in the order of documents and places."}, s.listMentions)
	register(s, op{Method: "GET", Path: "/reports/{id}/suppressed", ID: "list-suppressed", Tag: tag, Summary: "What was found but not claimed, with its reason", Rule: read, Codes: missing + " bad_cursor"}, s.listSuppressed)
	register(s, op{Method: "GET", Path: "/reports/{id}/objects", ID: "list-objects", Tag: tag, Summary: "Claims grouped by a template", Rule: read, Codes: missing}, s.listObjects)
	register(s, op{Method: "GET", Path: "/reports/{id}/statements", ID: "list-statements", Tag: tag, Summary: "STIX objects as the source stated them", Rule: read, Codes: missing + " bad_cursor"}, s.listStatements)
	register(s, op{Method: "GET", Path: "/reports/{id}/notes", ID: "list-report-notes", Tag: tag, Summary: "Notes on a report, newest first", Rule: read, Codes: missing}, s.reportNotes)
	register(s, op{Method: "POST", Path: "/reports/{id}/notes", ID: "add-report-note", Tag: tag, Summary: "Write a note", Rule: write, Status: 201, Codes: missing + " note_empty note_too_long note_control note_kind owner_fixed_here"}, s.addReportNote)
	register(s, op{Method: "POST", Path: "/reports/{id}/presence", ID: "be-present", Tag: tag, Summary: "Say that one has the report open", Rule: read, Codes: missing, Repeatable: true, Doc: "Send it every ten seconds; it counts for thirty. Answers who else of the own organisation is there."}, s.bePresent)
	register(s, op{Method: "DELETE", Path: "/reports/{id}/presence", ID: "leave", Tag: tag, Summary: "Say that one has closed the report", Rule: read, Codes: missing}, s.leave)
}

// documentShape is one acquired version of a file or page.
type documentShape struct {
	ID         string            `json:"id"`
	Report     string            `json:"report"`
	Parent     string            `json:"parent,omitempty" doc:"The archive or mail it was in."`
	Name       string            `json:"name"`
	MediaType  string            `json:"media_type"`
	URL        string            `json:"url,omitempty"`
	Size       int64             `json:"size"`
	SHA256     string            `json:"sha256"`
	TextSize   int64             `json:"text_size" doc:"Bytes of the decoded text, 0 for none."`
	Parser     string            `json:"parser"`
	Charset    string            `json:"charset,omitempty"`
	Lang       string            `json:"lang,omitempty"`
	Meta       map[string]string `json:"meta,omitempty"`
	Sections   jsonx.Raw         `json:"sections,omitempty" doc:"Headings, pages, tables, sheets, rows: [{kind,title,start,end,level}], bytes of the text."`
	Warnings   jsonx.Raw         `json:"warnings,omitempty" doc:"[{place,reason}]"`
	Suppressed int               `json:"suppressed" doc:"How many candidates were found but not claimed."`
	Created    time.Time         `json:"created"`
	Published  *time.Time        `json:"published,omitempty"`
	Current    bool              `json:"current" doc:"The newest version of this file or page."`
}

func documentOf(d report.Document) documentShape {
	out := documentShape{
		ID: ref(d.ID), Report: ref(d.Report), Parent: ref(d.Parent), Name: d.Name, MediaType: d.MediaType, URL: d.URL, Size: d.Size, SHA256: d.Blob.String(), TextSize: d.TextSize,
		Parser: d.Parser, Charset: d.Charset, Lang: d.Lang, Meta: d.Meta, Suppressed: len(d.Suppressed), Created: d.Created, Published: when(d.Published), Current: d.Current, Warnings: d.Warnings,
	}
	if n, err := strconv.Atoi(d.Meta["suppressed"]); err == nil {
		out.Suppressed = n
	}
	return out
}

// documentPath is a path below a report.
type documentPath struct {
	ItemPath
	Document string `path:"document" doc:"Id of the document." example:"43"`
}

// documents reads the documents of a visible report.
func (s *Server) documents(ctx context.Context, in ItemPath) ([]report.Document, error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	scope := auth.ActorFrom(ctx).Scope
	if _, err := s.o.Reports.Get(ctx, scope, n); err != nil {
		return nil, err
	}
	return s.o.Reports.Reader().Documents(ctx, scope, n)
}

func (s *Server) document(ctx context.Context, in *documentPath) (report.Document, error) {
	want, err := id.Parse(in.Document)
	if err != nil {
		return report.Document{}, err
	}
	list, err := s.documents(ctx, in.ItemPath)
	if err != nil {
		return report.Document{}, err
	}
	for _, d := range list {
		if d.ID == want {
			return d, nil
		}
	}
	return report.Document{}, errs.New(errs.NotFound, "document_missing", "Report {report} has no document {id}.", "report", in.ID, "id", want)
}

func (s *Server) listDocuments(ctx context.Context, in *ItemPath) (*body[list[documentShape]], error) {
	found, err := s.documents(ctx, *in)
	if err != nil {
		return nil, err
	}
	out := make([]documentShape, len(found))
	for i, d := range found {
		out[i] = documentOf(d)
	}
	return page(out, ""), nil
}

func (s *Server) getDocument(ctx context.Context, in *documentPath) (*body[documentShape], error) {
	d, err := s.document(ctx, in)
	if err != nil {
		return nil, err
	}
	out := documentOf(d)
	out.Sections = d.Sections
	return answer(out), nil
}

func (s *Server) documentText(ctx context.Context, in *documentPath) (*stream, error) {
	d, err := s.document(ctx, in)
	if err != nil {
		return nil, err
	}
	if d.TextSize == 0 {
		return &stream{Body: func(c huma.Context) {
			c.SetHeader("Content-Type", "text/plain; charset=utf-8")
			c.SetStatus(http.StatusOK)
		}}, nil
	}
	return s.content(ctx, d.TextBlob, func(h http.Header) { h.Set("Content-Type", "text/plain; charset=utf-8") })
}

func (s *Server) documentOriginal(ctx context.Context, in *documentPath) (*stream, error) {
	d, err := s.document(ctx, in)
	if err != nil {
		return nil, err
	}
	return s.content(ctx, d.Blob, func(h http.Header) { attachment(h, d.Name) })
}

// attachment makes browsers save a file, whatever it is, and never show it.
func attachment(h http.Header, name string) {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
	if name = strings.Trim(name, " ."); name == "" {
		name = "file"
	}
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Download-Options", "noopen")
}

// content answers with a blob. Whole text may leave compressed; a part is asked for by Range.
func (s *Server) content(ctx context.Context, hash blob.Hash, headers func(http.Header)) (*stream, error) {
	f, err := s.o.Blobs.Open(ctx, hash)
	if err != nil {
		return nil, err
	}
	return &stream{Body: func(c huma.Context) {
		defer f.Close() //nolint:errcheck // only read
		r, w := humago.Unwrap(c)
		headers(w.Header())
		if r.Header.Get("Range") == "" && acceptsGzip(r) {
			w.WriteHeader(http.StatusOK)
			_, _ = io.Copy(w, f) // the client is gone: nothing to tell
			return
		}
		w.Header().Set("ETag", `"`+hash.String()+`"`)
		http.ServeContent(w, r, "", time.Time{}, f)
	}}, nil
}

// mentionShape is a place of a claim in a text.
type mentionShape struct {
	Claim    string `json:"claim"`
	Document string `json:"document"`
	Start    int64  `json:"start"`
	End      int64  `json:"end"`
}

type mentionsIn struct {
	ItemPath
	Document string `query:"document" doc:"Only those in this document."`
	Unit     string `query:"unit" enum:"bytes,utf16" default:"bytes" doc:"What offsets count: bytes of the UTF-8 text, or UTF-16 code units as browsers do (needs document)."`
}

func (s *Server) listMentions(ctx context.Context, in *mentionsIn) (*body[list[mentionShape]], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	var only report.Document
	switch {
	case in.Document != "":
		if only, err = s.document(ctx, &documentPath{ItemPath: in.ItemPath, Document: in.Document}); err != nil {
			return nil, err
		}
	case in.Unit == "utf16":
		return nil, errs.New(errs.Invalid, "unit_needs_document", "UTF-16 offsets are given for one document at a time.").At("document")
	}
	scope := auth.ActorFrom(ctx).Scope
	if _, err := s.o.Reports.Get(ctx, scope, n); err != nil {
		return nil, err
	}
	found, err := s.o.Reports.Reader().Mentions(ctx, scope, report.Filter{Report: n, Document: only.ID})
	if err != nil {
		return nil, err
	}
	out := make([]mentionShape, 0, len(found))
	for _, m := range found {
		if only.ID == 0 || m.Document == only.ID {
			out = append(out, mentionShape{Claim: ref(m.Claim), Document: ref(m.Document), Start: m.Start, End: m.End})
		}
	}
	if in.Unit == "utf16" && len(out) > 0 {
		err = s.inUTF16(ctx, only, out)
	}
	return page(out, ""), err
}

// inUTF16 turns byte offsets into UTF-16 ones in one pass over the text.
func (s *Server) inUTF16(ctx context.Context, d report.Document, list []mentionShape) error {
	f, err := s.o.Blobs.Open(ctx, d.TextBlob)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	at := make([]int64, 0, 2*len(list))
	for _, m := range list {
		at = append(at, m.Start, m.End)
	}
	units, err := utf16Offsets(f, at)
	for i := range list {
		list[i].Start, list[i].End = units[list[i].Start], units[list[i].End]
	}
	return err
}

// suppressedShape is a candidate that is no indicator by itself.
type suppressedShape struct {
	Document string `json:"document"`
	Type     string `json:"type"`
	Value    string `json:"value"`
	Start    int64  `json:"start"`
	End      int64  `json:"end"`
	Reason   string `json:"reason" example:"private-range"`
}

type suppressedIn struct {
	ItemPath
	Paging
	Document string `query:"document" doc:"Only those in this document."`
}

type suppressedOut struct {
	Items   []suppressedShape `json:"items"`
	Next    *string           `json:"next"`
	Reasons map[string]int    `json:"reasons" doc:"How many for each reason, in all pages."`
}

func (s *Server) listSuppressed(ctx context.Context, in *suppressedIn) (*body[suppressedOut], error) {
	docs, err := s.documents(ctx, in.ItemPath)
	if err != nil {
		return nil, err
	}
	from := 0
	if in.Cursor != "" {
		if from, err = strconv.Atoi(in.Cursor); err != nil || from < 0 {
			return nil, errBadCursor
		}
	}
	out := suppressedOut{Items: []suppressedShape{}, Reasons: map[string]int{}}
	at := 0
	for _, d := range docs {
		if !d.Current && in.Document == "" || in.Document != "" && ref(d.ID) != in.Document {
			continue
		}
		for _, x := range d.Suppressed {
			out.Reasons[x.Reason]++
			if at >= from && len(out.Items) < in.Limit {
				out.Items = append(out.Items, suppressedShape{Document: ref(d.ID), Type: x.Type, Value: x.Value, Start: x.Start, End: x.End, Reason: x.Reason})
			}
			at++
		}
	}
	if next := from + len(out.Items); next < at {
		text := strconv.Itoa(next)
		out.Next = &text
	}
	return answer(out), nil
}

var errBadCursor = errs.New(errs.Invalid, "bad_cursor", "The cursor is not one that this list gave: start at the first page.")
