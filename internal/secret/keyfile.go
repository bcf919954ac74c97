package secret

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
)

// Options of a key file.
type Options struct {
	// Path of the file. It is made with a new key, readable by its owner only, when it does not exist and
	// Create is set.
	Path   string
	Create bool
	Clock  func() time.Time
}

// maxKeyFile bounds what is read: a key takes about 80 bytes.
const maxKeyFile = 1 << 16

const header = "# Vedette key file. Whoever has it and the data can read the stored secrets; without it they are lost.\n" +
	"# Back it up apart from the data. One key a line: version, date, key. The last one seals, all open.\n"

// OpenFile reads the key file, making it first where allowed. It refuses a file that others may read.
func OpenFile(o Options) (*Box, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	keys, err := readKeys(o.Path)
	if errors.Is(err, fs.ErrNotExist) {
		if !o.Create {
			return nil, errs.New(errs.Unavailable, "key_file_missing",
				"The key file {path} is missing: restore it from a backup; without it stored secrets cannot be read.", "path", o.Path)
		}
		first, err := newKey(1, o.Clock())
		if err != nil {
			return nil, err
		}
		if err := writeKeys(o.Path, []key{first}, false); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("make the key file: %w", err)
		}
		keys, err = readKeys(o.Path) // another process may have been first
		if err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, err
	}
	return &Box{path: o.Path, clock: o.Clock, keys: keys}, nil
}

// Ephemeral returns a box whose key lives in memory only, for temporary data folders and tests.
func Ephemeral() (*Box, error) {
	k, err := newKey(1, time.Unix(0, 0))
	if err != nil {
		return nil, err
	}
	return &Box{clock: time.Now, keys: []key{k}}, nil
}

// Version returns the version of the newest key.
func (b *Box) Version() uint32 {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.keys[len(b.keys)-1].version
}

// Rotate adds a new key to the file. Sealed values stay readable; Rewrap moves them to the new key.
func (b *Box) Rotate() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	keys := b.keys
	if b.path != "" {
		fresh, err := readKeys(b.path)
		if err != nil {
			return err
		}
		keys = fresh
	}
	next, err := newKey(keys[len(keys)-1].version+1, b.clock())
	if err != nil {
		return err
	}
	keys = append(keys[:len(keys):len(keys)], next)
	if b.path != "" {
		if err := writeKeys(b.path, keys, true); err != nil {
			return fmt.Errorf("write the key file: %w", err)
		}
	}
	b.keys = keys
	return nil
}

func newKey(version uint32, made time.Time) (key, error) {
	k := key{version: version, made: made.UTC()}
	_, err := rand.Read(k.bytes[:])
	return k, err
}

func readKeys(path string) ([]key, error) {
	f, err := os.Open(path) //nolint:gosec // the operator's own path
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, errs.New(errs.Unavailable, "key_file_open",
			"The key file {path} may be read by others (mode {mode}): run chmod 600 on it; if others have read it, rotate the key.",
			"path", path, "mode", fmt.Sprintf("%04o", info.Mode().Perm()))
	}
	data, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err != nil {
		return nil, err
	}
	keys, line, err := parseKeys(data)
	if err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "key_file_broken",
			"The key file {path} is broken at line {line}: restore it from a backup.", "path", path, "line", line)
	}
	return keys, nil
}

var errKeyLine = errors.New("not a line of a key file")

// parseKeys reads lines "version date key"; "#" begins a comment. Versions ascend.
func parseKeys(data []byte) (keys []key, line int, err error) {
	if len(data) > maxKeyFile {
		return nil, 0, errors.New("too long")
	}
	sc := bufio.NewScanner(bytes.NewReader(data))
	for sc.Scan() {
		line++
		text := strings.TrimSpace(sc.Text())
		if text == "" || text[0] == '#' {
			continue
		}
		k, err := parseKey(strings.Fields(text))
		if err != nil {
			return nil, line, err
		}
		if n := len(keys); n > 0 && keys[n-1].version >= k.version {
			return nil, line, errors.New("versions do not ascend")
		}
		keys = append(keys, k)
	}
	if err := sc.Err(); err != nil {
		return nil, line + 1, err
	}
	if len(keys) == 0 {
		return nil, line, errors.New("no key")
	}
	return keys, line, nil
}

func parseKey(fields []string) (key, error) {
	var k key
	if len(fields) != 3 {
		return k, errKeyLine
	}
	version, err := strconv.ParseUint(fields[0], 10, 32)
	if err != nil || version == 0 {
		return k, errKeyLine
	}
	if k.made, err = time.Parse(time.RFC3339, fields[1]); err != nil {
		return k, errKeyLine
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(fields[2])
	if err != nil || len(raw) != keySize {
		return k, errKeyLine
	}
	k.version = uint32(version)
	copy(k.bytes[:], raw)
	return k, nil
}

// writeKeys writes a new file beside and moves it into place, both synced. Without replace an existing file
// stays and the error is fs.ErrExist.
func writeKeys(path string, keys []key, replace bool) error {
	var text strings.Builder
	text.WriteString(header)
	for _, k := range keys {
		fmt.Fprintf(&text, "%d %s %s\n", k.version, k.made.Format(time.RFC3339), base64.StdEncoding.EncodeToString(k.bytes[:]))
	}
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".key-*") // mode 0600
	if err != nil {
		return err
	}
	tmp := f.Name()
	defer os.Remove(tmp) //nolint:errcheck // gone after the rename
	_, err = f.WriteString(text.String())
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if replace {
		err = os.Rename(tmp, path)
	} else {
		err = os.Link(tmp, path) // fails when the file exists, unlike a rename
		if err != nil && !errors.Is(err, fs.ErrExist) {
			err = writeNew(path, text.String()) // a file system without hard links
		}
	}
	if err != nil {
		return err
	}
	return syncDir(dir)
}

func writeNew(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the operator's own path
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // folders cannot be synced there
	}
	d, err := os.Open(dir) //nolint:gosec // the operator's own path
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
