package cli

import (
	"context"
	"os"
	"strconv"
	"strings"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

// formFlags fill the form of a kind of source or channel.
type formFlags struct {
	Field      []string `sep:"none" placeholder:"FIELD=VALUE" help:"A field of the kind; lists take one value a flag. See the kinds command for the fields."`
	FieldsJSON string   `name:"fields-json" placeholder:"JSON" help:"All fields as a JSON object."`
	Secret     []string `sep:"none" placeholder:"FIELD=FILE" help:"A credential, read from a file; - is standard input."`
}

// form is one kind of thing with fields.
type form struct {
	Name   string `json:"name"`
	Fields []struct {
		Name    string   `json:"name"`
		Type    string   `json:"type"`
		Choices []string `json:"choices"`
	} `json:"fields"`
}

// kind finds the form of a kind at /sources/kinds or /channels/kinds.
func (s *session) kind(ctx context.Context, path, name string) (form, error) {
	items, _, err := s.list(ctx, path, nil, "", 0)
	if err != nil {
		return form{}, err
	}
	var names []string
	for _, it := range items {
		var f form
		if err := jsonx.Unmarshal(it, &f); err != nil {
			return form{}, err
		}
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	return form{}, errs.New(errs.Invalid, "kind_unknown", "There is no kind {name}: it is one of {names}.", "name", name, "names", strings.Join(names, ", "))
}

// fill turns the flags into a configuration and secrets, by the types of the kind's fields.
func (k formFlags) fill(c *console, f form) (config jsonx.Raw, secrets map[string]string, err error) {
	values := map[string]any{}
	if k.FieldsJSON != "" {
		if err := jsonx.Unmarshal([]byte(k.FieldsJSON), &values); err != nil {
			return nil, nil, err
		}
	}
	types := map[string]string{}
	for _, x := range f.Fields {
		types[x.Name] = x.Type
	}
	for _, kv := range k.Field {
		name, text, ok := strings.Cut(kv, "=")
		kind, known := types[name]
		if !ok || !known || kind == "secret" {
			return nil, nil, badField(f, kv)
		}
		if err := put(values, name, text, kind); err != nil {
			return nil, nil, err
		}
	}
	secrets = map[string]string{}
	for _, kv := range k.Secret {
		name, file, ok := strings.Cut(kv, "=")
		if !ok || types[name] != "secret" {
			return nil, nil, badField(f, kv)
		}
		if secrets[name], err = readSecret(c, name, file); err != nil {
			return nil, nil, err
		}
	}
	config, err = jsonx.Marshal(values)
	return config, secrets, err
}

func badField(f form, text string) error {
	var names []string
	for _, x := range f.Fields {
		names = append(names, x.Name)
	}
	return errs.New(errs.Invalid, "field_form", "{text} is not FIELD=VALUE with a field of the kind {kind}: {fields}.", "text", text, "kind", f.Name, "fields", strings.Join(names, ", "))
}

func put(values map[string]any, name, text, kind string) error {
	switch kind {
	case "integer":
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return errs.New(errs.Invalid, "field_number", "{field} is a number, not {value}.", "field", name, "value", text)
		}
		values[name] = n
	case "boolean":
		b, err := strconv.ParseBool(text)
		if err != nil {
			return errs.New(errs.Invalid, "field_boolean", "{field} is true or false, not {value}.", "field", name, "value", text)
		}
		values[name] = b
	case "lines":
		list, _ := values[name].([]any)
		values[name] = append(list, text)
	case "mapping":
		var v any
		if err := jsonx.Unmarshal([]byte(text), &v); err != nil {
			return err
		}
		values[name] = v
	default:
		values[name] = text
	}
	return nil
}

func readSecret(c *console, name, file string) (string, error) {
	if file == "-" {
		return secretLine(c.in, name)
	}
	f, err := os.Open(file) //nolint:gosec // the user's own file
	if err != nil {
		return "", unreadable(file, err)
	}
	defer f.Close() //nolint:errcheck // only read
	return secretLine(f, name)
}
