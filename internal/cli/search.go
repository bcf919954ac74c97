package cli

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/vedette-ti/vedette/internal/jsonx"
)

// searchCmd is a contract: vedette search QUERY --json.
type searchCmd struct {
	place
	output
	Query []string `arg:"" help:"Words, values (defanged or not), fields such as type:domain-name or tag:apt."`
	Limit int      `default:"20" help:"Most reports and most values to show; 0 shows all."`
}

// Help is shown below the flags.
func (searchCmd) Help() string {
	return `Begins with an exact answer when the query is one value, known or not; a pasted list of values becomes a table. Values are shown defanged; JSON has them as they are.

Examples:
  vedette search 'evil[.]example'
  vedette search 银狐 published:>2024-01
  vedette search --json --limit 0 'type:ipv4-addr tag:apt28'`
}

// found is what a search answers.
type found struct {
	Exact       jsonx.Raw   `json:"exact,omitempty"`
	LookedAt    jsonx.Raw   `json:"looked_at,omitempty"`
	Values      []jsonx.Raw `json:"values,omitempty"`
	Reports     []jsonx.Raw `json:"reports"`
	NextReports *string     `json:"next_reports"`
	Observables []jsonx.Raw `json:"observables"`
	NextValues  *string     `json:"next_observables"`
	Suggestions []string    `json:"suggestions"`
}

// searchMost is the most that one answer holds.
const searchMost = 100

// Run implements the command.
func (k searchCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{lists: true}, func(s *session) error {
		q := strings.Join(k.Query, " ")
		limit := k.Limit
		if limit <= 0 {
			limit = searchMost
		}
		var f found
		if err := s.get(ctx, "/search", url.Values{"q": {q}, "limit": {strconv.Itoa(min(limit, searchMost))}}, &f); err != nil {
			return err
		}
		if err := k.more(ctx, s, q, &f); err != nil {
			return err
		}
		if k.JSON {
			return printJSON(c, f)
		}
		return f.print(c)
	})
}

// more goes on where the first answer ends.
func (k searchCmd) more(ctx context.Context, s *session, q string, f *found) error {
	for _, part := range []struct {
		path  string
		items *[]jsonx.Raw
		next  **string
	}{{"/reports", &f.Reports, &f.NextReports}, {"/observables", &f.Observables, &f.NextValues}} {
		if *part.next == nil || k.Limit > 0 && len(*part.items) >= k.Limit {
			continue
		}
		most := 0
		if k.Limit > 0 {
			most = k.Limit - len(*part.items)
		}
		rest, next, err := s.list(ctx, part.path, url.Values{"q": {q}}, **part.next, most)
		if err != nil {
			return err
		}
		*part.items, *part.next = append(*part.items, rest...), nil
		if next != "" {
			*part.next = &next
		}
	}
	return nil
}

func (f found) print(c *console) error {
	if len(f.Exact) > 0 && string(f.Exact) != "null" {
		if err := printVerdict(c, f); err != nil {
			return err
		}
	}
	if len(f.Values) > 0 {
		return printValues(c, f.Values)
	}
	if len(f.Reports) > 0 {
		fmt.Fprintln(c.out, "Reports")
		if err := c.show(false, f.Reports, "", "id", "title", "source=source_name", "arrived=created", "claims=counts.claims", "where=snippet.text"); err != nil {
			return err
		}
	}
	if len(f.Observables) > 0 {
		fmt.Fprintln(c.out, "Values")
		if err := printValues(c, f.Observables); err != nil {
			return err
		}
	}
	if f.NextReports != nil || f.NextValues != nil {
		fmt.Fprintln(c.err, "There is more: --limit 0 shows all.")
	}
	if len(f.Reports)+len(f.Observables) == 0 && len(f.Exact) == 0 {
		fmt.Fprintln(c.err, "Nothing found.")
	}
	for _, q := range f.Suggestions {
		fmt.Fprintln(c.err, "Did you mean:", plain(q))
	}
	return nil
}

// printVerdict is the one line of an exact answer.
func printVerdict(c *console, f found) error {
	x := f.Exact
	value := text(member(x, "defanged")) + " (" + text(member(x, "type")) + ")"
	if known, _ := member(x, "known").(bool); !known {
		line := value + ": not known"
		if n := text(member(f.LookedAt, "reports")); n != "" {
			line += "; looked at " + n + " reports and " + text(member(f.LookedAt, "lists")) + " warninglists"
		}
		if lists := listNames(x); lists != "" {
			line += "; on " + lists
		}
		_, err := fmt.Fprintln(c.out, plain(line))
		return err
	}
	count := func(name, what string) string {
		n, _ := member(x, name).(float64)
		return plural(int(n), what)
	}
	line := fmt.Sprintf("%s: score %s, %s, %s, last %s", value, text(member(x, "score")), count("publishers", "publisher"), count("reports", "report"), text(member(x, "last")))
	if lists := listNames(x); lists != "" {
		line += ", on " + lists
	}
	if own := text(member(x, "own")); own != "" {
		line += ", ours: " + own
	}
	if expired, _ := member(x, "expired").(bool); expired {
		line += ", expired"
	}
	_, err := fmt.Fprintln(c.out, plain(line))
	return err
}

func listNames(x jsonx.Raw) string {
	list, _ := member(x, "lists").([]any)
	return text(list)
}

func printValues(c *console, items []jsonx.Raw) error {
	return c.show(false, items, "", "type", "value=defanged", "known", "score", "publishers", "reports", "last", "lists", "own")
}
