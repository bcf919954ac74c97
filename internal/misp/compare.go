package misp

import (
	"bytes"
	"slices"

	"github.com/vedette-ti/vedette/internal/jsonx"
)

// Comparable rewrites a file of events so that two files that say the same are equal byte by byte: members
// that a server assigns are taken out (see Event), null, empty and default values are the same as none, and
// the rest is RFC 8785. Spellings of numbers, times and booleans stay: they must survive.
func Comparable(data []byte) ([]byte, error) {
	var v any
	if err := jsonx.UnmarshalLenient(bytes.TrimPrefix(data, []byte{0xEF, 0xBB, 0xBF}), &v); err != nil {
		return nil, err
	}
	b, err := jsonx.Marshal(withoutServerFields("", v))
	if err != nil {
		return nil, err
	}
	return jsonx.Canonical(b)
}

func withoutServerFields(name string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		if one, ok := v["Event"]; ok && len(v) == 1 {
			return withoutServerFields("Event", one)
		}
		if list, ok := v["response"]; ok && len(v) == 1 {
			return withoutServerFields("Event", list)
		}
		drop, defaults := serverFields(name)
		out := map[string]any{}
		for k, e := range v {
			if slices.Contains(drop, k) {
				continue
			}
			inner := k
			if name == "raw" || !slices.Contains([]string{"Event", "Attribute", "Object", "ObjectReference", "Tag", "Org", "Orgc"}, k) ||
				name != "Event" && name != "Object" && name != "Attribute" {
				inner = "raw" // kept as it is
			}
			e = withoutServerFields(inner, e)
			if name != "raw" && (isDefault(e) || defaults[k] != nil && defaults[k] == e) {
				continue
			}
			out[k] = e
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = withoutServerFields(name, v[i])
		}
		if name == "Event" && len(out) == 1 {
			return out[0]
		}
		return out
	}
	return v
}

func isDefault(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return !v
	case string:
		return v == "" || v == "0"
	case float64:
		return v == 0
	case []any:
		return len(v) == 0
	}
	return false
}

func serverFields(name string) (drop []string, defaults map[string]any) {
	switch name {
	case "Event":
		return eventCodec().drop, nil
	case "Attribute":
		return attributeCodec().drop, nil
	case "Object":
		return objectCodec().drop, nil
	case "ObjectReference":
		return referenceCodec().drop, nil
	case "Tag":
		return tagCodec().drop, map[string]any{"exportable": true}
	}
	return nil, nil
}
