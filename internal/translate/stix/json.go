package stix

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// object builds one JSON object, members in the order in which they are added; empty ones are left out, as
// STIX demands.
type object struct{ b []byte }

func newObject(typ, stixID string) *object {
	o := &object{b: make([]byte, 0, 512)}
	o.b = append(o.b, '{')
	return o.text("type", typ).text("spec_version", "2.1").text("id", stixID)
}

func (o *object) name(n string) {
	if len(o.b) > 1 {
		o.b = append(o.b, ',')
	}
	o.b = append(append(append(o.b, '"'), n...), `":`...)
}

func (o *object) raw(n string, v []byte) *object {
	if len(v) > 0 {
		o.name(n)
		o.b = append(o.b, v...)
	}
	return o
}

func (o *object) text(n, v string) *object {
	if v != "" {
		o.name(n)
		o.b = appendText(o.b, v)
	}
	return o
}

func (o *object) number(n string, v int64) *object {
	o.name(n)
	o.b = strconv.AppendInt(o.b, v, 10)
	return o
}

func (o *object) list(n string, v []string) *object {
	if len(v) == 0 {
		return o
	}
	o.name(n)
	for i, s := range v {
		if i == 0 {
			o.b = append(o.b, '[')
		} else {
			o.b = append(o.b, ',')
		}
		o.b = appendText(o.b, s)
	}
	o.b = append(o.b, ']')
	return o
}

func (o *object) bytes() []byte { return append(o.b, '}') }

func appendText(b []byte, s string) []byte {
	b, _ = jsontext.AppendQuote(b, s) // an error means that broken UTF-8 was replaced
	return b
}
