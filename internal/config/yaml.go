package config

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/vedette-ti/vedette/internal/errs"
)

// yaml reads a file into the loader. It walks the nodes itself, so that every problem has its line; anchors
// are refused, since a few lines of them can stand for millions.
func (l *loader) yaml(name string, text []byte) {
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc yaml.Node
	err := dec.Decode(&doc)
	if errors.Is(err, io.EOF) {
		return // empty or comments only
	}
	if err == nil {
		var more yaml.Node
		if e := dec.Decode(&more); e == nil {
			l.problem("", name+":"+strconv.Itoa(more.Line), errs.New(errs.Invalid, "config_yaml", "A second document begins here: the file holds one."))
		} else if !errors.Is(e, io.EOF) {
			err = e
		}
	}
	if err != nil {
		line, why := yamlError(err)
		l.problem("", name+line, errs.New(errs.Invalid, "config_yaml", "This is not YAML: {reason}.", "reason", why))
		return
	}
	if len(doc.Content) > 0 {
		l.mapping(name, "", doc.Content[0], 0)
	}
}

var lineInError = regexp.MustCompile(`line (\d+): `)

// yamlError splits a parser's error into ":line" and reason.
func yamlError(err error) (line, why string) {
	why = strings.TrimPrefix(err.Error(), "yaml: ")
	if m := lineInError.FindStringSubmatchIndex(why); m != nil {
		line = ":" + why[m[2]:m[3]]
		why = why[:m[0]] + why[m[1]:]
	}
	return line, why
}

func place(name string, n *yaml.Node) string { return name + ":" + strconv.Itoa(n.Line) }

// mapping reads the keys below a prefix ("", "store.").
func (l *loader) mapping(name, prefix string, n *yaml.Node, depth int) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return
	}
	if n.Kind != yaml.MappingNode || depth > 4 {
		l.problem(strings.TrimSuffix(prefix, "."), place(name, n), errs.New(errs.Invalid, "config_not_mapping",
			"{key} needs keys with values below it.", "key", orFile(strings.TrimSuffix(prefix, "."))))
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		key := prefix + k.Value
		if line, twice := seen[key]; twice {
			l.problem(key, place(name, k), errs.New(errs.Invalid, "config_twice", "{key} is also set at {place}: keep one of them.", "key", key, "place", name+":"+strconv.Itoa(line)))
			continue
		}
		seen[key] = k.Line
		if l.group(key) {
			l.mapping(name, key+".", v, depth+1)
			continue
		}
		l.node(name, key, k, v)
	}
}

func orFile(key string) string {
	if key == "" {
		return "the file"
	}
	return key
}

// group reports whether settings lie below the key.
func (l *loader) group(key string) bool {
	for _, k := range l.keys {
		if strings.HasPrefix(k, key+".") {
			return true
		}
	}
	return false
}

// node sets one setting from a scalar or a list of scalars.
func (l *loader) node(name, key string, k, v *yaml.Node) {
	from := Origin{Layer: FromFile, Place: place(name, k)}
	f, asFile, ok := l.find(key)
	switch {
	case !ok:
		l.unknown(key, from.Place)
	case v.Kind == yaml.AliasNode || v.Anchor != "":
		l.problem(key, place(name, v), errs.New(errs.Invalid, "config_anchor", "{key}: anchors and references are not taken here: write the value out.", "key", key))
	case v.Kind == yaml.ScalarNode && v.Tag == "!!null":
		// nothing after the colon: as if the key were not there
	case v.Kind == yaml.ScalarNode:
		l.put(key, v.Value, from)
	case v.Kind == yaml.SequenceNode && !asFile:
		l.list(name, f, v, from)
	default:
		l.problem(key, place(name, v), errs.New(errs.Invalid, "config_not_value", "{key} needs a single value.", "key", key))
	}
}

func (l *loader) list(name string, f leaf, v *yaml.Node, from Origin) {
	list := make([]string, 0, len(v.Content))
	for _, e := range v.Content {
		if e.Kind != yaml.ScalarNode || e.Anchor != "" {
			l.problem(f.key, place(name, e), errs.New(errs.Invalid, "config_not_value", "{key} needs single values in its list.", "key", f.key))
			return
		}
		list = append(list, e.Value)
	}
	if !f.setList(list) {
		l.problem(f.key, place(name, v), errs.New(errs.Invalid, "config_not_value", "{key} needs a single value.", "key", f.key))
		return
	}
	l.claim(f.key, from)
}
