package cli

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMain lets this binary be the child process of its own sandbox.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-") {
		os.Exit(Main())
	}
	os.Exit(m.Run())
}

const (
	email    = "ana@example.org"
	password = "Correct-Horse-Battery-77"
)

// said is what a command did.
type said struct {
	code     int
	out, err string
}

// shell runs command lines in this process, as Main does.
type shell struct {
	t   *testing.T
	dir string // for files
	env map[string]string
}

func newShell(t *testing.T) *shell {
	t.Helper()
	return &shell{t: t, dir: t.TempDir(), env: map[string]string{"HOME": t.TempDir()}}
}

func (s *shell) input(stdin string, args ...string) said {
	s.t.Helper()
	var out, err bytes.Buffer
	code := Run(s.t.Context(), args, &console{in: strings.NewReader(stdin), out: &out, err: &err, env: s.env})
	return said{code: code, out: out.String(), err: err.String()}
}

func (s *shell) run(args ...string) said { s.t.Helper(); return s.input("", args...) }

// must runs a command that has to end with a code, and returns what it printed.
func (s *shell) must(code int, args ...string) said {
	s.t.Helper()
	got := s.run(args...)
	if got.code != code {
		s.t.Fatalf("vedette %s: code %d, want %d\n%s%s", strings.Join(args, " "), got.code, code, got.out, got.err)
	}
	return got
}

// json runs a command and reads its one JSON document.
func (s *shell) json(args ...string) map[string]any {
	s.t.Helper()
	var v map[string]any
	out := s.must(exitOK, append(args, "--json")...).out
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		s.t.Fatalf("vedette %s --json: %v in %s", strings.Join(args, " "), err, out)
	}
	return v
}

func (s *shell) file(name, text string) string {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		s.t.Fatal(err)
	}
	return path
}

func (s *shell) contains(text string, parts ...string) {
	s.t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			s.t.Errorf("%q is missing in:\n%s", p, text)
		}
	}
}

// fresh sets a folder up and returns the folder and a key.
func (s *shell) fresh() (data, key string) {
	s.t.Helper()
	data = filepath.Join(s.dir, "data")
	made := s.input(password+"\n", "user", "create", "--data", data, "--admin", "--email", email, "--password-stdin")
	if made.code != exitOK {
		s.t.Fatalf("user create: %+v", made)
	}
	got := s.must(exitOK, "token", "create", "--data", data, "--user", email)
	key = strings.TrimSuffix(got.out, "\n")
	if len(key) < 30 || strings.ContainsAny(key, " \n") || got.err != "" {
		s.t.Fatalf("token create prints the key alone: %+v", got)
	}
	return data, key
}

const warninglist = `{"name": "Resolvers", "version": 1, "description": "d", "type": "cidr", "matching_attributes": ["ip-dst", "ip-src"], "list": ["9.9.9.0/24"], "category": "false_positive"}`

// archive packs files as tar.gz.
func (s *shell) archive(name string, files map[string]string) string {
	s.t.Helper()
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	tw := tar.NewWriter(zw)
	for member, text := range files {
		err := tw.WriteHeader(&tar.Header{Name: member, Mode: 0o600, Size: int64(len(text)), Typeflag: tar.TypeReg})
		if _, e := tw.Write([]byte(text)); err != nil || e != nil {
			s.t.Fatal(err, e)
		}
	}
	if err := errors.Join(tw.Close(), zw.Close()); err != nil {
		s.t.Fatal(err)
	}
	return s.file(name, b.String())
}

// TestMainFlow goes from an empty folder to a restored backup.
func TestMainFlow(t *testing.T) {
	s := newShell(t)
	data, _ := s.fresh()
	s.contains(s.must(exitOK, "packs", "install", "--data", data, s.archive("lists.tar.gz", map[string]string{"lists/resolvers/list.json": warninglist})).out, "1 new")

	s.file("in/note.txt", "The panel of 银狐 is at panel[.]fox-test[.]com and 45[.]77[.]36[.]244; resolver 9.9.9.9.\n")
	s.file("in/page.html", "<html><title>Fox page</title><body><p>hxxps://drop[.]fox-test[.]net/a.exe</p></body></html>")
	s.file("in/deep/list.csv", "value,type\nfox-list.com,domain\n")
	s.file("in/.hidden", "hidden-fox.com")
	s.file("in/broken.json", `{"type": "bundle", "objects": [`)
	in := filepath.Join(s.dir, "in")
	got := s.must(exitPartly, "import", "--data", data, "--accept", in)
	s.contains(got.out, "4 files: 3 reports new")
	s.contains(got.err, "broken.json")
	again := s.run("import", "--data", data, "--json", in)
	var sum imported
	if err := json.Unmarshal([]byte(again.out), &sum); err != nil || sum.New != 0 || sum.Known != 3 || len(sum.Refused) != 1 || sum.Refused[0].Code == "quarantined" {
		t.Errorf("the same again: %+v, %v", sum, err)
	}
	archive := s.archive("more.tar.gz", map[string]string{"a/one.txt": "bad at one-fox[.]com", "a/two.txt": "bad at two-fox[.]com"})
	s.contains(s.must(exitOK, "import", "--data", data, archive).out, "2 files: 2 reports new")
	if got := s.input("three-fox[.]com is bad", "import", "--data", data, "-"); got.code != exitOK {
		t.Errorf("standard input: %+v", got)
	}

	exact := s.json("search", "--data", data, "panel[.]fox-test[.]com")["exact"].(map[string]any)
	if exact["known"] != true || exact["value"] != "panel.fox-test.com" {
		t.Errorf("exact: %v", exact)
	}
	s.contains(s.must(exitOK, "search", "--data", data, "银狐").out, "note.txt")
	s.contains(s.must(exitOK, "search", "--data", data, "never-seen.example").out, "never-seen[.]example (domain-name): not known")
	s.contains(s.must(exitOK, "search", "--data", data, "one-fox.com\n45.77.36.244").out, "one-fox[.]com", "45[.]77[.]36[.]244")
	s.contains(s.must(exitOK, "lookup", "--data", data, "--json", "9.9.9.9").out, "Resolvers", `"known":false`)

	checkExports(s, data)
	checkBackup(s, data)
}

func checkExports(s *shell, data string) {
	t := s.t
	t.Helper()
	got := s.must(exitOK, "export", "--data", data, "--format", "text", "type:domain-name")
	names := strings.Fields(got.out) // in the order of arrival: several files travel at once
	slices.Sort(names)
	if diff := cmp.Diff([]string{"fox-list.com", "panel.fox-test.com"}, names); diff != "" {
		t.Error(diff)
	}
	s.contains(got.err, "2 rows exported, 3 held back: 3 not reviewed. --all includes them.")
	if got := s.must(exitOK, "export", "--data", data, "--format", "text", "--quiet", "--tlp", "clear"); got.out != "" || got.err != "" {
		t.Errorf("--tlp clear --quiet: %+v", got)
	}
	s.contains(s.must(exitOK, "export", "--data", data, "--format", "text", "type:mac-addr").err, "nothing matches")
	for _, format := range []string{"stix21", "misp", "csv", "text", "ndjson"} {
		path := filepath.Join(s.dir, "out."+format)
		s.must(exitOK, "export", "--data", data, "--format", format, "--all", "-o", path)
		b, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(b, []byte("two-fox.com")) {
			t.Errorf("%s lacks two-fox.com: %v", format, err)
		}
		if (format == "stix21" || format == "misp") && !json.Valid(b) {
			t.Errorf("%s is no JSON", format)
		}
	}
	s.must(exitFailed, "export", "--data", data, "-o", filepath.Join(s.dir, "no", "where"))
}

func checkBackup(s *shell, data string) {
	t := s.t
	t.Helper()
	file, restored := filepath.Join(s.dir, "b.age"), filepath.Join(s.dir, "restored")
	s.must(exitUsage, "backup", "--data", data, file) // neither encrypted nor asked to be plain
	for _, args := range [][]string{{"backup", "--data", data, "--passphrase-stdin", file}, {"verify", "--passphrase-stdin", file}, {"restore", "--passphrase-stdin", "--data", restored, file}} {
		if got := s.input("a passphrase of words\n", args...); got.code != exitOK {
			t.Fatalf("%v: %+v", args, got)
		}
	}
	s.must(exitFailed, "backup", "--data", data, "--plain", file) // exists
	if got := s.input("another passphrase\n", "verify", "--passphrase-stdin", file); got.code != exitUsage {
		t.Errorf("wrong passphrase: %+v", got)
	}
	if got := s.input("a passphrase of words\n", "restore", "--passphrase-stdin", "--data", restored, file); got.code != exitFailed {
		t.Errorf("restore over data: %+v", got)
	}
	want := s.must(exitOK, "export", "--data", data, "--all", "--format", "ndjson", "--quiet").out
	if diff := cmp.Diff(want, s.must(exitOK, "export", "--data", restored, "--all", "--format", "ndjson", "--quiet").out); diff != "" {
		t.Errorf("the restored folder differs: %s", diff)
	}
	s.must(exitOK, "doctor", "--data", restored)
	s.must(exitOK, "audit", "verify", "--data", restored)
}

// TestExitCodes: what scripts rely on.
func TestExitCodes(t *testing.T) {
	s := newShell(t)
	data, _ := s.fresh()
	s.env["VEDETTE_KEY"] = "wrong"
	nobody := "http://127.0.0.1:9"
	for _, x := range []struct {
		code int
		args []string
		says string
	}{
		{exitOK, []string{"version"}, "vedette "},
		{exitOK, []string{"--help"}, "Exit codes"},
		{exitOK, []string{"source", "add", "--help"}, "Examples"},
		{exitUsage, []string{"nope"}, "Run vedette --help"},
		{exitUsage, []string{"export", "--data", data, "--format", "pdf"}, "--format"},
		{exitUsage, []string{"search", "--data", data, "--server", nobody, "x"}, "not both"},
		{exitUsage, []string{"list"}, ""},
		{exitUsage, []string{"user", "create", "--data", data, "--email", "b"}, "email"},
		{exitUsage, []string{"extract", "--types", "nope"}, "list-types"},
		{exitUsage, []string{"import", "--data", data, filepath.Join(s.dir, "nowhere")}, "no such file"},
		{exitFailed, []string{"token", "create", "--data", data, "--user", "nobody@example.org"}, "There is no user"},
		{exitFailed, []string{"search", "--data", filepath.Join(s.dir, "nowhere"), "x"}, "There is no data"},
		{exitFailed, []string{"report", "show", "--data", data, "1"}, "There is no report"},
		{exitUnavailable, []string{"user", "list", "--server", nobody}, "nothing listens there"},
		{exitUnavailable, []string{"health", "--data", data}, "not being served"},
		{exitUsage, []string{"user", "list", "--server", "http://example.org"}, "in clear"},
		{exitUsage, []string{"quarantine", "replay", "--data", data}, "--all"},
		{exitUsage, []string{"config", "check", "--set", "listen=x"}, "HOST:PORT"},
		{exitOK, []string{"config", "show", "--data", data, "--set", "sources.roots=/srv/a,/srv/b"}, "/srv/b"},
	} {
		got := s.run(x.args...)
		if got.code != x.code || !strings.Contains(got.out+got.err, x.says) {
			t.Errorf("vedette %s: code %d, want %d with %q\n%s%s", strings.Join(x.args, " "), got.code, x.code, x.says, got.out, got.err)
		}
	}
	if got := s.input("short\n", "user", "create", "--data", data, "--email", "b@example.org", "--password-stdin"); got.code != exitUsage || !strings.Contains(got.err, "at least") {
		t.Errorf("weak password: %+v", got)
	}
	if list := s.must(exitOK, "user", "list", "--data", data).out; strings.Contains(list, "b@example.org") {
		t.Error("the account stays though its password was refused")
	}
}

// full is an output that nobody reads any more.
type full struct{ left int }

func (f *full) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, syscall.EPIPE
	}
	return len(p), nil
}

func TestPipesAndInterrupts(t *testing.T) {
	s := newShell(t)
	text := strings.Repeat("evil.com 45.77.36.244\n", 20_000)
	var complaints bytes.Buffer
	c := &console{in: strings.NewReader(text), out: &full{left: 500}, err: &complaints, env: s.env}
	if code := Run(t.Context(), []string{"extract"}, c); code != exitOK || complaints.Len() > 0 {
		t.Errorf("a reader that has enough: %d, %s", code, &complaints)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	c = &console{in: strings.NewReader(text), out: &full{left: 1 << 30}, err: &complaints, env: s.env}
	if code := Run(stopped, []string{"extract"}, c); code != exitFailed || complaints.String() != "vedette: interrupted\n" {
		t.Errorf("interrupted: %d, %q", code, complaints.String())
	}
}

func TestExtract(t *testing.T) {
	s := newShell(t)
	good := s.file("a.txt", "C2 evil[.]com, see example.com")
	got := s.input("hxxp://bad[.]net/x", "extract")
	if diff := cmp.Diff(`{"type":"url","value":"http://bad.net/x","original":"hxxp://bad[.]net/x","start":0,"end":18,"defanged":true,"confidence":95,"suppressed":null}`+"\n", got.out); diff != "" {
		t.Error(diff)
	}
	s.contains(s.must(exitPartly, "extract", good, filepath.Join(s.dir, "nowhere")).out, `"evil.com"`)
	if out := s.must(exitOK, "extract", good).out; strings.Contains(out, "example.com") {
		t.Errorf("suppressed without being asked for: %s", out)
	}
	s.contains(s.must(exitOK, "extract", "--keep-suppressed", good).out, `"suppressed":"example-domain"`)
	s.contains(s.must(exitOK, "extract", "--list-types").out, "ipv4-addr\n", "file:sha-256\n", "vulnerability\n")
	s.contains(s.must(exitOK, "extract", "--format", "stix", good).out, `"type":"bundle"`, "evil.com")
	s.contains(s.must(exitOK, "extract", "--format", "misp", good).out, `"Event"`, "evil.com")
	s.contains(s.must(exitOK, "extract", "--format", "csv", good).out, "file,type,value")
	if out := s.must(exitOK, "extract", "--types", "ipv4-addr", good).out; out != "" {
		t.Errorf("other types: %s", out)
	}
}
