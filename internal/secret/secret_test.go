package secret

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
)

func keyFile(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "vedette.key")
}

func openBox(t *testing.T, path string) *Box {
	t.Helper()
	b, err := OpenFile(Options{Path: path, Create: true})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSealBindsContextAndEveryByte(t *testing.T) {
	b := openBox(t, keyFile(t))
	plain := []byte("s3cret of a feed")
	sealed, err := b.Seal(plain, "source:12")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, plain) {
		t.Fatal("not encrypted")
	}
	got, err := b.Open(sealed, "source:12")
	if err != nil || !bytes.Equal(got, plain) {
		t.Fatalf("opened %q, %v", got, err)
	}
	if _, err := b.Open(sealed, "source:13"); !errors.Is(err, ErrOpen) {
		t.Errorf("moved to another row: %v", err)
	}
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 0x40
		if _, err := b.Open(bad, "source:12"); !errors.Is(err, ErrOpen) {
			t.Errorf("byte %d changed: %v", i, err)
		}
	}
	for n := range sealed {
		if _, err := b.Open(sealed[:n], "source:12"); !errors.Is(err, ErrOpen) {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
	again, err := b.Seal(plain, "source:12")
	if err != nil || bytes.Equal(again, sealed) {
		t.Errorf("two seals of the same are equal (%v)", err)
	}
	empty, err := b.Seal(nil, "x")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := b.Open(empty, "x"); err != nil || len(got) != 0 {
		t.Errorf("empty: %q, %v", got, err)
	}
	if _, err := openBox(t, keyFile(t)).Open(sealed, "source:12"); !errors.Is(err, ErrOpen) {
		t.Errorf("another key file: %v", err)
	}
}

func TestRotation(t *testing.T) {
	path := keyFile(t)
	b, other := openBox(t, path), openBox(t, path) // two processes
	old, err := b.Seal([]byte("x"), "c")
	if err != nil {
		t.Fatal(err)
	}
	oldMAC, err := b.MAC("audit", []byte("entry"))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Rotate(); err != nil {
		t.Fatal(err)
	}
	fresh, err := b.Seal([]byte("y"), "c")
	if err != nil {
		t.Fatal(err)
	}
	if !b.Stale(old) || b.Stale(fresh) || b.Version() != 2 {
		t.Errorf("stale %v %v, version %d", b.Stale(old), b.Stale(fresh), b.Version())
	}
	for _, box := range []*Box{b, other, openBox(t, path)} {
		for text, sealed := range map[string][]byte{"x": old, "y": fresh} {
			if got, err := box.Open(sealed, "c"); err != nil || string(got) != text {
				t.Errorf("opened %q, %v", got, err)
			}
		}
		if fits, known, err := box.CheckMAC("audit", []byte("entry"), oldMAC); !fits || !known || err != nil {
			t.Errorf("digest of the old key: %v %v %v", fits, known, err)
		}
		if fits, _, _ := box.CheckMAC("other use", []byte("entry"), oldMAC); fits {
			t.Error("a digest of another purpose fits")
		}
	}
	moved, err := b.Rewrap(old, "c")
	if err != nil || b.Stale(moved) {
		t.Fatalf("rewrapped: %v", err)
	}
	if got, err := b.Open(moved, "c"); err != nil || string(got) != "x" {
		t.Errorf("opened %q, %v", got, err)
	}
	if _, err := b.Rewrap(old, "d"); !errors.Is(err, ErrOpen) {
		t.Errorf("rewrapped under another context: %v", err)
	}
	if err := other.Rotate(); err != nil || other.Version() != 3 {
		t.Errorf("the other process rotates to %d, %v", other.Version(), err)
	}
}

func TestKeyFile(t *testing.T) {
	path := keyFile(t)
	if _, err := OpenFile(Options{Path: path}); !hasCode(err, "key_file_missing") {
		t.Errorf("missing: %v", err)
	}
	var wg sync.WaitGroup
	boxes := make([]*Box, 8)
	for i := range boxes { // several processes start at once
		wg.Go(func() {
			b, err := OpenFile(Options{Path: path, Create: true, Clock: time.Now})
			if err != nil {
				t.Error(err)
				return
			}
			boxes[i] = b
		})
	}
	wg.Wait()
	sealed, err := boxes[0].Seal([]byte("x"), "c")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range boxes {
		if _, err := b.Open(sealed, "c"); err != nil {
			t.Fatalf("two first starts made two keys: %v", err)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("files left: %v, %v", left, err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFile(Options{Path: path}); !hasCode(err, "key_file_open") {
		t.Errorf("readable by all: %v", err)
	}
	line := "1 2026-01-01T00:00:00Z " + base64.StdEncoding.EncodeToString(make([]byte, 32))
	for name, text := range map[string]string{
		"empty": "", "comments": "# x\n", "short": "1 2026-01-01T00:00:00Z AAAA", "twice": line + "\n" + line,
		"zero": strings.Replace(line, "1 ", "0 ", 1), "no date": strings.Replace(line, "2026-01-01T00:00:00Z", "today", 1), "huge": strings.Repeat("#\n", 1<<16),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenFile(Options{Path: path, Create: true}); !hasCode(err, "key_file_broken") {
			t.Errorf("%s: %v", name, err)
		}
		if got, _ := os.ReadFile(path); string(got) != text {
			t.Errorf("%s: a broken key file was written over", name)
		}
	}
}

func hasCode(err error, code string) bool {
	e, ok := errs.As(err)
	return ok && e.Code == code
}

func FuzzKeyFile(f *testing.F) {
	f.Add([]byte("1 2026-01-01T00:00:00Z " + base64.StdEncoding.EncodeToString(make([]byte, 32))))
	f.Add([]byte("# c\n\n2 x y z"))
	f.Fuzz(func(t *testing.T, data []byte) {
		keys, _, err := parseKeys(data)
		if err == nil && len(keys) == 0 {
			t.Error("no key and no error")
		}
		for i := 1; i < len(keys); i++ {
			if keys[i].version <= keys[i-1].version {
				t.Error("versions do not ascend")
			}
		}
	})
}

type credentials struct{ User, Pass string }

type holder struct{ Inner *credentials }

func TestRedactor(t *testing.T) {
	const password = `p@ss "wörd"+1`
	r := &Redactor{}
	r.Add(password, "short") // the second is too short to be hidden safely
	logged := func(format func(*bytes.Buffer) slog.Handler, log func(*slog.Logger)) string {
		var b bytes.Buffer
		log(slog.New(r.Handler(format(&b))))
		return b.String()
	}
	text := func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) }
	js := func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) }
	auth := base64.StdEncoding.EncodeToString([]byte(password))
	leaks := func(out string) bool {
		for _, form := range append(spellings(password), "wörd") {
			if strings.Contains(out, form) {
				return true
			}
		}
		return false
	}
	for name, log := range map[string]func(*slog.Logger){
		"message": func(l *slog.Logger) { l.Info("login with " + password) },
		"string":  func(l *slog.Logger) { l.Info("m", "k", password) },
		"error":   func(l *slog.Logger) { l.Info("m", "error", fmt.Errorf("dial: %w", errors.New(password))) },
		"URL":     func(l *slog.Logger) { l.Info("m", "url", "https://"+url.UserPassword("u", password).String()+"@h/") },
		"query":   func(l *slog.Logger) { l.Info("m", "url", "https://h/?p=p%40ss+%22w%C3%B6rd%22%2B1") },
		"base64":  func(l *slog.Logger) { l.Info("m", "header", "Basic "+auth) },
		"struct":  func(l *slog.Logger) { l.Info("m", "v", credentials{"u", password}) },
		"pointer": func(l *slog.Logger) { l.Info("m", "v", holder{&credentials{"u", password}}) },
		"bytes":   func(l *slog.Logger) { l.Info("m", "v", []byte(password)) },
		"group":   func(l *slog.Logger) { l.Info("m", slog.Group("g", "k", password)) },
		"with":    func(l *slog.Logger) { l.With("k", password).WithGroup("g").Info("m", "k", password) },
	} {
		for _, format := range []func(*bytes.Buffer) slog.Handler{text, js} {
			if out := logged(format, log); leaks(out) || !strings.Contains(out, Mark) {
				t.Errorf("%s: %s", name, out)
			}
		}
	}
	out := logged(js, func(l *slog.Logger) { l.Info("short", "n", 7, "v", credentials{"a", "b"}) })
	if !strings.Contains(out, `"short"`) || !strings.Contains(out, `"n":7`) || !strings.Contains(out, `"Pass":"b"`) {
		t.Errorf("what is no secret must stay: %s", out)
	}
	r.Add(password) // a second owner of the same value
	r.Remove(password)
	if r.Replace(password) != Mark {
		t.Error("removed while somebody else still has it")
	}
	r.Remove(password)
	if r.Replace(password) != password {
		t.Error("not removed")
	}
	r.Add("secret-long-value", "secret-long")
	if got := r.Replace("secret-long-value"); got != Mark {
		t.Errorf("the longest value counts: %q", got)
	}
}
