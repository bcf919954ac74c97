package rest

import (
	"context"
	"strings"

	"github.com/vedette-ti/vedette/internal/assess"
	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/observable/extract"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/taxonomy"
)

// lookupInput asks for values.
type lookupInput struct {
	Values []string `json:"values" minItems:"1" maxItems:"10000" doc:"Defanged or not." example:"[\"evil[.]example\",\"198.51.100.7\"]"`
}

// lookupShape is the answer for one value.
type lookupShape struct {
	Asked string `json:"asked" doc:"As it was sent."`
	SummaryShape
	Code string `json:"code,omitempty" doc:"Set when it is no value of a known type."`
}

func (s *Server) lookup(ctx context.Context, in *lines) (*body[list[lookupShape]], error) {
	var b lookupInput
	text, plain, err := in.read(&b)
	if err != nil {
		return nil, err
	}
	if plain {
		b.Values = text
	}
	if len(b.Values) > assess.MaxLookup {
		return nil, errs.New(errs.TooLarge, "lookup_too_large", "At most {limit} values can be looked up at once.", "limit", assess.MaxLookup)
	}
	out, err := s.lookUp(ctx, auth.ActorFrom(ctx).Scope, b.Values)
	return page(out, ""), err
}

// lookUp answers in the order of the input; a value asked for twice is looked up once.
func (s *Server) lookUp(ctx context.Context, scope sharing.Scope, asked []string) ([]lookupShape, error) {
	out := make([]lookupShape, len(asked))
	at := make([]int, len(asked))
	places := map[observable.Value]int{}
	var values []observable.Value
	for i, text := range asked {
		out[i].Asked = text
		v, ok := observable.Recognise(text)
		if !ok {
			at[i] = -1
			out[i].Code, out[i].Value, out[i].Defanged = "value_unknown", strings.TrimSpace(text), strings.TrimSpace(text)
			continue
		}
		if _, ok := places[v]; !ok {
			places[v] = len(values)
			values = append(values, v)
		}
		at[i] = places[v]
	}
	found, err := s.o.Assess.Lookup(ctx, scope, values)
	if err != nil {
		return nil, err
	}
	sums, err := s.summaries(ctx, found)
	if err != nil {
		return nil, err
	}
	for i, n := range at {
		if n >= 0 {
			out[i].SummaryShape = sums[n]
		}
	}
	return out, nil
}

type extractIn struct {
	Body struct {
		Text           string `json:"text" minLength:"1" maxLength:"16777216"`
		Types          string `json:"types,omitempty" maxLength:"2000" doc:"default, all, or names separated by commas." default:"default"`
		KeepSuppressed bool   `json:"keep_suppressed,omitempty" doc:"Also what is no indicator by itself, with its reason."`
	}
}

// foundShape is one indicator in a text.
type foundShape struct {
	Type       string      `json:"type"`
	Value      string      `json:"value"`
	Defanged   string      `json:"defanged" doc:"What to show."`
	Original   string      `json:"original" doc:"As written."`
	Start      int64       `json:"start" doc:"Bytes of the text in UTF-8."`
	End        int64       `json:"end"`
	Written    string      `json:"written" enum:"plain,defanged"`
	Confidence int         `json:"confidence"`
	Suppressed string      `json:"suppressed,omitempty" doc:"Why it is no indicator by itself."`
	Lists      []listShape `json:"lists,omitempty" doc:"Warninglists that hold it."`
}

// maxFound bounds one answer.
const maxFound = 50_000

type extractOut struct {
	Items      []foundShape   `json:"items"`
	Counts     map[string]int `json:"counts" doc:"By type, without suppressed ones."`
	Suppressed map[string]int `json:"suppressed" doc:"Suppressed ones by reason."`
	Truncated  bool           `json:"truncated,omitempty" doc:"There is more than is shown."`
}

func (s *Server) extract(ctx context.Context, in *extractIn) (*body[extractOut], error) {
	types, err := extract.ParseTypes(in.Body.Types)
	if err != nil {
		return nil, err
	}
	lists, err := s.o.Taxonomy.Loaded()
	if err != nil {
		return nil, err
	}
	x, err := extract.New(extract.Options{Types: types, Suppress: suppressing(lists)})
	if err != nil {
		return nil, err
	}
	names, err := s.listNames(ctx)
	if err != nil {
		return nil, err
	}
	out := extractOut{Items: []foundShape{}, Counts: map[string]int{}, Suppressed: map[string]int{}}
	err = x.Stream(ctx, strings.NewReader(in.Body.Text), func(r extract.Result) error {
		if r.Suppressed != "" {
			out.Suppressed[r.Suppressed]++
			if !in.Body.KeepSuppressed {
				return nil
			}
		} else {
			out.Counts[r.Type.String()]++
		}
		if len(out.Items) == maxFound {
			out.Truncated = true
			return nil
		}
		out.Items = append(out.Items, foundOf(r, lists, names))
		return nil
	})
	return answer(out), err
}

// suppressing keeps known false positives out, as the pipeline does.
func suppressing(lists *taxonomy.Matcher) func(observable.Type, string) (string, bool) {
	return func(t observable.Type, value string) (string, bool) {
		v, err := observable.Canonical(t, value)
		if err != nil {
			return "", false
		}
		for _, h := range lists.Match(v) {
			if h.Category != taxonomy.Known {
				return "warninglist:" + h.Name, true
			}
		}
		return "", false
	}
}

func foundOf(r extract.Result, lists *taxonomy.Matcher, names map[id.ID]listShape) foundShape {
	out := foundShape{
		Type: r.Type.String(), Value: r.Value, Defanged: r.Value, Original: strings.ToValidUTF8(r.Original, "\uFFFD"), Start: r.Start, End: r.End, Written: "plain", Confidence: r.Confidence, Suppressed: r.Suppressed,
	}
	if r.Defanged {
		out.Written = "defanged"
	}
	v, err := observable.Canonical(r.Type, r.Value)
	if err != nil {
		return out
	}
	out.Value, out.Defanged = v.Text, observable.Defang(v)
	for _, h := range lists.Match(v) {
		out.Lists = append(out.Lists, named(names, []id.ID{h.List})...)
	}
	return out
}
