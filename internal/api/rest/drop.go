package rest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/ingest"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/source"
)

func (s *Server) dropRoutes() {
	write := Rule{Need: writeIntel}
	const tag, codes = "drop", "drop_empty drop_one_of drop_form item_too_large owner_foreign queue_full address_form"
	register(s, op{Method: "POST", Path: "/drop", ID: "drop", Tag: tag, Streamed: true, Summary: "Take text, an address or files", Rule: write, Status: 202, Repeatable: true, Body: s.o.MaxUpload, Codes: codes, Doc: "When it answers, everything is on disk; the rest happens in the background: ask GET /drop/{id}. The same bytes under the same label are taken once."}, s.drop)
	s.takesDrop("/drop")
	register(s, op{Method: "POST", Path: "/drop/preview", ID: "preview-drop", Tag: tag, Summary: "Show what would come in", Rule: write, Repeatable: true, Body: s.o.MaxUpload, Codes: codes, Doc: "Nothing is kept."}, s.previewDrop)
	s.takesDrop("/drop/preview")
	register(s, op{Method: "GET", Path: "/drop/{id}", ID: "drop-status", Tag: tag, Summary: "What became of something dropped", Rule: write, Codes: "drop_missing"}, s.dropStatus)
}

// dropInput is text or an address; files come as multipart/form-data with the same fields and any number of
// parts named file.
type dropInput struct {
	Text     string      `json:"text,omitempty" maxLength:"67108864"`
	URL      string      `json:"url,omitempty" maxLength:"4000" doc:"A page to be fetched now."`
	Title    string      `json:"title,omitempty" maxLength:"500"`
	Name     string      `json:"name,omitempty" maxLength:"300" doc:"File name of the text; its ending may choose the parser."`
	TLP      string      `json:"tlp,omitempty" doc:"Short for label." enum:"clear,green,amber,amber+strict,red"`
	Label    *labelShape `json:"label,omitempty"`
	Tags     []string    `json:"tags,omitempty" maxItems:"100"`
	Password []string    `json:"passwords,omitempty" maxItems:"20" doc:"For archives; infected is always tried."`
	Accept   bool        `json:"accept,omitempty" doc:"Claims are accepted at once; needs intel.review."`
}

// takesDrop documents the forms of a drop.
func (s *Server) takesDrop(path string) {
	op := s.api.OpenAPI().Paths[path].Post
	in := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[dropInput](), true, "DropInput")
	form := &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{
		"meta": {Type: huma.TypeString, Description: "The JSON form without text, as a field before the files."},
		"file": {Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
	}}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/json": {Schema: in}, "text/plain": {Schema: &huma.Schema{Type: huma.TypeString}}, "multipart/form-data": {Schema: form},
	}}
}

// dropIn reads its body itself: files are taken one by one.
type dropIn struct{ httpRequest }

// httpRequest lets a handler read the request that huma hides.
type httpRequest struct{ r *http.Request }

// Resolve implements huma.Resolver.
func (h *httpRequest) Resolve(c huma.Context) []error {
	h.r, _ = humago.Unwrap(c)
	return nil
}

// maxFiles bounds one upload.
const maxFiles = 200

// dropped reads the items of a drop and hands them over one by one. With keep, files are on disk by then, and
// never whole in memory.
func (s *Server) dropped(ctx context.Context, r *http.Request, keep bool, take func(ingest.Drop) error) error {
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil && r.Header.Get("Content-Type") != "" {
		return errMedia
	}
	switch {
	case media == "multipart/form-data":
		form := multipart.NewReader(&cappedReader{r: r.Body, left: s.o.MaxUpload, limit: s.o.MaxUpload}, params["boundary"])
		return s.droppedFiles(ctx, form, keep, take)
	case media == "application/json":
		raw, err := readAll(r.Body, s.o.MaxBody)
		if err != nil {
			return err
		}
		var in dropInput
		if err := jsonx.UnmarshalExact(raw, &in); err != nil {
			return err
		}
		return s.droppedText(ctx, in, take)
	case media == "" || strings.HasPrefix(media, "text/"):
		raw, err := readAll(r.Body, s.o.MaxBody)
		if err != nil {
			return err
		}
		return s.droppedText(ctx, dropInput{Text: string(raw)}, take)
	}
	return errMedia
}

func readAll(r io.Reader, limit int64) ([]byte, error) {
	return io.ReadAll(&cappedReader{r: r, left: limit, limit: limit})
}

// cappedReader refuses what is longer than its limit.
type cappedReader struct {
	r           io.Reader
	left, limit int64
}

// Read implements io.Reader.
func (c *cappedReader) Read(p []byte) (int, error) {
	if int64(len(p)) > c.left+1 {
		p = p[:c.left+1]
	}
	n, err := c.r.Read(p)
	if c.left -= int64(n); c.left < 0 {
		return 0, errs.New(errs.TooLarge, "body_too_large", "The request body is over the limit of {limit} bytes.", "limit", c.limit)
	}
	return n, err
}

// template makes what all items of a drop share.
func (s *Server) template(ctx context.Context, in dropInput) (ingest.Drop, error) {
	d := ingest.Drop{Item: feed.Item{Title: strings.TrimSpace(in.Title), Tags: in.Tags}, Passwords: in.Password, Accept: in.Accept}
	if in.Accept {
		if err := auth.ActorFrom(ctx).Need(reviewIntel); err != nil {
			return d, err
		}
	}
	if in.TLP != "" {
		if in.Label == nil {
			in.Label = &labelShape{Distribution: int(sharing.Community)}
		}
		if err := in.Label.TLP.UnmarshalText([]byte(in.TLP)); err != nil {
			return d, errs.New(errs.Invalid, "tlp_unknown", "{value} is no TLP: clear, green, amber, amber+strict or red.", "value", in.TLP).At("tlp")
		}
	}
	var err error
	d.ACL, err = s.label(ctx, in.Label)
	return d, err
}

func (s *Server) droppedText(ctx context.Context, in dropInput, take func(ingest.Drop) error) error {
	switch {
	case in.Text != "" && in.URL != "":
		return errs.New(errs.Invalid, "drop_one_of", "Give a text or an address, not both.").At("url")
	case strings.TrimSpace(in.Text) == "" && in.URL == "":
		return errs.New(errs.Invalid, "drop_empty", "There is nothing to take: give a text, an address or files.")
	}
	d, err := s.template(ctx, in)
	if err != nil {
		return err
	}
	if in.URL == "" {
		d.Body, d.Name = []byte(in.Text), in.Name
		if d.Name == "" {
			d.MediaType = "text/plain"
		}
		if d.Name == "" && d.Title == "" {
			d.Title = firstLine(in.Text)
		}
		return keyed(d, take)
	}
	address := observable.Refang(strings.TrimSpace(in.URL))
	if u, err := url.Parse(address); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errs.New(errs.Invalid, "address_form", "{value} is no address of a page: write it as https://example.org/page.", "value", in.URL).At("url")
	}
	it, err := s.o.Fetch(ctx, address)
	if err != nil {
		return err
	}
	it.Title, it.Tags = d.Title, d.Tags
	d.Item = it
	return take(d)
}

// maxTitle bounds, in runes, what is taken of a text as its title.
const maxTitle = 120

// firstLine is what a pasted text is called when nobody says: its first line with words.
func firstLine(text string) string {
	for line := range strings.Lines(text) {
		words := strings.Join(strings.Fields(strings.TrimLeft(strings.ToValidUTF8(line, "\ufffd"), "#=*-> \t\ufeff")), " ")
		if words == "" {
			continue
		}
		if runes := []rune(words); len(runes) > maxTitle {
			return string(runes[:maxTitle-1]) + "…"
		}
		return words
	}
	return ""
}

// keyed names an item by its bytes and takes it: the same ones are the same report. Under another label they
// are another one: who may not see the first must find theirs, and not learn that there was one.
func keyed(d ingest.Drop, take func(ingest.Drop) error) error {
	d.Key = "drop:" + contentOf(d).String()
	if d.ACL != nil {
		label, err := jsonx.Marshal(d.ACL.Normal())
		if err != nil {
			return err
		}
		sum := sha256.Sum256(label)
		d.Key += "@" + hex.EncodeToString(sum[:8])
	}
	return take(d)
}

func contentOf(d ingest.Drop) blob.Hash {
	if d.Kept != nil {
		return d.Kept.SHA256
	}
	return sha256.Sum256(d.Body)
}

func sizeOf(d ingest.Drop) int64 {
	if d.Kept != nil {
		return d.Kept.Size
	}
	return int64(len(d.Body))
}

// errForm is the answer to a form that cannot be read; what is ours passes.
func errForm(err error) error {
	if _, ok := errs.As(err); ok || errors.Is(err, context.Canceled) {
		return err
	}
	return errs.Wrap(err, errs.Invalid, "drop_form", "The form with the files is broken or was cut off.")
}

// file takes the content of a part, onto the disk or into memory.
func (s *Server) file(ctx context.Context, part *multipart.Part, keep bool, d *ingest.Drop) (err error) {
	limit := min(s.o.MaxUpload, s.o.Ingest.MaxItem())
	if keep {
		ref, e := s.o.Blobs.Put(ctx, part, limit)
		d.Kept, err = &ref, e
	} else {
		d.Body, err = readAll(part, limit)
	}
	if e, ok := errs.As(err); ok && e.Kind == errs.TooLarge && e.Params["limit"] == limit && limit < s.o.MaxUpload {
		return errs.New(errs.TooLarge, "item_too_large", "{name} is larger than the {limit} bytes that are allowed.", "name", part.FileName(), "limit", limit)
	}
	if err != nil {
		return errForm(err)
	}
	d.Name, d.MediaType = part.FileName(), part.Header.Get("Content-Type")
	if d.MediaType == "application/octet-stream" {
		d.MediaType = ""
	}
	return nil
}

func (s *Server) droppedFiles(ctx context.Context, form *multipart.Reader, keep bool, take func(ingest.Drop) error) error {
	var in dropInput
	files := 0
	for {
		part, err := form.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return errForm(err)
		}
		switch part.FormName() {
		case "meta":
			raw, err := readAll(part, 1<<20)
			if err != nil {
				return errForm(err)
			}
			if err := jsonx.UnmarshalExact(raw, &in); err != nil {
				return err
			}
		case "file", "files", "files[]":
			if files++; files > maxFiles {
				return errs.New(errs.TooLarge, "drop_files", "At most {limit} files can be sent at once.", "limit", maxFiles)
			}
			d, err := s.template(ctx, in)
			if err != nil {
				return err
			}
			if err := s.file(ctx, part, keep, &d); err != nil {
				return err
			}
			if err := keyed(d, take); err != nil {
				return err
			}
		default:
			return errs.New(errs.Invalid, "drop_form", "The form has a field {name} that means nothing here; files are named file, the rest is JSON in meta.", "name", part.FormName())
		}
	}
	if files == 0 {
		return errs.New(errs.Invalid, "drop_empty", "There is nothing to take: give a text, an address or files.")
	}
	return nil
}

// takenShape is one item that was taken.
type takenShape struct {
	ID   string `json:"id" doc:"For GET /drop/{id}."`
	Name string `json:"name,omitempty"`
	URL  string `json:"url,omitempty"`
	Size int64  `json:"size"`
}

func (s *Server) drop(ctx context.Context, in *dropIn) (*body[list[takenShape]], error) {
	actor := auth.ActorFrom(ctx)
	src, err := s.o.Sources.Builtin(ctx, actor, actor.Org, source.KindDrop)
	if err != nil {
		return nil, err
	}
	var out []takenShape
	err = s.dropped(ctx, in.r, true, func(d ingest.Drop) error {
		if sizeOf(d) == 0 || d.Kept == nil && len(bytes.TrimSpace(d.Body)) == 0 {
			return errs.New(errs.Invalid, "drop_empty", "There is nothing to take: give a text, an address or files.").At(d.Name)
		}
		ids, err := s.o.Ingest.Drop(ctx, actor, src.ID, []ingest.Drop{d})
		if err != nil {
			return err
		}
		out = append(out, takenShape{ID: ids[0] + "." + contentOf(d).String(), Name: d.Name, URL: d.URL, Size: sizeOf(d)})
		return nil
	})
	if err != nil && len(out) > 0 { // what was taken before stays taken: say so
		if e, ok := errs.As(err); ok {
			return nil, e.At(strings.TrimPrefix(e.Subject+"; the "+strconv.Itoa(len(out))+" before it were taken", "; "))
		}
	}
	return page(out, ""), err
}

type dropPath struct {
	ID string `path:"id" doc:"As POST /drop answered." maxLength:"200"`
}

type dropStateShape struct {
	State   string   `json:"state" enum:"queued,done,quarantined,failed" doc:"queued: waits or is worked on; quarantined: could not be read; failed: gave up after several tries."`
	Reports []string `json:"reports" doc:"The reports that hold it."`
	Code    string   `json:"code,omitempty" doc:"Why it failed."`
	Message string   `json:"message,omitempty"`
}

func (s *Server) dropStatus(ctx context.Context, in *dropPath) (*body[dropStateShape], error) {
	actor := auth.ActorFrom(ctx)
	message, sum, ok := strings.Cut(in.ID, ".")
	hash, err := blob.ParseHash(sum)
	if raw, e := hex.DecodeString(message); !ok || err != nil || e != nil || len(raw) != 16 {
		return nil, errs.New(errs.NotFound, "drop_missing", "Nothing was dropped under this id.")
	}
	src, err := s.o.Sources.Builtin(ctx, actor, actor.Org, source.KindDrop)
	if err != nil {
		return nil, err
	}
	written, refused, err := s.o.Drops.Worked(ctx, ingest.Consumer, message)
	if err != nil {
		return nil, err
	}
	reports, err := s.o.Drops.ReportsWith(ctx, actor.Scope, src.ID, hash)
	if err != nil {
		return nil, err
	}
	out := dropStateShape{State: "queued", Reports: refs(reports)}
	switch {
	case refused:
		out.State = "quarantined"
	case written || len(reports) > 0:
		out.State = "done"
	default:
		dead, err := s.o.Queue.DeadLetters(ctx, ingest.Topic, 0, 1000)
		if err != nil {
			return nil, err
		}
		for _, d := range dead {
			if d.ID == message {
				out.State, out.Code, out.Message = "failed", d.Reason.Code, errs.Fill(d.Reason.Text, d.Reason.Params)
			}
		}
	}
	return answer(out), nil
}

// previewShape is what one item would bring.
type previewShape struct {
	Name       string         `json:"name,omitempty"`
	Title      string         `json:"title"`
	URL        string         `json:"url,omitempty"`
	Published  *time.Time     `json:"published,omitempty"`
	Claims     []previewClaim `json:"claims" doc:"At most 2,000."`
	Suppressed int            `json:"suppressed" doc:"Candidates found but not claimed."`
	Refused    []addResult    `json:"refused"`
	Code       string         `json:"code,omitempty" doc:"Why it could not be read."`
	Message    string         `json:"message,omitempty"`
	Params     map[string]any `json:"params,omitempty"`
}

type previewClaim struct {
	Type     string `json:"type"`
	Value    string `json:"value"`
	Defanged string `json:"defanged"`
	Comment  string `json:"comment,omitempty"`
	Listed   bool   `json:"listed,omitempty"`
	Own      bool   `json:"own,omitempty"`
}

// maxPreview bounds how many files one preview reads.
const maxPreview = 10

func (s *Server) previewDrop(ctx context.Context, in *dropIn) (*body[list[previewShape]], error) {
	actor := auth.ActorFrom(ctx)
	src, err := s.o.Sources.Builtin(ctx, actor, actor.Org, source.KindDrop)
	if err != nil {
		return nil, err
	}
	var out []previewShape
	err = s.dropped(ctx, in.r, false, func(d ingest.Drop) error {
		if len(out) == maxPreview {
			return errs.New(errs.TooLarge, "drop_files", "At most {limit} files can be sent at once.", "limit", maxPreview)
		}
		out = append(out, s.previewOf(d.Name, s.o.Ingest.PreviewItem(ctx, actor, src, d)))
		return nil
	})
	return page(out, ""), err
}

func (s *Server) previewOf(name string, f ingest.Finding) previewShape {
	out := previewShape{Name: name, Title: f.Title, URL: f.URL, Published: when(f.Published), Claims: []previewClaim{}, Suppressed: f.Suppressed, Refused: []addResult{}}
	for i, c := range f.Claims {
		if i == 2000 {
			break
		}
		p := previewClaim{Type: c.Type, Value: c.Stated, Defanged: c.Stated, Comment: c.Comment, Listed: len(c.Listed) > 0, Own: len(c.Assets) > 0}
		if m, err := s.o.Reports.Mean(c.Type, c.Stated); err == nil && len(m.Parts) > 0 {
			p.Type, p.Defanged = m.Type, observable.Defang(m.Parts[0])
		}
		out.Claims = append(out.Claims, p)
	}
	for _, r := range f.Refused {
		out.Refused = append(out.Refused, addResult{Index: r.Index, Value: r.Item, Status: "refused", Code: r.Code, Message: r.Reason, Params: shown(r.Params)})
	}
	if f.Err != nil {
		out.Code, out.Message = "internal", "It could not be read."
		if e, ok := errs.As(f.Err); ok {
			out.Code, out.Message, out.Params = e.Code, errs.Fill(e.Message, e.Params), shown(e.Params)
		}
	}
	return out
}
