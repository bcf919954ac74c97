package taxonomy

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/errs"
)

func names(t *testing.T, src Source) ([]string, error) {
	t.Helper()
	var out []string
	err := src(t.Context(), func(name string, body []byte) error {
		out = append(out, name+"="+string(body))
		return nil
	})
	slices.Sort(out)
	return out, err
}

func tarball(t testing.TB, files map[string]string, link string) []byte {
	t.Helper()
	var out bytes.Buffer
	tw := tar.NewWriter(&out)
	for _, n := range slices.Sorted(func(yield func(string) bool) {
		for n := range files {
			if !yield(n) {
				return
			}
		}
	}) {
		_ = tw.WriteHeader(&tar.Header{Name: n, Size: int64(len(files[n])), Typeflag: tar.TypeReg, Mode: 0o600})
		_, _ = io.WriteString(tw, files[n])
	}
	if link != "" {
		_ = tw.WriteHeader(&tar.Header{Name: link, Linkname: "/etc/passwd", Typeflag: tar.TypeSymlink})
	}
	_ = tw.Close()
	return out.Bytes()
}

func gzipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	zw := gzip.NewWriter(&out)
	_, _ = zw.Write(data)
	_ = zw.Close()
	return out.Bytes()
}

func archive(name string, data []byte) Source {
	return FromArchive(name, bytes.NewReader(data), int64(len(data)))
}

func TestSources(t *testing.T) {
	files := map[string]string{"m/lists/a/list.json": "1", "../../etc/b.json": "2", "m/README.md": "3", "m/schema.json": "4", "/c.json": "5"}
	want := []string{"c.json=5", "etc/b.json=2", "m/lists/a/list.json=1"}
	ball := tarball(t, files, "link.json")
	var zipped bytes.Buffer
	zw := zip.NewWriter(&zipped)
	for n, body := range files {
		w, err := zw.Create(n)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(w, body)
	}
	_ = zw.Close()
	for name, src := range map[string]Source{"tar": archive("x.tar", ball), "tar.gz": archive("x.tar.gz", gzipped(t, ball)), "zip": archive("x.zip", zipped.Bytes())} {
		got, err := names(t, src)
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("%s: %s %v", name, d, err)
		}
	}
	for name, src := range map[string]Source{"json": archive("one.json", []byte("{}")), "json.gz": archive("one.json.gz", gzipped(t, []byte("{}")))} {
		got, err := names(t, src)
		if d := cmp.Diff([]string{"one.json={}"}, got); d != "" || err != nil {
			t.Errorf("%s: %s %v", name, d, err)
		}
	}
	for name, data := range map[string][]byte{
		"truncated gzip": gzipped(t, ball)[:60], "truncated tar": ball[:1300], "broken zip": []byte("PK\x03\x04nothing"), "broken gzip": {0x1f, 0x8b, 1, 2},
	} {
		if _, err := names(t, archive(name, data)); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	bomb := gzipped(t, bytes.Repeat([]byte(" "), maxFile+10))
	if _, err := names(t, archive("bomb.json.gz", bomb)); errs.KindOf(err) != errs.TooLarge {
		t.Errorf("a bomb of %d bytes: %v", len(bomb), err)
	}
}

func TestFolderKeepsLinksOut(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(t.TempDir(), "secret.json")
	for name, body := range map[string]string{filepath.Join(dir, "a.json"): "1", secret: "2"} {
		if err := os.WriteFile(name, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(secret, filepath.Join(dir, "b.json")); err != nil {
		t.Fatal(err)
	}
	got, err := names(t, FromPath(dir))
	if d := cmp.Diff([]string{"a.json=1"}, got); d != "" || err != nil {
		t.Errorf("%s %v", d, err)
	}
	if _, err := names(t, FromPath(filepath.Join(dir, "missing"))); errs.KindOf(err) != errs.NotFound {
		t.Errorf("missing: %v", err)
	}
}

func TestRecognise(t *testing.T) {
	for in, want := range map[string]string{
		`lists/x/list.json {"name":"X","type":"string","list":["a"],"version":3}`:                        "warninglist x 3",
		`mine.json {"name":"X","type":"string","list":["a"],"version":"3"}`:                              "warninglist mine 3",
		`list.json {"name":"Our List (1)","type":"string","list":["a"]}`:                                 "warninglist our-list-1 ",
		`tlp/machinetag.json {"namespace":"tlp","predicates":[{"value":"red"}],"version":1}`:             "taxonomy tlp 1",
		`objects/file/definition.json {"name":"file","uuid":"u","meta-category":"file","attributes":{}}`: "template file ",
		`clusters/a.json {"type":"threat-actor","values":[],"version":1}`:                                "cluster a 1",
		`galaxies/a.json {"type":"threat-actor","name":"A","version":1}`:                                 "galaxy a 1",
		`relationships/definition.json {"values":[{"name":"uses"}]}`:                                     "relationships misp-objects ",
		`x.json {"type":"bundle","objects":[]}`:                                                          "stix x ",
		`package.json {"name":"p","version":"1"}`:                                                        "none",
		`x.json {"name":"X","type":"maybe","list":[]}`:                                                   "error",
		`x.json nonsense`: "error",
	} {
		name, body, _ := strings.Cut(in, " ")
		p, ok, err := recognise(name, []byte(body))
		got := p.Kind + " " + p.Name + " " + p.Version
		switch {
		case err != nil:
			got = "error"
		case !ok:
			got = "none"
		}
		if got != want {
			t.Errorf("%s: %s, want %s (%v)", in, got, want, err)
		}
	}
}

func TestMachineTags(t *testing.T) {
	for in, want := range map[string]MachineTag{
		`tlp:red`: {"tlp", "red", ""}, `misp-galaxy:threat-actor="APT 1"`: {"misp-galaxy", "threat-actor", "APT 1"}, `a:b="c="d""`: {"a", "b", `c="d"`},
		`plain`: {}, `:x`: {}, `a b:c`: {}, `a:b=c`: {}, `http://x`: {"http", "//x", ""}, `a:="x"`: {},
	} {
		got, ok := ParseMachineTag(in)
		if got != want || ok != (want != MachineTag{}) {
			t.Errorf("%s: %+v %v", in, got, ok)
		}
		if ok && got.String() != in {
			t.Errorf("%s prints as %s", in, got)
		}
	}
}

func FuzzArchive(f *testing.F) {
	f.Add(tarball(f, map[string]string{"lists/a/list.json": `{"name":"a","type":"regex","list":["/a/i","10.0.0.0/8"]}`}, ""))
	f.Add(gzipped(f, []byte(`{"type":"bundle","objects":[{"type":"x-mitre-collection"}]}`)))
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(t *testing.T, data []byte) {
		_ = archive("x.json", data)(t.Context(), func(name string, body []byte) error {
			p, ok, err := recognise(name, body)
			if err == nil && ok && (p.Kind == "" || strings.Contains(name, "..")) {
				t.Fatalf("%q: %+v", name, p)
			}
			return nil
		})
	})
}
