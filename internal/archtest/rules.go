package archtest

import "strings"

// group is a ring of the design; a package may import its own allowances only.
type group string

const (
	ground    group = "ground"
	formats   group = "formats"
	nouns     group = "nouns"
	translate group = "translate"
	contracts group = "contracts"
	members   group = "members"
	lists     group = "lists" // family/all: wiring of members
	engines   group = "engines"
	edges     group = "edges"
	store     group = "store"
	api       group = "api"
	suites    group = "suites"
	wiring    group = "wiring"
)

// groups names the group of every package by its first path element, or by the whole path where that
// differs. A package that is not here fails the test: a newcomer must say where it belongs.
func groups() map[string]group {
	m := map[string]group{}
	for g, names := range map[group]string{
		ground:    "errs id marking jsonx query tx secret failpoint naming fetch realdata",
		formats:   "misp stix stix/pattern",
		nouns:     "observable observable/fang observable/extract observable/extract/corpus sharing change report assess graph indicator sighting note cases analysis taxonomy account source peer playbook dashboard audit asset watch quarantine share reply",
		translate: "translate/misp translate/stix",
		contracts: "feed parser analyzer responder export notify blob bus jobs",
		engines:   "ingest search match automate exchange",
		edges:     "auth egress egress/localfiles sandbox doctor backup",
		wiring:    "config app cli archtest bench",
	} {
		for name := range strings.FieldsSeq(names) {
			m[name] = g
		}
	}
	return m
}

// groupOf finds a package's group; "" when it is unknown.
func groupOf(pkg string, table map[string]group) group {
	if g, ok := table[pkg]; ok {
		return g
	}
	first, rest, nested := strings.Cut(pkg, "/")
	switch {
	case strings.HasSuffix(pkg, "test") && nested: // exported conformance suites
		return suites
	case first == "store":
		return store
	case first == "api":
		return api
	case nested && rest == "all":
		return lists
	case nested && (first == "feed" || first == "parser" || first == "analyzer" || first == "responder" || first == "export" || first == "notify"):
		return members
	}
	return table[first]
}

// allowed tells whether a package of group from may import one of group to. Same-group imports are allowed
// within a family's own folder and where listed.
func allowed(from, to group) bool {
	may := map[group]string{
		ground:    "ground",
		formats:   "ground formats",
		nouns:     "ground formats nouns contracts",
		translate: "ground formats nouns contracts translate",
		contracts: "ground nouns contracts",
		members:   "ground formats nouns contracts translate",
		lists:     "members contracts",
		engines:   "ground formats nouns contracts translate engines",
		edges:     "ground formats nouns contracts edges",
		store:     "ground formats nouns contracts store",
		suites:    "ground formats nouns contracts edges store suites",
		api:       "ground formats nouns contracts translate engines edges api",
		wiring:    "ground formats nouns translate contracts members lists engines edges store api wiring",
	}[from]
	for g := range strings.FieldsSeq(may) {
		if group(g) == to {
			return true
		}
	}
	return false
}

// only lists imports from outside that few packages may use.
func only() map[string][]string {
	return map[string][]string{
		"modernc.org/sqlite":                  {"store/"},
		"github.com/jackc/pgx":                {"store/"},
		"database/sql":                        {"store/"},
		"github.com/nats-io":                  {"bus/nats"},
		"github.com/danielgtaylor/huma":       {"api/"},
		"github.com/alecthomas/kong":          {"cli"},
		"github.com/go-json-experiment/json":  {"jsonx", "misp", "stix", "parser/", "feed", "translate/"},
		"encoding/json":                       {},
		"golang.org/x/net/proxy":              {"egress"},
		"os/exec":                             {"sandbox", "store/storetest", "cli", "archtest", "parser/", "bench", "bench/"},
		"github.com/prometheus/client_golang": {"bus", "app", "api/", "jobs", "ingest"},
		"github.com/vedette-ti/vedette/web":   {"app", "cli", "api/"},
		"github.com/pressly/goose":            {"store/"},
		"github.com/wneessen/go-mail":         {"notify/"},
		"golang.org/x/crypto/argon2":          {"account"},
		"github.com/pquerna/otp":              {"account"},
	}
}
