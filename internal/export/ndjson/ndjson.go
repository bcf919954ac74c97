// Package ndjson writes exports as one JSON object a line, with everything that is known of a claim. The
// member names are those of the REST API and are only added to.
package ndjson

import (
	"bufio"
	"context"
	"io"
	"time"

	"github.com/vedette-ti/vedette/internal/export"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/report"
)

// Format returns the member.
func Format() export.Format {
	return export.Format{Name: "ndjson", MediaType: "application/x-ndjson", Extension: ".ndjson", Scored: true, Write: write}
}

type value struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

type container struct {
	ID        string    `json:"id"`
	UUID      id.UUID   `json:"uuid,omitzero"`
	Kind      string    `json:"kind"`
	Title     string    `json:"title"`
	URL       string    `json:"url,omitempty"`
	Publisher string    `json:"publisher,omitempty"`
	Published time.Time `json:"published,omitzero"`
}

type group struct {
	UUID id.UUID `json:"uuid,omitzero"`
	Name string  `json:"name"`
}

type line struct {
	ID          string       `json:"id"`
	UUID        id.UUID      `json:"uuid,omitzero"`
	Type        string       `json:"type"`
	Value       string       `json:"value"`
	Values      []value      `json:"values,omitempty"`
	Stated      string       `json:"stated"`
	Category    string       `json:"category,omitempty"`
	Relation    string       `json:"relation,omitempty"`
	Comment     string       `json:"comment,omitempty"`
	ToIDs       bool         `json:"to_ids"`
	State       string       `json:"state"`
	Confidence  int          `json:"confidence"`
	Pain        int          `json:"pain,omitzero"`
	Score       *int         `json:"score,omitempty"`
	Publishers  *int         `json:"publishers,omitempty"`
	Published   time.Time    `json:"published,omitzero"`
	FirstSeen   time.Time    `json:"first_seen,omitzero"`
	LastSeen    time.Time    `json:"last_seen,omitzero"`
	Created     time.Time    `json:"created,omitzero"`
	Modified    time.Time    `json:"modified,omitzero"`
	Expires     time.Time    `json:"expires,omitzero"`
	TLP         marking.TLP  `json:"tlp,omitzero"`
	PAP         marking.PAP  `json:"pap,omitzero"`
	Tags        []report.Tag `json:"tags,omitempty"`
	Object      *group       `json:"object,omitempty"`
	Report      *container   `json:"report,omitempty"`
	Source      string       `json:"source,omitempty"`
	Reliability string       `json:"reliability,omitempty"`
}

func write(ctx context.Context, w io.Writer, in export.Input) error {
	out := bufio.NewWriterSize(w, 64<<10)
	err := in.Rows(ctx, export.ByReport, func(row export.Row) error {
		b, err := jsonx.Marshal(lineOf(&row))
		if err != nil {
			return err
		}
		_, err = out.Write(append(b, '\n'))
		return err
	})
	if err != nil {
		return err
	}
	return out.Flush()
}

func lineOf(row *export.Row) line {
	c := &row.Claim
	l := line{
		ID: c.ID.String(), UUID: c.UUID, Type: c.Type, Value: c.Stated, Stated: c.Stated, Category: c.Category, Relation: c.Relation, Comment: c.Comment, ToIDs: c.ToIDs,
		State: c.State.String(), Confidence: c.Confidence, Pain: c.Pain, Published: c.Published.UTC(), FirstSeen: c.FirstSeen.UTC(), LastSeen: c.LastSeen.UTC(), Created: c.Created.UTC(),
		Modified: c.Modified.UTC(), Expires: c.Expires.UTC(), TLP: row.ACL.TLP, PAP: row.ACL.PAP, Source: row.SourceName, Reliability: row.Reliability,
		Score: figure(row.Score), Publishers: figure(row.Publishers),
	}
	for _, p := range c.Parts {
		l.Values = append(l.Values, value{p.Value.Type.String(), p.Value.Text})
	}
	if len(c.Parts) > 0 {
		l.Value = c.Parts[0].Value.Text
	}
	for _, t := range c.Tags {
		if !t.Local {
			l.Tags = append(l.Tags, t)
		}
	}
	if o := row.Object; o != nil {
		l.Object = &group{o.UUID, o.Name}
	}
	if r := row.Report; r != nil {
		l.Report = &container{r.ID.String(), r.UUID, string(r.Kind), r.Title, r.URL, r.Publisher.Name, r.Published.UTC()}
	}
	return l
}

// figure leaves out what was not asked for.
func figure(n int) *int {
	if n < 0 {
		return nil
	}
	return &n
}
