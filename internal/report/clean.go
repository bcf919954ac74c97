package report

import (
	"strings"
	"unicode/utf8"
)

// clean makes every text of the batch fit for a text column of any store: valid UTF-8 without zero bytes. Feeds
// state such texts, and one store refuses them for good, so that the whole batch would be lost.
func (b *Batch) clean() {
	if r := b.Report; r != nil {
		fit(&r.Key, &r.Title, &r.Summary, &r.Lang, &r.URL, &r.Publisher)
		fitAll(r.Tags, r.LocalTags)
	}
	for i := range b.Documents {
		d := &b.Documents[i]
		fit(&d.Key, &d.Name, &d.MediaType, &d.URL)
		for j := range d.Suppressed {
			fit(&d.Suppressed[j].Value)
		}
	}
	for i := range b.Objects {
		o := &b.Objects[i]
		fit(&o.Name, &o.MetaCategory, &o.Description, &o.Comment)
	}
	for i := range b.Claims {
		c := &b.Claims[i]
		fit(&c.Type, &c.Category, &c.Stated, &c.Comment, &c.Relation)
		fitAll(c.Tags, c.LocalTags)
	}
	for i := range b.Statements {
		s := &b.Statements[i]
		fit(&s.StixID, &s.Type, &s.Name)
	}
	for i := range b.Relationships {
		r := &b.Relationships[i]
		fit(&r.Type, &r.Source, &r.Target, &r.Comment)
	}
	for i := range b.Notes {
		n := &b.Notes[i]
		fit(&n.Target, &n.Kind, &n.Body, &n.Author)
	}
	for i := range b.Sightings {
		s := &b.Sightings[i]
		fit(&s.Type, &s.Value, &s.Origin)
	}
	for i := range b.Quarantine {
		q := &b.Quarantine[i]
		fit(&q.Item, &q.Place, &q.Code, &q.Reason, &q.Payload)
	}
}

func fit(texts ...*string) {
	for _, s := range texts {
		if strings.IndexByte(*s, 0) >= 0 || !utf8.ValidString(*s) {
			*s = strings.ReplaceAll(strings.ToValidUTF8(*s, "\uFFFD"), "\x00", "\uFFFD")
		}
	}
}

func fitAll(lists ...[]string) {
	for _, list := range lists {
		for i := range list {
			fit(&list[i])
		}
	}
}
