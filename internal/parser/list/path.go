package list

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// step is one part of a path: a member name, an index, every element, or the key of the item.
type step struct {
	name  string
	index int
	kind  stepKind
}

type stepKind uint8

const (
	byName stepKind = iota
	byIndex
	byAll
	byKey
)

// parsePath reads "a.b[0].c", "$.a[*].b", "a['x.y']", "*". Empty is the value itself.
func parsePath(s string) ([]step, error) {
	if s == "$key" {
		return []step{{kind: byKey}}, nil
	}
	s = strings.TrimPrefix(strings.TrimPrefix(s, "$"), ".")
	var out []step
	for s != "" {
		if len(out) > 32 {
			return nil, fmt.Errorf("has too many parts")
		}
		if s[0] == '[' {
			end := strings.IndexByte(s, ']')
			if end < 0 {
				return nil, fmt.Errorf("has [ without ]")
			}
			st, err := bracket(s[1:end])
			if err != nil {
				return nil, err
			}
			out = append(out, st)
			s = strings.TrimPrefix(s[end+1:], ".")
			continue
		}
		end := strings.IndexAny(s, ".[")
		if end < 0 {
			end = len(s)
		}
		if end == 0 {
			return nil, fmt.Errorf("has an empty part")
		}
		if s[:end] == "*" {
			out = append(out, step{kind: byAll})
		} else {
			out = append(out, step{name: s[:end]})
		}
		if s = s[end:]; s != "" && s[0] == '.' {
			if s = s[1:]; s == "" {
				return nil, fmt.Errorf("ends in a point")
			}
		}
	}
	return out, nil
}

func bracket(s string) (step, error) {
	if s == "*" || s == "" {
		return step{kind: byAll}, nil
	}
	if n := len(s); n >= 2 && (s[0] == '\'' || s[0] == '"') && s[n-1] == s[0] {
		return step{name: s[1 : n-1]}, nil
	}
	i, err := strconv.Atoi(s)
	if err != nil || i < 0 {
		return step{}, fmt.Errorf("has [%s], which is no index", s)
	}
	return step{kind: byIndex, index: i}, nil
}

// find collects the values at a path inside a decoded item.
func find(v any, path []step, out []any) []any {
	if len(path) == 0 {
		return append(out, v)
	}
	st, rest := path[0], path[1:]
	switch t := v.(type) {
	case map[string]any:
		switch st.kind {
		case byName:
			if m, ok := t[st.name]; ok {
				return find(m, rest, out)
			}
		case byAll:
			for _, name := range slices.Sorted(maps.Keys(t)) {
				out = find(t[name], rest, out)
			}
		}
	case []any:
		switch st.kind {
		case byAll:
			for _, m := range t {
				out = find(m, rest, out)
			}
		case byIndex:
			if st.index < len(t) {
				return find(t[st.index], rest, out)
			}
		case byName: // a list where one item was expected: all of them
			for _, m := range t {
				out = find(m, path, out)
			}
		}
	}
	return out
}

// texts turns found values into strings: scalars as written, lists flattened, null and objects left out.
func texts(found []any, out []string) []string {
	for _, v := range found {
		switch t := v.(type) {
		case string:
			out = append(out, t)
		case float64:
			out = append(out, strconv.FormatFloat(t, 'f', -1, 64))
		case bool:
			out = append(out, strconv.FormatBool(t))
		case []any:
			out = texts(t, out)
		}
	}
	return out
}
