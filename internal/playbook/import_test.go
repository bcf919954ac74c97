package playbook

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/feed/rss"
	"github.com/vedette-ti/vedette/internal/feed/sitemap"
	"github.com/vedette-ti/vedette/internal/feed/web"
)

// every uses each module, each setting and each top section once or more.
const every = `
general:
    daemon: true
    sleep: 900
    state_path: state.db
    colour: blue
credentials:
  - name: tw
    api_key: SECRET-ONE
    api_secret_key:
    access_token: SECRET-TWO
  - name: q
    host: 127.0.0.1
    port: 11300
  - {name: aws, aws_access_key_id: SECRET-THREE, aws_secret_access_key: SECRET-FOUR, aws_region: eu}
sources:
  - {name: tw-list, module: twitter, credentials: tw, list_id: 917864294053752832}
  - name: blog
    module: rss
    url: https://blog.example/rss
    feed_type: afterioc
    include: security|threat
    timeout: 3
  - {name: blog, module: rss, url: "https://other.example/rss", feed_type: messy}
  - {name: map, module: sitemap, url: "https://www.example/sitemap.xml", path: /blog/, exclude: old}
  - {name: map-default, module: sitemap, url: "https://www.example/sitemap.xml"}
  - {name: page, module: web, url: "https://www.example/list.txt"}
  - {name: bad, module: web, url: "not an address"}
  - {name: rules, module: git, url: "https://user:SECRET-FIVE@git.example/x.git", local_path: /tmp/x}
  - {name: gh, module: github, search: CVE-2018-}
  - {name: gist, module: github_gist, user: someone}
  - {name: vt, module: virustotal, user: a, api_key: SECRET-SIX}
  - {name: pic, module: image, img: "https://www.example/i.png"}
  - {name: in-sqs, module: sqs, credentials: aws, queue_name: in, paths: [content]}
  - {name: in-bs, module: beanstalk, credentials: q, queue_name: in, paths: [content], reference: r}
  - {name: odd, module: telepathy}
whitelists: [good.json, gone.json]
operators:
  - {name: csv, module: csv, filename: /var/out/output.csv}
  - {name: db, module: sqlite, filename: artifacts.db, allowed_sources: ["blog.*", "(?<=x)"]}
  - {name: my, module: mysql, host: h, database: d, table: t, password: SECRET-SEVEN}
  - {name: misp, module: misp, url: "https://misp", key: SECRET-EIGHT, ssl: False, tags: [x]}
  - {name: kb, module: threatkb, url: "http://kb", token: SECRET-NINE, secret_key: SECRET-TEN, state: Inbox}
  - name: crawl
    module: sqs
    credentials: aws
    allowed_sources: [tw-list, page]
    filter: is_domain, not is_obfuscated
    artifact_types: [URL, Task]
    queue_name: Research.Crawl
    domain: {domain}
    url: {url}
    text: "{reference_text} {task}"
    source_type: url
  - {name: back, module: beanstalk, host: h, port: 1, queue_name: work, url: "{url}"}
  - {name: only-ip, module: csv, filename: ip.csv, filter: not is_domain, artifact_types: [URL, IPAddress]}
  - {name: regex, module: csv, filename: r.csv, filter: 'pastebin\.com', artifact_types: [url, YARASignature, hash]}
  - {name: lookahead, module: csv, filename: l.csv, filter: '(?!x)'}
  - {name: never, module: csv, filename: n.csv, filter: 'is_ip, is_domain'}
  - {name: say, module: twitter, credentials: tw, status: x}
notifiers: {provider: telegram, defaults: {token: SECRET-ELEVEN, chat_id: 1}}
statsd: {host: h}
logging: {handlers: [{sink: x}]}
error_reporting: [{name: bugsnag, api_key: SECRET-TWELVE}]
novelty: 1
`

func kinds() []feed.Kind { return []feed.Kind{rss.Kind(), web.Kind(), sitemap.Kind()} }

func whitelist(path string) ([]byte, error) {
	if path == "good.json" {
		return []byte(`{"list": ["example.com", "example.com", "https://good.example/"]}`), nil
	}
	return nil, errors.New("gone")
}

func TestImportEverything(t *testing.T) {
	im, err := Import([]byte(every), ImportOptions{Kinds: kinds(), Open: whitelist})
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, s := range im.Sources {
		fmt.Fprintf(&got, "%s %s %s %s\n", s.Kind, s.Name, s.Schedule, s.Config)
	}
	want := `rss blog @every 900s {"include":["security|threat"],"url":"https://blog.example/rss"}
rss blog 2 @every 900s {"url":"https://other.example/rss"}
sitemap map @every 900s {"exclude":["old"],"path":"/blog/","url":"https://www.example/sitemap.xml"}
sitemap map-default @every 900s {"include":["blog"],"url":"https://www.example/sitemap.xml"}
web page @every 900s {"urls":["https://www.example/list.txt"]}
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
	all := ""
	names := []string{}
	for _, b := range im.Playbooks {
		d, err := Parse([]byte(b.Body))
		if err != nil {
			t.Errorf("%s\n%v", b.Body, err)
		}
		names = append(names, d.Name)
		all += b.Body
	}
	if diff := cmp.Diff([]string{"ThreatIngestor: whitelist", "csv", "db", "crawl", "back", "only-ip", "regex", "ThreatIngestor: not mapped"}, names); diff != "" {
		t.Errorf("playbooks:\n%s", diff)
	}
	for i := range im.Notes {
		all += fmt.Sprint(im.Notes[i])
	}
	if i := strings.Index(all, "SECRET"); i >= 0 {
		t.Errorf("a secret is kept: %.200s", all[i:])
	}
	// Whatever has no counterpart is kept with its original and reported with its line.
	last := im.Playbooks[len(im.Playbooks)-1].Body
	for _, part := range []string{"list_id: 917864294053752832", "local_path: /tmp/x", "search: CVE-2018-", "user: someone", "img: ", "reference: r", "module: telepathy", "table: t", "state: Inbox", "chat_id: 1",
		"(?!x)", "is_ip, is_domain", "status: x", "gone.json", "provider: telegram", "bugsnag"} {
		if !strings.Contains(last, part) {
			t.Errorf("%q is not kept", part)
		}
	}
	lines := strings.Split(every, "\n")
	for code, text := range map[string]string{
		"source_unsupported": "tw-list", "setting_unused": "timeout", "renamed": "other.example", "source_refused": "not an address", "module_unknown": "telepathy", "whitelist_unread": "gone.json",
		"operator_unsupported": "module: mysql", "artifact_type": "Task", "unknown_placeholder": "{task}", "filter_pattern": "(?!x)", "filter_never": "is_ip, is_domain", "allowed_pattern": "(?<=x)", "no_notifiers": "telegram",
		"no_statsd": "statsd", "no_logging": "sink", "no_error_reporting": "bugsnag", "unknown_section": "novelty", "unknown_setting": "colour", "allowed_nothing": "tw-list",
	} {
		found := false
		for _, n := range im.Notes {
			if n.Code == code && !found {
				found = true
				if !n.Warning || !strings.Contains(lines[n.Line-1], text) {
					t.Errorf("%s is reported at line %d %q", code, n.Line, lines[n.Line-1])
				}
			}
		}
		if !found {
			t.Errorf("%s is not reported", code)
		}
	}
}

// TestImportedPlaybooksWork runs what was imported over a batch.
func TestImportedPlaybooksWork(t *testing.T) {
	im, err := Import([]byte(every), ImportOptions{Kinds: kinds(), Open: whitelist})
	if err != nil {
		t.Fatal(err)
	}
	page := SourceRef{ID: 1, Name: "page", Kind: "web"}
	var bodies []string
	for _, b := range im.Playbooks {
		_, rest, _ := strings.Cut(b.Body, "\n") // the name is given by plan
		bodies = append(bodies, rest)
	}
	b := batch("https://a.example/x", "hxxp://b[.]example/", "https://198.51.100.7/", "https://[2001:db8::1]/", "https://pastebin.com/x", "example.com", "198.51.100.9", "CVE-2024-3400", "https://good.example/")
	out, err := plan(t, page, bodies...).Apply(b)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, d := range out.Deliveries {
		for _, r := range d.Rows {
			got[d.Output.Topic+d.Output.Path] += r.Value + " "
		}
	}
	want := map[string]string{
		"threatingestor/output.csv": "https://a.example/x http://b.example/ https://198.51.100.7/ https://[2001:db8::1]/ https://pastebin.com/x 198.51.100.9 ",
		"research-crawl":            "https://a.example/x https://pastebin.com/x ",
		"work":                      "https://a.example/x http://b.example/ https://198.51.100.7/ https://[2001:db8::1]/ https://pastebin.com/x ",
		"threatingestor/ip.csv":     "https://198.51.100.7/ https://[2001:db8::1]/ ",
		"threatingestor/r.csv":      "https://pastebin.com/x ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if out.Dropped["p1"] != 2 {
		t.Errorf("the whitelist drops %v", out.Dropped)
	}
	if plan(t, SourceRef{ID: 9, Name: "somebody else's"}, bodies...) != nil {
		t.Error("imported playbooks must not touch other sources")
	}
}

func TestImportRefuses(t *testing.T) {
	for name, body := range map[string]string{
		"not yaml": "a: [", "a playbook": "name: x\nsteps: []\n", "a list": "- sources", "bomb": "a: &a [1,1,1,1,1,1,1,1,1,1]\n" + bomb() + "sources: [*i]\n", "loop": "sources: &a [*a]\n",
	} {
		if _, err := Import([]byte(body), ImportOptions{}); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	merged := "base: &b {module: web}\nsources:\n  - {name: a, <<: *b, url: 'https://a.example/'}\n  - name: b\n    <<: [{url: 'https://b.example/'}, *b]\n"
	im, err := Import([]byte(merged), ImportOptions{Kinds: kinds()})
	if err != nil || len(im.Sources) != 2 {
		t.Errorf("references and merges: %+v, %v", im, err)
	}
	manual, err := Import([]byte("general: {daemon: false, sleep: 5}\nsources: [{name: 'tag:x', module: web, url: 'https://a.example/'}]\noperators: [{name: o, module: csv, filename: o.csv}]\n"), ImportOptions{Kinds: kinds()})
	if err != nil || manual.Sources[0].Schedule != "" || !strings.Contains(manual.Playbooks[0].Body, "/^tag:x$/") {
		t.Errorf("not a daemon: %+v, %v", manual, err)
	}
}

// bomb doubles a list ten times over.
func bomb() string {
	var b strings.Builder
	for c := 'b'; c <= 'i'; c++ {
		fmt.Fprintf(&b, "%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", c-1), 10), ","))
	}
	return b.String()
}

func FuzzImport(f *testing.F) {
	f.Add([]byte(every))
	f.Add([]byte("sources: [&a {name: a, module: rss, url: *a}]\noperators: [{name: {}, module: csv}]"))
	f.Add([]byte("sources:\noperators: [{name: \"\\u0000\", module: beanstalk, queue_name: ' ', ? [x] : y}]\nwhitelists: {a: b}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		im, err := Import(data, ImportOptions{Kinds: kinds(), Open: whitelist})
		if err != nil {
			return
		}
		for _, b := range im.Playbooks {
			if _, err := Parse([]byte(b.Body)); err != nil {
				t.Errorf("%s\n%v", b.Body, err)
			}
		}
		for _, n := range im.Notes {
			if n.Code == "import_failed" && len(data) < 10_000 {
				t.Errorf("%+v", n)
			}
		}
	})
}
